//! No shipped program can open a vault without its passphrase: the raw-key entry for tests is compiled into none.

use std::process::Command;

use rustcare_tests::project_root;

const SHIPPED: [&str; 4] = ["rustcare-desktop", "rustcare-cli", "rustcare-verify", "rustcare-decode-helper"];

fn features_of(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-p",
            package,
            "-e",
            "normal,features",
            "--prefix",
            "none",
            "-f",
            "{p} {f}",
        ])
        .current_dir(project_root())
        .output()
        .expect("cargo tree runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn no_shipped_program_is_built_with_the_entry_for_tests() {
    for package in SHIPPED {
        let tree = features_of(package);
        assert!(!tree.contains("raw-key") && !tree.contains("test-entry"), "{package} has it");
    }
    // The same look finds it where it is.
    let tree = features_of("rustcare-test-support");
    assert!(tree.contains("raw-key") && tree.contains("test-entry"));
}

#[test]
fn no_built_program_holds_the_text_of_that_entry() {
    let marker = rustcare_vault::raw_key::MARKER.as_bytes();
    let holds = |path: &std::path::Path| {
        std::fs::read(path).ok().map(|b| b.windows(marker.len()).any(|w| w == marker))
    };
    for program in ["rustcare-desktop", "rustcare"] {
        if let Some(found) = holds(&project_root().join("target/release").join(program)) {
            assert!(!found, "{program} can open a vault without its passphrase");
        }
    }
    assert_eq!(holds(&std::env::current_exe().expect("this program")), Some(true), "the search itself works");
}
