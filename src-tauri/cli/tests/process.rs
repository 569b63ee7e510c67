//! The program as a script meets it: one JSON document on standard output, and the exit status that the help promises.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn rustcare(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rustcare"));
    command.current_dir(folder).args(words);
    command
}

fn said(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("one JSON document on standard output")
}

/// A folder with a passphrase file, and the words that every call of Amina's ends in.
fn clinic() -> (tempfile::TempDir, [&'static str; 7]) {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("pass"), "velvet otter cold tram\n").expect("written");
    (folder, ["--vault", "vault", "--user", "amina", "--passphrase-file", "pass", "--json"])
}

#[test]
fn a_wrong_use_has_its_document_too_and_repeats_nothing_that_was_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = rustcare(folder.path(), &["patient", "fnid", "Yusuf", "--json"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said(&output)["problem"]["code"], "usage");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Yusuf"));
    let help = rustcare(folder.path(), &["help"]).output().expect("it runs");
    assert_eq!(help.status.code(), Some(0));
}

#[test]
fn statuses_are_those_of_the_help() {
    let (folder, as_amina) = clinic();
    let call =
        |words: &[&str]| rustcare(folder.path(), &[words, &as_amina].concat()).output().expect("it runs");
    assert_eq!(call(&["patient", "find", ""]).status.code(), Some(4), "no vault yet");
    assert_eq!(call(&["vault", "create", "--clinic", "Hill Street"]).status.code(), Some(0));
    let form =
        r#"{ "given_name": "Ana", "family_name": "Berg", "date_of_birth": "1980-02-28", "sex": "female" }"#;
    std::fs::write(folder.path().join("good.json"), form).expect("written");
    std::fs::write(folder.path().join("bad.json"), form.replace("02-28", "02-30")).expect("written");
    let refused = call(&["patient", "register", "bad.json"]);
    assert_eq!(
        (refused.status.code(), &said(&refused)["problem"]["field"]),
        (Some(4), &"date_of_birth".into())
    );
    assert_eq!(call(&["patient", "register", "good.json"]).status.code(), Some(0));
    let found = call(&["patient", "find", "berg"]);
    assert_eq!((found.status.code(), &said(&found)["total"]), (Some(0), &1.into()));

    std::fs::write(folder.path().join("some.ndjson"), "nonsense\n").expect("written");
    assert_eq!(call(&["import", "fhir", "some.ndjson"]).status.code(), Some(1), "done with rejected items");
    std::fs::write(folder.path().join("wrong"), "not the passphrase\n").expect("written");
    let mut wrong = as_amina;
    wrong[5] = "wrong";
    let words = [&["vault", "unlock-test"], wrong.as_slice()].concat();
    assert_eq!(rustcare(folder.path(), &words).output().expect("it runs").status.code(), Some(3));
    let database = folder.path().join("vault/records.db");
    let length = std::fs::metadata(&database).expect("the database").len() as usize;
    std::fs::write(&database, vec![7; length]).expect("written");
    assert_eq!(call(&["patient", "find", ""]).status.code(), Some(5), "damaged");
}

#[test]
fn what_is_handed_out_encrypted_is_opened_again_without_a_vault() {
    let (folder, as_amina) = clinic();
    let call =
        |words: &[&str]| rustcare(folder.path(), &[words, &as_amina].concat()).output().expect("it runs");
    assert_eq!(call(&["vault", "create"]).status.code(), Some(0));
    let form =
        r#"{ "given_name": "Ana", "family_name": "Berg", "date_of_birth": "1980-02-28", "sex": "female" }"#;
    std::fs::write(folder.path().join("form.json"), form).expect("written");
    assert_eq!(call(&["patient", "register", "form.json"]).status.code(), Some(0));
    std::fs::write(folder.path().join("key"), "seven violet bridges over mud\n").expect("written");
    std::fs::create_dir(folder.path().join("out")).expect("a folder");
    let words = ["export", "fhir", "--all", "--out", "out", "--recipient", "Hospital"];
    assert_eq!(call(&words).status.code(), Some(2), "neither a passphrase nor a reason");
    let sealed = call(&[words.as_slice(), &["--export-passphrase-file", "key"]].concat());
    assert_eq!(sealed.status.code(), Some(0), "{}", String::from_utf8_lossy(&sealed.stderr));
    let receipt = said(&sealed);
    assert_eq!((&receipt["encrypted"], &receipt["patients"]), (&true.into(), &1.into()));
    let file = format!("out/{}", receipt["file"].as_str().expect("a file"));
    let open = |key: &str, out: &str| {
        let words = ["open-export", &file, "--out", out, "--export-passphrase-file", key, "--json"];
        rustcare(folder.path(), &words).output().expect("it runs").status.code()
    };
    assert_eq!(open("pass", "clear.json"), Some(4), "another passphrase");
    assert!(!folder.path().join("clear.json").exists());
    assert_eq!(open("key", "clear.json"), Some(0));
    let clear = std::fs::read_to_string(folder.path().join("clear.json")).expect("opened");
    assert!(clear.contains("\"family\":\"Berg\""));
    assert_eq!(open("key", "clear.json"), Some(4), "nothing is replaced");
}

#[test]
fn a_reader_that_has_gone_is_no_fault() {
    let (folder, as_amina) = clinic();
    let words = [&["vault", "status"], as_amina.as_slice()].concat();
    for (out, error) in [(true, false), (false, true), (true, true)] {
        // The reading end is closed before the program writes its first byte.
        let mut command = rustcare(folder.path(), &words);
        let closed = || {
            let (reader, writer) = std::io::pipe().expect("a pipe");
            drop(reader);
            Stdio::from(writer)
        };
        command.stdout(if out { closed() } else { Stdio::null() });
        command.stderr(if error { closed() } else { Stdio::null() });
        assert_ne!(command.status().expect("it runs").code(), Some(101), "it panicked");
    }
}
