//! Vocabularies, data of others and the published phenotypes in the window: what needs a vocabulary says so, finds the clinic's records
//! once it is there, and others' data are counted beside them.

use std::fs;
use std::path::Path;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, data, journey};
use serde_json::json;

use crate::import::{bring_in, keep, new_clinic_with};

/// Twenty patients with a gastrointestinal haemorrhage in ICD-10-CM.
fn people() -> String {
    let mut text = String::new();
    for id in 0..20 {
        let patient = json!({ "resourceType": "Patient", "id": format!("p{id}"), "gender": "female",
            "name": [{ "family": format!("Family{id}") }], "birthDate": "1960-05-06" });
        let condition = json!({ "resourceType": "Condition", "id": format!("c{id}"), "onsetDateTime": "2022-03-01",
            "subject": { "reference": format!("Patient/p{id}") },
            "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "K92.2" }] } });
        text += &format!("{patient}\n{condition}\n");
    }
    text
}

/// A small vocabulary as Athena writes it.
fn write_vocabulary(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let head = "concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\tvalid_start_date\tvalid_end_date\tinvalid_reason\n";
    let concepts = "192671\tGastrointestinal hemorrhage\tCondition\tSNOMED\tDisorder\tS\t74474003\t20020131\t20991231\t\n\
         35208414\tGastrointestinal hemorrhage, unspecified\tCondition\tICD10CM\t4-char\t\tK92.2\t20070101\t20991231\t\n";
    fs::write(folder.join("CONCEPT.csv"), format!("{head}{concepts}"))?;
    fs::write(
        folder.join("CONCEPT_ANCESTOR.csv"),
        "ancestor_concept_id\tdescendant_concept_id\tmin_levels_of_separation\tmax_levels_of_separation\n192671\t192671\t0\t0\n",
    )?;
    fs::write(
        folder.join("CONCEPT_RELATIONSHIP.csv"),
        "concept_id_1\tconcept_id_2\trelationship_id\tvalid_start_date\tvalid_end_date\tinvalid_reason\n\
         35208414\t192671\tMaps to\t20070101\t20991231\t\n",
    )?;
    fs::write(
        folder.join("VOCABULARY.csv"),
        "vocabulary_id\tvocabulary_name\tvocabulary_reference\tvocabulary_version\tvocabulary_concept_id\n\
         SNOMED\tSystematic Nomenclature of Medicine\t\t2026-02-01\t1\nICD10CM\tICD-10-CM\t\tApril 2026\t2\n",
    )?;
    Ok(())
}

/// Chooses the option with these words.
async fn choose_named(screen: &Screen, field: &str, words: &str) -> Result<()> {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid={field}] option')].find((one) => one.textContent.trim() === '{words}')?.value ?? null"
    );
    screen.until(words, || async { Ok(screen.script(&script).await?.is_string()) }).await?;
    let value = screen.script(&script).await?;
    screen.choose(field, value.as_str().unwrap_or_default()).await
}

pub async fn take_folder(screen: &Screen, button: &str, folder: &str) -> Result<()> {
    screen.click(button).await?;
    choose_named(screen, "data-set-folder", folder).await?;
    keep(screen, &format!("{button}-dialog")).await?;
    screen.click("data-set-start").await?;
    screen.gone("bring-in-folder").await
}

#[test]
fn published_phenotypes_need_a_vocabulary_and_find_the_clinics_records_once_it_is_there() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(place.join("gibleed"))?;
        fs::write(place.join("people.ndjson"), people())?;
        write_vocabulary(&place.join("athena"))?;
        for table in fs::read_dir(data.join("omop/gibleed"))? {
            let table = table?;
            fs::copy(table.path(), place.join("gibleed").join(table.file_name()))?;
        }
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;

        screen.click("nav-cohorts").await?;
        screen.click("tab-phenotypes").await?;
        screen.see_within(Duration::from_secs(30), "phenotypes-find").await?;
        keep(screen, "phenotypes-without-vocabulary").await?;
        screen.fill("phenotypes-find", "gastrointestinal bleed").await?;
        screen
            .until("what is missing", || async { Ok(screen.words().await?.contains("needs vocabulary:")) })
            .await?;

        screen.click("tab-data_sets").await?;
        screen.see("vocabulary-bring-in").await?;
        keep(screen, "data-sets-empty").await?;
        take_folder(screen, "vocabulary-bring-in", "athena").await?;
        screen.see_within(Duration::from_secs(30), "vocabulary-mapped").await?;
        screen.says("vocabulary-mapped", "1 of the 1 codes").await?;
        take_folder(screen, "data-set-bring-in", "gibleed").await?;
        screen.see_within(Duration::from_secs(60), "data-set-2").await?;
        screen.says("data-set-2", "343 persons").await?;
        keep(screen, "data-sets").await?;

        // One that asks for nothing but a haemorrhage of the gut, built by hand on both.
        screen.click("tab-builder").await?;
        screen.click("entry-0-codes").await?;
        screen.type_text("gastrointestinal").await?;
        screen.see("entry-0-codes-hit-0").await?;
        screen.click("entry-0-codes-hit-0").await?;
        screen.says("builder-count", "20").await?;
        choose_named(screen, "builder-data", "gibleed").await?;
        screen.says("builder-count", "479").await?;
        keep(screen, "builder-on-data-set").await?;
        screen.click("tab-why").await?;
        screen.fill("why-person", "3").await?;
        screen.says("why-answer", "In the cohort").await?;
        screen.click("timeline-drawn").await?;
        screen.press(Key::End).await?;
        screen.says("timeline-current", "·").await?;
        keep(screen, "why-on-data-set").await?;
        screen.fill("why-person", "nobody").await?;
        screen.gone("why-answer").await?;
        screen
            .until("what is wrong", || async {
                Ok(screen.words().await?.contains("no person of this number"))
            })
            .await?;
        keep(screen, "why-nobody-of-data-set").await?;

        screen.click("tab-phenotypes").await?;
        screen.see_within(Duration::from_secs(30), "phenotypes-find").await?;
        choose_named(screen, "phenotypes-data", "gibleed").await?;
        screen.choose("phenotypes-which", "found").await?;
        screen
            .until_within(Duration::from_secs(60), "phenotypes of the data set", || async {
                Ok(screen
                    .script("return document.querySelectorAll('[data-testid^=phenotypes-row-]').length")
                    .await?
                    .as_u64()
                    > Some(3))
            })
            .await?;
        keep(screen, "phenotypes").await?;
        app.close().await
    })
}
