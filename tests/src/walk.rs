//! Walks through the application where nobody watches, and leaves pictures.
//!
//! `cargo xtask run` calls it on a machine without a display; the test of the package calls it with `--first-screen`,
//! inside the clean machine named by `--root`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use color_eyre::eyre::{Result, bail};
use fantoccini::key::Key;
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use rustcare_tests::{journey, ladder};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let (mut pictures, mut root, mut first_screen, mut every_look) = (None, None, false, false);
    while let Some(word) = words.next() {
        match (word.as_str(), words.next()) {
            ("--first-screen", next) => {
                first_screen = true;
                if let (Some("--root"), Some(folder)) = (next.as_deref(), words.next()) {
                    root = Some(PathBuf::from(folder));
                }
            }
            ("--pictures", Some(folder)) => pictures = Some(PathBuf::from(folder)),
            ("--looks", Some(folder)) => {
                pictures = Some(PathBuf::from(folder));
                every_look = true;
            }
            _ => bail!("rustcare-walk --pictures DIR | --looks DIR | --first-screen [--root DIR]"),
        }
    }
    let folder = tempfile::tempdir()?;
    let launch = Launch { root, ..Launch::in_folder(folder.path()) };
    if first_screen {
        return journey(open_first_screen(&launch));
    }
    let pictures = pictures.unwrap_or_else(|| PathBuf::from(".walk"));
    let place = folder.path().join("from elsewhere");
    fs::create_dir_all(place.join("records"))?;
    fs::write(place.join("records/bundle.json"), invented_bundle().to_string())?;
    let launch = Launch { practice: true, places: vec![place], ..launch };
    fs::create_dir_all(&pictures)?;
    journey(walk(&launch, &pictures, every_look))
}

/// Three invented people with a visit and its diagnosis, as another system would send them.
fn invented_bundle() -> Value {
    let people = [
        ("Verhoeven", "Anouk", "female", "1961-05-17"),
        ("Adeyemi", "Tunde", "male", "1979-11-02"),
        ("Castro", "Lucía", "female", "1990-01-30"),
    ];
    let entries = people.iter().enumerate().flat_map(|(n, (family, given, gender, born))| {
        let patient = format!("urn:uuid:00000000-0000-4000-8000-00000000000{n}");
        let visit = format!("urn:uuid:00000000-0000-4000-8000-00000000001{n}");
        [
            json!({ "fullUrl": patient, "resource": {
                "resourceType": "Patient", "name": [{ "family": family, "given": [given] }],
                "gender": gender, "birthDate": born,
            }}),
            json!({ "fullUrl": visit, "resource": {
                "resourceType": "Encounter", "status": "finished", "class": { "code": "AMB" },
                "subject": { "reference": patient },
                "period": { "start": "2026-10-05T09:00:00Z", "end": "2026-10-05T09:20:00Z" },
            }}),
            json!({ "fullUrl": format!("urn:uuid:00000000-0000-4000-8000-00000000002{n}"), "resource": {
                "resourceType": "Condition", "subject": { "reference": patient }, "encounter": { "reference": visit },
                "category": [{ "coding": [{ "code": "encounter-diagnosis" }] }],
                "clinicalStatus": { "coding": [{ "code": "active" }] },
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "I10", "display": "Essential (primary) hypertension" }] },
                "onsetDateTime": "2026-10-05",
            }}),
        ]
    });
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries.collect::<Vec<_>>() })
}

async fn open_first_screen(launch: &Launch) -> Result<()> {
    let app = launch.start().await?;
    app.screen.see("first-run-new").await?;
    app.screen.click("first-run-new").await?;
    app.screen.see("first-run-clinic_name").await?;
    println!("The first screen stood after {:.1} s.", app.ready_after.as_secs_f64());
    app.close().await
}

/// Sign in, find, register, bring in, break down, look at an image.
async fn walk(launch: &Launch, pictures: &Path, every_look: bool) -> Result<()> {
    println!("Making the practice clinic and opening it; the first time takes a while.");
    let app = launch.start().await?;
    let screen = &app.screen;
    let mut album = Album { screen, folder: pictures, count: 0, every_look };
    screen.see("sign-in-screen").await?;
    let practice = screen.invoke("open_practice_clinic", None, json!({})).await?;
    let said = |field: &str| practice["ok"][field].as_str().unwrap_or_default().to_owned();
    let (person, passphrase) = (said("person"), said("passphrase"));
    println!("Sign-in of the practice clinic: {person} / {passphrase}");
    album.keep("sign-in").await?;
    ladder::sign_in(screen, &person, &passphrase).await?;
    album.keep("today").await?;

    screen.press_with(Key::Control, 'k').await?;
    screen.focused("palette-input").await?;
    screen.type_text("mar").await?;
    screen.see("palette-hit-0").await?;
    album.keep("find").await?;
    screen.press(Key::Enter).await?;
    screen.see("chart-banner").await?;
    album.keep("chart").await?;

    screen.click("nav-patients").await?;
    screen.click("find-new").await?;
    screen.focused("register-given_name").await?;
    for (field, text) in [
        ("given_name", "Ines"),
        ("family_name", "Okafor"),
        ("date_of_birth", "2 Mar 1987"),
        ("phone", "+1 212 555 0148"),
    ] {
        screen.fill(&format!("register-{field}"), text).await?;
    }
    screen.choose("register-sex", "female").await?;
    album.keep("register").await?;
    screen.click("register-save").await?;
    screen.says("banner-name", "OKAFOR").await?;
    album.keep("registered").await?;

    screen.click("nav-exchange").await?;
    screen.see("import-start-records").await?;
    album.keep("bring-in").await?;
    screen.click("import-start-records").await?;
    screen.see_within(Duration::from_secs(60), "import-result").await?;
    album.keep("brought-in").await?;

    screen.click("nav-cohorts").await?;
    screen.see_within(Duration::from_secs(60), "breakdown-table").await?;
    album.keep("breakdown").await?;

    screen.click("nav-imaging").await?;
    screen.see("study").await?;
    album.keep("studies").await?;
    if screen.shows("study-row-0").await? {
        screen.open_row("study-row-0").await?;
        screen
            .until_within(Duration::from_secs(60), "an image", || async {
                Ok(screen.shows("viewer-canvas").await?
                    && screen.attribute("viewer-canvas", "data-loaded").await? == "true")
            })
            .await?;
        album.keep("image").await?;
    }

    screen.click("nav-admin").await?;
    screen.see("tile-health").await?;
    album.keep("administration").await?;
    screen.click("lock-button").await?;
    screen.see("lock-screen").await?;
    album.keep("locked").await?;
    app.close().await
}

/// The pictures of a walk, numbered in its order.
struct Album<'a> {
    screen: &'a Screen,
    folder: &'a Path,
    count: usize,
    /// Also dark, on a large screen, and with text of twice the size.
    every_look: bool,
}

impl Album<'_> {
    async fn keep(&mut self, name: &str) -> Result<()> {
        self.count += 1;
        let file = self.folder.join(format!("{:02}-{name}.png", self.count));
        self.screen.keep_picture(&file).await?;
        println!("  {}", file.display());
        if self.every_look {
            self.screen.keep_looks(&file.with_extension("")).await?;
        }
        Ok(())
    }
}
