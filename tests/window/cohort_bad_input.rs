//! What the cohort workspace says of what it cannot use: each sentence names the field or file, and what to do.

use std::fmt::Write as _;
use std::fs;

use fantoccini::key::Key;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey};
use serde_json::json;

use crate::cohorts::{people, take_code};
use crate::data_sets::take_folder;
use crate::import::{bring_in, keep, new_clinic_with};

async fn brings_in_nothing(screen: &Screen) -> Result<()> {
    screen.click("builder-open").await?;
    screen.click("cohorts-bring-in").await?;
    screen.see("circe-broken.json").await?;
    screen.click("circe-broken.json").await?;
    screen.says("cohorts-dialog", "broken.json holds no cohort definition").await?;
    screen.says("cohorts-dialog", "line 1").await?;
    keep(screen, "bad-circe-broken").await?;
    screen.click("circe-letter.json").await?;
    screen.says("cohorts-dialog", "letter.json holds no cohort definition").await?;
    screen.says("cohorts-dialog", "is missing").await?;
    keep(screen, "bad-circe-other").await?;
    screen.press(Key::Escape).await?;
    screen.gone("cohorts-dialog").await
}

async fn empty(screen: &Screen, field: &str) -> Result<()> {
    screen.click(field).await?;
    screen.press_with(Key::Control, 'a').await?;
    screen.press(Key::Delete).await
}

async fn odd_numbers(screen: &Screen) -> Result<()> {
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    screen.says("builder-count", "30").await?;
    screen.fill("builder-before", "a year").await?;
    screen
        .says("builder-before-says", "On record for at least so many days before: write a whole number")
        .await?;
    screen.fill("entry-0-from", "sometime").await?;
    screen.fill("entry-0-age-min", "200").await?;
    screen.says("entry-0-age-min-says", "Age from, years: write a whole number from 0 to 150").await?;
    // The count is that of before.
    screen.says("builder-count", "30").await?;
    keep(screen, "bad-numbers").await?;
    screen.fill("builder-before", "365").await?;
    screen.fill("entry-0-age-min", "18").await?;
    empty(screen, "entry-0-from").await?;
    screen.says("builder-count", "25").await?;
    screen.click("builder-add-rule").await?;
    screen.choose("rule-0-0-kind", "measurement").await?;
    take_code(screen, "rule-0-0-codes", "4548-4").await?;
    screen.choose("rule-0-0-compare", "at_least").await?;
    screen.fill("rule-0-0-value", "6,5 %").await?;
    screen.says("rule-0-0-value-says", "Value: write a number, as in 6.5, without its unit").await?;
    screen.fill("rule-0-0-value", "6,5").await?;
    screen.gone("rule-0-0-value-says").await?;
    // An empty window is as far as the record goes, and the field says so.
    empty(screen, "rule-0-0-from-day").await?;
    empty(screen, "rule-0-0-to-day").await?;
    assert_eq!(screen.attribute("rule-0-0-to-day", "placeholder").await?, "any");
    // Two units that cannot be compared: nobody is counted before one is chosen.
    screen.says("builder-needs", "Choose the unit").await?;
    keep(screen, "bad-unit-none").await?;
    screen.choose("rule-0-0-unit", "%").await?;
    screen.says("rule-0-0-left", "mmol/mol").await?;
    screen.says("builder-count", "12").await?;
    keep(screen, "bad-unit-left").await
}

/// Twelve with 7 % of HbA1c, five with 60 mmol/mol.
fn with_values() -> String {
    let mut text = people();
    for id in 0..17 {
        let (value, unit) = if id < 12 { (7.0, "%") } else { (60.0, "mmol/mol") };
        let value = json!({ "resourceType": "Observation", "id": format!("o{id}"), "status": "final",
            "subject": { "reference": format!("Patient/p{id}") }, "effectiveDateTime": "2022-02-20",
            "code": { "coding": [{ "system": "http://loinc.org", "code": "4548-4", "display": "Hemoglobin A1c" }] },
            "valueQuantity": { "value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit } });
        let _ = writeln!(text, "{value}");
    }
    text
}

async fn odd_folders(screen: &Screen) -> Result<()> {
    screen.click("tab-data_sets").await?;
    take_folder(screen, "vocabulary-bring-in", "nothing").await?;
    screen.until("what is missing", || async { Ok(screen.words().await?.contains("CONCEPT.csv")) }).await?;
    keep(screen, "bad-vocabulary").await?;
    take_folder(screen, "data-set-bring-in", "no-person").await?;
    screen
        .until("what is missing", || async { Ok(screen.words().await?.to_lowercase().contains("person")) })
        .await?;
    keep(screen, "bad-omop").await
}

#[test]
fn what_cannot_be_used_names_its_field_or_file() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(place.join("nothing"))?;
        fs::create_dir_all(place.join("no-person"))?;
        fs::write(place.join("nothing/readme.txt"), "not a vocabulary")?;
        fs::write(
            place.join("no-person/condition_occurrence.csv"),
            "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n1,1,1,2020-01-01\n",
        )?;
        fs::write(place.join("people.ndjson"), with_values())?;
        fs::write(place.join("broken.json"), "{ \"ConceptSets\": [")?;
        fs::write(place.join("letter.json"), "{ \"dear\": \"colleague\" }")?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;
        screen.click("nav-cohorts").await?;
        screen.click("tab-builder").await?;
        brings_in_nothing(screen).await?;
        odd_numbers(screen).await?;
        odd_folders(screen).await?;
        app.close().await
    })
}
