//! Paper: after registering, the label is offered; it is seen, chosen by keyboard, and saved as a file that a reader opens.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::{Result, journey};

use crate::import::{keep, new_clinic_with};

const PEOPLE: &str = "mrn,family_name,given_name,birth_date,sex\nH-1,Haddad,Lucia,1980-04-03,female\n";

#[test]
fn a_patients_papers_are_seen_and_saved() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("printed");
        fs::create_dir_all(&place)?;
        fs::write(place.join("people.csv"), PEOPLE)?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        screen.click("nav-exchange").await?;
        screen.click("import-table-people.csv").await?;
        screen.see_within(Duration::from_secs(30), "table-start").await?;
        screen.click("table-start").await?;
        screen.see_within(Duration::from_secs(60), "import-result").await?;
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("haddad").await?;
        screen.see("palette-hit-0").await?;
        screen.press(Key::Enter).await?;
        screen.says("banner-name", "HADDAD").await?;
        screen.press_with(Key::Control, 'p').await?;
        screen.see("print-dialog").await?;
        screen.see_within(Duration::from_secs(20), "print-page").await?;
        keep(screen, "print-label").await?;
        save(screen).await?;
        screen.click("chart-print").await?;
        screen.see("print-dialog").await?;
        screen.focused("print-kind").await?;
        screen.type_text("Letter").await?;
        screen.see("print-subject").await?;
        screen.fill("print-subject", "Your results").await?;
        screen.fill("print-text", "All is well.").await?;
        screen.see_within(Duration::from_secs(20), "print-page").await?;
        keep(screen, "print-letter").await?;
        save(screen).await?;
        let mut written: Vec<_> = fs::read_dir(&place)?
            .flatten()
            .map(|e| e.path())
            .filter(|path| path.extension().is_some_and(|e| e == "pdf"))
            .collect();
        written.sort();
        assert_eq!(written.len(), 2, "{written:?}");
        for path in written {
            assert!(fs::read(&path)?.starts_with(b"%PDF-1.7"));
            assert_eq!(fs::metadata(&path)?.permissions().mode() & 0o777, 0o600);
            assert!(!path.to_string_lossy().to_lowercase().contains("haddad"));
        }
        app.close().await
    })
}

/// Saves what the dialog shows into the clinic's place, and leaves the dialog.
async fn save(screen: &rustcare_tests::screen::Screen) -> Result<()> {
    screen.click("print-save").await?;
    screen.see("print-save-to").await?;
    screen.click("print-save-submit").await?;
    // The toast may still be that of the file before: the panel goes when this one is written.
    screen.gone("print-save-to").await?;
    screen.says("toast", "RustCare-").await?;
    screen.press(Key::Escape).await?;
    Ok(())
}
