//! `cargo xtask bench window`: how evenly the window draws while a cohort is edited.
//!
//! A clinic of invented people is brought in, a cohort with a rule is built, and its rule is edited key by key; every edit is counted
//! and drawn. Between frames lies what `requestAnimationFrame` says; the renderer is named, since a screen without a graphics card
//! draws with the processor.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::Duration;

use color_eyre::eyre::{Result, bail};
use fantoccini::key::Key;
use rustcare_tests::journey;
use rustcare_tests::ladder::{FirstPerson, climb};
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use serde_json::{Value, json};

const PATIENTS: usize = 20_000;
/// Edits that are made; each is a key.
const EDITS: usize = 60;
/// Budgets in milliseconds; three times a budget fails.
const P95: f64 = 33.0;
const LONGEST: f64 = 100.0;

const AMINA: FirstPerson<'_> = FirstPerson {
    display_name: "Amina Diallo",
    person: "amina",
    roles: &["front_desk", "clinician"],
    passphrase: "violet harbour kettle anchor",
};

const WATCH: &str = "window.frames_seen = []; let last = performance.now();
    const frame = (now) => { window.frames_seen.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);";
const RENDERER: &str = "const context = document.createElement('canvas').getContext('webgl');
    const extension = context && context.getExtension('WEBGL_debug_renderer_info');
    return extension ? context.getParameter(extension.UNMASKED_RENDERER_WEBGL) : 'without WebGL';";

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let place = folder.path().join("from elsewhere");
    fs::create_dir_all(&place)?;
    write_people(&place.join("people.ndjson"))?;
    let launch = Launch { places: vec![place], ..Launch::in_folder(folder.path()) };
    journey(measure(&launch))
}

/// Patients with two diagnoses, a medicine and six results each.
fn write_people(file: &Path) -> Result<()> {
    let mut text = String::new();
    for id in 0..PATIENTS {
        let patient = json!({ "resourceType": "Patient", "id": format!("p{id}"), "gender": if id % 2 == 0 { "female" } else { "male" },
            "name": [{ "family": format!("Family{id}") }], "birthDate": format!("{}-05-06", 1940 + id % 60) });
        writeln!(text, "{patient}")?;
        let subject = json!({ "reference": format!("Patient/p{id}") });
        let mut resource = |mut value: Value| {
            value["subject"] = subject.clone();
            writeln!(text, "{value}")
        };
        let diagnosis = |code: &str, month: usize| {
            json!({ "resourceType": "Condition", "id": format!("c{id}-{month}"), "onsetDateTime": format!("20{}-{:02}-01", 18 + id % 6, month),
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }] } })
        };
        resource(diagnosis(["E11.9", "I10", "J45.909"][id % 3], 1))?;
        resource(diagnosis("Z00.00", 12))?;
        resource(
            json!({ "resourceType": "MedicationRequest", "id": format!("m{id}"), "status": "active", "intent": "order",
            "authoredOn": format!("20{}-{:02}-{:02}", 18 + id % 6, 2 + id % 10, 1 + id % 28),
            "medicationCodeableConcept": { "text": "Metformin 500 mg", "coding": [
                { "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860975" }] } }),
        )?;
        for month in 1..=6 {
            resource(
                json!({ "resourceType": "Observation", "id": format!("o{id}-{month}"), "status": "final",
                "effectiveDateTime": format!("20{}-{month:02}-15", 18 + id % 6),
                "code": { "coding": [{ "system": "http://loinc.org", "code": "4548-4" }] },
                "valueQuantity": { "value": 6.0 + (id % 40) as f64 / 10.0, "unit": "%", "code": "%", "system": "http://unitsofmeasure.org" } }),
            )?;
        }
    }
    fs::write(file, text)?;
    Ok(())
}

async fn take_code(screen: &Screen, field: &str, typed: &str) -> Result<()> {
    screen.click(field).await?;
    screen.type_text(typed).await?;
    screen.see_within(Duration::from_secs(60), &format!("{field}-hit-0")).await?;
    screen.press(Key::Enter).await?;
    screen.see(&format!("{field}-out-0")).await
}

async fn measure(launch: &Launch) -> Result<()> {
    let app = launch.start().await?;
    let screen = &app.screen;
    climb(screen, "Hill Street Clinic", &AMINA).await?;
    screen.click("nav-exchange").await?;
    screen.click("import-start-people.ndjson").await?;
    screen.see_within(Duration::from_secs(600), "import-result").await?;
    screen.click("nav-cohorts").await?;
    screen.click("tab-builder").await?;
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    screen.see_within(Duration::from_secs(120), "builder-count").await?;
    screen.click("builder-add-rule").await?;
    screen.choose("rule-0-0-kind", "drug").await?;
    take_code(screen, "rule-0-0-codes", "metformin").await?;
    screen.fill("rule-0-0-from-day", "0").await?;
    screen.see("step-1").await?;
    screen.click("rule-0-0-to-day").await?;
    screen.script(WATCH).await?;
    for edit in 0..EDITS {
        // The number grows to two digits and shrinks again: each key is an edit with another answer.
        match edit % 4 {
            0 => screen.type_text("3").await?,
            1 => screen.type_text("6").await?,
            _ => screen.press(Key::Backspace).await?,
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let frames: Vec<f64> = serde_json::from_value(screen.script("return window.frames_seen").await?)?;
    let renderer = screen.script(RENDERER).await?;
    app.close().await?;
    report(frames, renderer.as_str().unwrap_or_default())
}

fn report(mut frames: Vec<f64>, renderer: &str) -> Result<()> {
    frames.sort_by(f64::total_cmp);
    let (Some(longest), count) = (frames.last().copied(), frames.len()) else { bail!("no frame was drawn") };
    let p95 = frames[(count * 95 / 100).min(count - 1)];
    let late = frames.iter().filter(|frame| **frame > LONGEST).count();
    println!(
        "| a cohort edited in the window, {PATIENTS} patients, {EDITS} edits | figure | budget |\n|---|---|---|"
    );
    println!(
        "| between frames, {count} of them, renderer {renderer} | p50 {:.1} ms, p95 {p95:.1} ms | p95 {P95} ms |",
        frames[count / 2]
    );
    println!("| longest; frames over {LONGEST} ms | {longest:.1} ms; {late} | none |");
    if p95 > 3.0 * P95 || longest > 3.0 * LONGEST {
        bail!("over three times the budget");
    }
    Ok(())
}
