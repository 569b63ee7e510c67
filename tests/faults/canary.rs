//! Canaries: what is planted in names, numbers, notes and file names is found in no file outside the vault and in no
//! log; the same search first finds them in a debug dump, in each encoding it claims to know.

use std::io::Write;
use std::path::Path;
use std::process::Command;

use rustcare_test_support::canary::{Encodings, files_with, written_as};
use serde_json::json;

const FAMILY: &str = "Zwicklbauerin";
const SSN: &str = "536904399";
const NOTE: &str = "canarynote7781";
const FILE: &str = "canaryfile7781";

#[test]
fn the_search_finds_a_canary_in_every_encoding() {
    let folder = tempfile::tempdir().expect("folder");
    for (name, bytes) in written_as(FAMILY) {
        let mut file = std::fs::File::create(folder.path().join(name)).expect("a dump");
        file.write_all(b"some log line before it ").and_then(|()| file.write_all(&bytes)).expect("written");
    }
    let found = files_with(folder.path(), FAMILY);
    assert_eq!(found.len(), Encodings::COUNT, "{found:?}");
    assert!(files_with(folder.path(), NOTE).is_empty());
}

/// The command line in a debug build, with everything it may write to caught.
fn rustcare(home: &Path, log: &Path, arguments: &[&str]) -> String {
    let program = rustcare_tests::project_root().join("target/debug/rustcare");
    let program = if program.exists() {
        program
    } else {
        rustcare_tests::project_root().join("target/release/rustcare")
    };
    let output = Command::new(program)
        .args(arguments)
        .args(["--vault", home.join("vault").to_str().unwrap_or("")])
        .args(["--user", "admin", "--passphrase-file", home.join("passphrase").to_str().unwrap_or("")])
        .env("HOME", home)
        .env("TMPDIR", home.join("tmp"))
        .env("RUST_LOG", "trace")
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("rustcare runs");
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(log).expect("the log");
    file.write_all(&output.stderr).expect("logged");
    String::from_utf8(output.stdout).unwrap_or_default()
}

#[test]
fn no_canary_leaves_the_vault() {
    let home = tempfile::tempdir().expect("folder");
    let inputs = tempfile::tempdir().expect("folder");
    std::fs::create_dir_all(home.path().join("tmp")).expect("folder");
    std::fs::write(home.path().join("passphrase"), "velvet otter cold tram\n").expect("written");
    let log = home.path().join("stderr.log");
    let run = |arguments: &[&str]| rustcare(home.path(), &log, arguments);
    assert!(run(&["vault", "create", "--json"]).contains("recovery_words"));
    let form = json!({ "given_name": "Ana", "family_name": FAMILY, "date_of_birth": "2 Mar 1987", "sex": "female", "ssn": SSN,
        "address_line": NOTE });
    let form_file = inputs.path().join("form.json");
    std::fs::write(&form_file, form.to_string()).expect("written");
    let form_path = form_file.to_str().unwrap_or("");
    assert!(run(&["patient", "register", form_path, "--json"]).contains("patient_id"));
    assert!(run(&["patient", "find", FAMILY, "--json"]).contains(FAMILY), "the answer itself shows it");
    // Refused input must not leave a trace either.
    let bad = json!({ "family_name": format!("{FAMILY}<script>"), "date_of_birth": NOTE, "sex": "female", "ssn": SSN });
    std::fs::write(&form_file, bad.to_string()).expect("written");
    run(&["patient", "register", form_path, "--json"]);
    let patient =
        json!({ "resourceType": "Patient", "id": NOTE, "birthDate": FAMILY, "name": [{ "family": FAMILY }] });
    let good =
        json!({ "resourceType": "Patient", "id": "x1", "name": [{ "family": FAMILY, "given": [NOTE] }] });
    let lines = format!("{patient}\n{good}\nnot json {NOTE}\n");
    let source = inputs.path().join(format!("{FILE}.ndjson"));
    std::fs::write(&source, lines).expect("written");
    run(&["import", "fhir", source.to_str().unwrap_or("")]);
    run(&["import", "dicom", source.to_str().unwrap_or("")]);
    run(&["audit", "verify"]);
    for canary in [FAMILY, SSN, NOTE, FILE] {
        let found = files_with(home.path(), canary);
        assert!(found.is_empty(), "{canary} stands in {found:?}");
    }
}
