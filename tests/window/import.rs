//! Bringing in real FHIR bundles, folders and a zip, and finding each patient afterwards.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::ladder::climb;
use rustcare_tests::launch::{Launch, Started};
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, data, journey};
use serde_json::Value;

use crate::access::AMINA;

/// Starts on a new vault whose first place is `place`.
pub async fn new_clinic_with(folder: &Path, place: &Path) -> Result<Started> {
    let launch = Launch { places: vec![place.to_path_buf()], ..Launch::in_folder(folder) };
    let app = launch.start().await?;
    climb(&app.screen, "Hill Street Clinic", &AMINA).await?;
    Ok(app)
}

/// Brings in the entry of that name from the first place and waits for the result.
pub async fn bring_in(screen: &Screen, entry: &str) -> Result<()> {
    screen.click("nav-exchange").await?;
    if screen.shows("import-another").await? {
        screen.click("import-another").await?;
    }
    screen.click(&format!("import-start-{entry}")).await?;
    screen.see_within(Duration::from_secs(180), "import-result").await?;
    Ok(())
}

/// A number on a tile, without the blanks that group its digits.
pub async fn number(screen: &Screen, id: &str) -> Result<usize> {
    let digits: String = screen.text(id).await?.chars().filter(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}

/// Opens the patient that the palette offers first.
async fn open_by_palette(screen: &Screen, asked: &str) -> Result<()> {
    screen.press_with(Key::Control, 'k').await?;
    screen.focused("palette-input").await?;
    screen.type_text(asked).await?;
    screen
        .until(&format!("hits for {asked}"), || async {
            Ok(screen.attribute("palette-input", "data-answered").await? == asked)
        })
        .await?;
    assert_eq!(screen.attribute("palette-hit-0", "data-kind").await?, "patient");
    screen.press(Key::Enter).await
}

/// Family and given name of every Patient in a bundle.
fn patients_in(bundle: &str) -> Vec<(String, String)> {
    let bundle: Value = serde_json::from_str(bundle).unwrap();
    let resources = bundle["entry"].as_array().into_iter().flatten().map(|entry| &entry["resource"]);
    let patients = resources.filter(|resource| resource["resourceType"] == "Patient");
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    patients.map(|p| (word(&p["name"][0]["family"]), word(&p["name"][0]["given"][0]))).collect()
}

/// Read from the files themselves, not through our importer.
fn names_in_folder(folder: &Path) -> BTreeSet<(String, String)> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .flat_map(|path| patients_in(&fs::read_to_string(path).unwrap()))
        .collect()
}

fn names_in_zip(file: &Path) -> BTreeSet<(String, String)> {
    let mut archive = zip::ZipArchive::new(File::open(file).unwrap()).unwrap();
    let mut names = BTreeSet::new();
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).unwrap();
        if member.name().unwrap().ends_with(".json") {
            let mut text = String::new();
            member.read_to_string(&mut text).unwrap();
            names.extend(patients_in(&text));
        }
    }
    names
}

#[test]
fn bundles_and_a_zip_come_in_and_each_patient_is_found() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    let fhir = data.join("fhir");
    let first = names_in_folder(&fhir.join("synthea_data_pipes"));
    let second = names_in_zip(&fhir.join("pysynthea_seed12345_10p/ps10.zip"));
    assert_eq!((first.len(), second.len()), (14, 10), "what is published");
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), &fhir).await?;
        let screen = &app.screen;
        bring_in(screen, "synthea_data_pipes").await?;
        assert_eq!(number(screen, "import-patients").await?, 14);
        assert_eq!(number(screen, "import-rejected").await?, 0);
        bring_in(screen, "pysynthea_seed12345_10p").await?;
        assert_eq!(number(screen, "import-patients").await?, 10);

        for (family, given) in first.iter().chain(&second) {
            open_by_palette(screen, &format!("{family} {given}")).await?;
            screen.says("banner-name", &family.to_uppercase()).await?;
            screen.says("banner-name", given).await?;
        }

        // The same again changes nothing.
        bring_in(screen, "synthea_data_pipes").await?;
        assert_eq!(number(screen, "import-taken").await?, 0);
        assert_eq!(number(screen, "import-changed").await?, 0);
        app.close().await
    })
}

#[test]
fn a_script_planted_in_a_name_stays_text() -> Result<()> {
    journey(async {
        let place = tempfile::tempdir()?;
        let planted = "<img src=x onerror=window.planted=1><script>window.planted=2</script>";
        fs::create_dir(place.path().join("planted"))?;
        fs::write(
            place.path().join("planted/bundle.json"),
            serde_json::json!({
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{ "resource": {
                    "resourceType": "Patient",
                    "id": "p1",
                    "name": [{ "family": planted, "given": ["Rosa"] }],
                    "gender": "female",
                    "birthDate": "1987-03-02",
                }}],
            })
            .to_string(),
        )?;
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), place.path()).await?;
        let screen = &app.screen;
        bring_in(screen, "planted").await?;
        assert_eq!(number(screen, "import-patients").await?, 1);
        open_by_palette(screen, "Rosa").await?;
        // Upper case is how a family name is shown; the characters themselves are all there.
        screen
            .until("the name as text", || async {
                Ok(screen.text("banner-name").await?.to_lowercase().contains(&planted.to_lowercase()))
            })
            .await?;
        let made = "return document.querySelectorAll('img[src=\"x\"], #app script').length";
        assert_eq!(screen.script(made).await?, 0);
        assert_eq!(screen.script("return typeof window.planted").await?, "undefined");
        app.close().await
    })
}

/// For a person who wants to look: pictures of every look, where a folder is named by `RUSTCARE_PICTURES`.
pub async fn keep(screen: &Screen, name: &str) -> Result<()> {
    match std::env::var_os("RUSTCARE_PICTURES").map(std::path::PathBuf::from) {
        Some(folder) => {
            screen.keep_picture(&folder.join(format!("{name}-light.png"))).await?;
            screen.keep_looks(&folder.join(name)).await
        }
        None => Ok(()),
    }
}
