//! A trail handed out by the window and checked by a program that knows nothing of the vault.

use std::fs;
use std::process::Command;

use rustcare_tests::launch::application;
use rustcare_tests::{Result, journey};
use serde_json::json;

use crate::access::AMINA;
use crate::import::new_clinic_with;

/// Exit status and words of `rustcare-verify` on a file.
fn verify(file: &std::path::Path) -> Result<(Option<i32>, String)> {
    let output = Command::new(application()?.with_file_name("rustcare-verify")).arg(file).output()?;
    Ok((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn an_exported_trail_verifies_and_a_changed_one_does_not() -> Result<()> {
    journey(async {
        let (folder, place) = (tempfile::tempdir()?, tempfile::tempdir()?);
        let app = new_clinic_with(folder.path(), place.path()).await?;
        let screen = &app.screen;
        let who = json!({ "person": AMINA.person, "passphrase": AMINA.passphrase });
        let session = screen.invoke("sign_in", None, who).await?;
        let token = session["ok"]["token"].as_str();
        let places = screen.invoke("list_places", token, json!({})).await?;
        let place_id = &places["ok"]["places"][0]["place_id"];
        let exported = screen.invoke("export_audit", token, json!({ "place_id": place_id })).await?;
        let name = exported["ok"]["file"].as_str().unwrap_or_default();
        let file = place.path().join(name);
        assert!(file.is_file(), "{exported}");
        let (status, said) = verify(&file)?;
        assert_eq!(status, Some(0), "{said}");
        assert!(said.contains("intact"));

        let text = fs::read_to_string(&file)?;
        let changed = text.replacen("\"action\":\"sign_in\"", "\"action\":\"lock\"", 1);
        assert_ne!(text, changed, "there is a sign-in to hide");
        fs::write(&file, changed)?;
        let (status, said) = verify(&file)?;
        assert_eq!(status, Some(1), "{said}");
        assert!(said.contains("an entry was changed"));
        app.close().await
    })
}
