//! Handing out: a patient's chart leaves as an encrypted file, with its receipt and what could not be carried.

use std::fs;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::{Result, journey};

use crate::import::{keep, new_clinic_with};

const PEOPLE: &str = "mrn,family_name,given_name,birth_date,sex\nH-1,Haddad,Lucia,1980-04-03,female\n";

#[test]
fn a_chart_is_handed_out_encrypted_with_its_receipt() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("to elsewhere");
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
        screen.click("chart-hand-out").await?;
        screen.see("hand-out-form").await?;
        screen.says("hand-out-chosen", "HADDAD").await?;
        screen.fill("hand-out-recipient", "Harbour Hospital").await?;
        screen.fill("hand-out-passphrase", "seven violet bridges over mud").await?;
        screen.fill("hand-out-passphrase-again", "seven violet bridges over mud").await?;
        keep(screen, "hand-out").await?;
        screen.click("hand-out-start").await?;
        screen.see_within(Duration::from_secs(60), "hand-out-receipt").await?;
        screen.says("receipt-recipient", "Harbour Hospital").await?;
        keep(screen, "hand-out-receipt").await?;
        let written: Vec<String> = fs::read_dir(&place)?
            .flatten()
            .map(|e| e.file_name().to_string_lossy().into_owned())
            .filter(|name| name.contains("fhir_bundle"))
            .collect();
        assert_eq!(
            written.len(),
            3,
            "the file, its receipt and, encrypted, what could not be carried: {written:?}"
        );
        let file = written.iter().find(|n| n.ends_with(".json.age")).expect("an encrypted file");
        let bytes = fs::read(place.join(file))?;
        assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
        assert!(!bytes.windows(6).any(|w| w.eq_ignore_ascii_case(b"haddad")));

        // Those whom a breakdown counts, as tables without names.
        screen.click("nav-cohorts").await?;
        screen.says("breakdown-patients", "1").await?;
        screen.click("breakdown-hand-out").await?;
        screen.says("hand-out-cohort", "18 years and older").await?;
        screen.choose("hand-out-format", "omop_parquet").await?;
        screen.fill("hand-out-recipient", "Study group").await?;
        screen.click("hand-out-open").await?;
        screen.fill("hand-out-reason", "Invented people").await?;
        keep(screen, "hand-out-cohort").await?;
        screen.click("hand-out-start").await?;
        screen.see_within(Duration::from_secs(60), "hand-out-receipt").await?;
        screen.says("receipt-recipient", "Study group").await?;
        let tables = fs::read_dir(&place)?
            .flatten()
            .map(|e| e.path())
            .find(|p| p.extension().is_some_and(|e| e == "zip"))
            .expect("the tables");
        let mut archive = zip::ZipArchive::new(fs::File::open(tables)?)?;
        let mut people = Vec::new();
        std::io::copy(&mut archive.by_name("person.parquet")?, &mut people)?;
        assert!(people.starts_with(b"PAR1") && people.ends_with(b"PAR1"));
        assert!(!people.windows(6).any(|w| w.eq_ignore_ascii_case(b"haddad")));
        app.close().await
    })
}
