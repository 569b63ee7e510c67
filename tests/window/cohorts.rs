//! A cohort built by hand in the window: the first type 2 diabetes of adults after a year on record, then those who were given
//! metformin within three months; saved, opened again; a published definition brought in.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, data, journey};
use serde_json::{Value, json};

use crate::import::{bring_in, keep, new_clinic_with};

fn line(text: &mut String, value: &Value) {
    let _ = writeln!(text, "{value}");
}

/// Forty people, on record from 2020 to 2024: thirty have their first diabetes in 2022, five had it in 2020, five never. Five of
/// the thirty are children; of the adults twenty were given metformin within three months.
pub fn people() -> String {
    let mut text = String::new();
    for id in 0..40 {
        let born = if (25..30).contains(&id) { "2012-05-06" } else { "1960-05-06" };
        line(
            &mut text,
            &json!({ "resourceType": "Patient", "id": format!("p{id}"), "gender": "female",
            "name": [{ "family": format!("Family{id}") }], "birthDate": born }),
        );
        let mut conditions = vec![("Z00.00", "2020-02-01"), ("Z00.00", "2024-02-01")];
        match id {
            0..30 => conditions.push(("E11.9", "2022-03-01")),
            30..35 => conditions.push(("E11.65", "2020-03-01")),
            _ => {}
        }
        let subject = json!({ "reference": format!("Patient/p{id}") });
        for (at, (code, day)) in conditions.into_iter().enumerate() {
            line(
                &mut text,
                &json!({ "resourceType": "Condition", "id": format!("c{id}-{at}"), "subject": subject,
                "onsetDateTime": day,
                "code": { "coding": [{ "system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code }] } }),
            );
        }
        if id < 20 {
            line(
                &mut text,
                &json!({ "resourceType": "MedicationRequest", "id": format!("m{id}"), "subject": subject,
                "status": "active", "intent": "order", "authoredOn": "2022-04-01",
                "medicationCodeableConcept": { "text": "Metformin 500 mg", "coding": [
                    { "system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "860975" }] } }),
            );
        }
    }
    text
}

/// Looks for a code by keyboard and takes the first that is found.
pub async fn take_code(screen: &Screen, field: &str, typed: &str) -> Result<()> {
    screen.click(field).await?;
    screen.type_text(typed).await?;
    screen.see(&format!("{field}-hit-0")).await?;
    screen.press(Key::Enter).await?;
    screen.see(&format!("{field}-out-0")).await
}

/// The saved cohort in words, why one patient is not in it, what changes without its rule, what the people are like, what follows; a
/// report that leaves.
async fn look_through(screen: &Screen, place: &Path) -> Result<()> {
    screen.click("tab-words").await?;
    screen.says("builder-words", "at least once: medicine or vaccine of “Metformin 500 mg”").await?;
    keep(screen, "builder-words").await?;
    screen.click("tab-why").await?;
    screen.fill("why-find", "Family22").await?;
    screen.click("why-hit-0").await?;
    screen.says("why-answer", "Not in the cohort").await?;
    screen.says("why-rules", "0 found").await?;
    keep(screen, "builder-why").await?;
    screen.click("rule-0-out").await?;
    screen.says("why-answer", "In the cohort").await?;
    along_the_days(screen).await?;
    screen.click("tab-versions").await?;
    screen.click("version-1-compare").await?;
    screen.says("change-gained", "+5").await?;
    screen.says("change-lost", "0").await?;
    keep(screen, "builder-versions").await?;
    screen.click("tab-people").await?;
    screen.says("builder-people", "62").await?;
    screen.see("table-save").await?;
    keep(screen, "builder-people").await?;
    screen.click("tab-groups").await?;
    screen.says("groups-all", "25").await?;
    // Twenty-five of the forty who are on record in 2022.
    screen.says("groups-prevalence", "62.50").await?;
    keep(screen, "builder-groups").await?;
    screen.click("prevalence-save").await?;
    screen.click("figure-png").await?;
    screen.click("figure-submit").await?;
    screen.gone("figure-dialog").await?;
    let png = fs::read(written(place, "RustCare-cohort-prevalence-", ".png")?)?;
    assert!(png.starts_with(b"\x89PNG"), "a picture is written as one");
    screen.click("tab-follow").await?;
    let options = "return document.querySelectorAll('[data-testid=follow-outcome] option').length";
    screen
        .until("the saved cohort as an outcome", || async {
            Ok(screen.script(options).await?.as_u64() > Some(1))
        })
        .await?;
    screen.choose("follow-outcome", "1").await?;
    // Twenty had the outcome with the entry itself, and five never in 702 days each: nobody in 9.6 years.
    screen.says("follow-incidence", "(0.0–383.9)").await?;
    keep(screen, "builder-follow").await?;
    screen.click("drawn").await?;
    screen.see("drawn-large").await?;
    keep(screen, "builder-figure").await?;
    screen.press(Key::Escape).await?;
    screen.gone("drawn-large").await?;
    for form in ["html", "pdf"] {
        screen.click("builder-report").await?;
        screen.click(&format!("report-{form}")).await?;
        screen.choose("report-outcome", "1").await?;
        keep(screen, "builder-report").await?;
        screen.click("report-submit").await?;
        screen.gone("report-dialog").await?;
    }
    let text = fs::read_to_string(written(place, "RustCare-cohort-report-", ".html")?)?;
    assert!(text.contains("New diabetes on metformin") && !text.contains("Family"), "a report without names");
    assert!(text.contains("What follows: New diabetes on metformin"), "with what follows");
    let pdf = fs::read(written(place, "RustCare-cohort-report-", ".pdf")?)?;
    assert!(pdf.starts_with(b"%PDF-"), "a report on paper");
    Ok(())
}

/// The file in a place that begins and ends so.
fn written(place: &Path, begin: &str, end: &str) -> Result<PathBuf> {
    let mut files = fs::read_dir(place)?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_meant = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with(begin) && name.ends_with(end)
    };
    Ok(files.find(is_meant).unwrap_or_else(|| panic!("no {begin}…{end}")))
}

/// The records of the patient, gone through by keyboard, with the time in the cohort beside them; and as a list.
async fn along_the_days(screen: &Screen) -> Result<()> {
    screen.says("timeline", "In the cohort from 01 Mar 2022 to 01 Feb 2024").await?;
    screen.click("timeline-drawn").await?;
    screen.focused("timeline-drawn").await?;
    screen.press(Key::Home).await?;
    screen.says("timeline-current", "01 Feb 2020").await?;
    screen.press(Key::Right).await?;
    screen.says("timeline-current", "E11.9").await?;
    keep(screen, "builder-timeline").await?;
    screen.click("timeline-list").await?;
    screen.says("timeline", "Z00.00").await?;
    Ok(())
}

/// Another cohort laid over the saved one: of thirty twenty are in it.
async fn lay_over(screen: &Screen) -> Result<()> {
    screen.click("tab-count").await?;
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    screen.says("builder-count", "30").await?;
    screen.click("tab-overlap").await?;
    screen.tick("overlap-1", true).await?;
    screen.says("overlap-also", "20").await?;
    screen.says("overlap-also", "66.7").await?;
    screen.says("overlap-combinations", "only this cohort").await?;
    keep(screen, "builder-overlap").await
}

/// From a number of the breakdown to the patients behind it, and to the chart of one.
async fn drill_down(screen: &Screen) -> Result<()> {
    screen.click("tab-breakdown").await?;
    screen.says("group-patients-show", "35").await?;
    screen.click("group-patients-show").await?;
    screen.see("group-patient-34").await?;
    keep(screen, "breakdown-patients").await?;
    screen.open_row("group-patient-0").await?;
    screen.see("chart-banner").await
}

#[test]
fn a_cohort_is_built_by_hand_counted_saved_and_opened_again() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(&place)?;
        fs::write(place.join("people.ndjson"), people())?;
        fs::copy(data.join("omop/phenotypes/17.json"), place.join("17.json"))?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;
        // Adults with a diagnosis in a year, counted in six actions, what is typed aside: the room, the tab, the field, Enter, from, to.
        screen.click("nav-cohorts").await?;
        screen.click("tab-builder").await?;
        take_code(screen, "entry-0-codes", "type 2 diab").await?;
        screen.fill("entry-0-from", "2022-01-01").await?;
        screen.fill("entry-0-to", "2022-12-31").await?;
        screen.says("builder-count", "25").await?;
        screen.click("builder-new").await?;
        screen.click("builder-discard").await?;
        assert_eq!(screen.value("entry-0-from").await?, "", "nothing of the one before stays in a field");
        keep(screen, "builder-empty").await?;
        // Adults are meant from the start: a tab, a field, words and Enter are all that a count needs.
        take_code(screen, "entry-0-codes", "type 2 diab").await?;
        screen.says("builder-count", "30").await?;
        screen.tick("entry-0-first", true).await?;
        screen.fill("builder-before", "365").await?;
        screen.says("builder-count", "25").await?;
        screen.click("builder-add-rule").await?;
        screen.choose("rule-0-0-kind", "drug").await?;
        take_code(screen, "rule-0-0-codes", "metformin").await?;
        screen.fill("rule-0-0-from-day", "0").await?;
        screen.fill("rule-0-0-to-day", "90").await?;
        screen.says("builder-count", "20").await?;
        assert_eq!(screen.text("step-0").await?, "25");
        assert_eq!(screen.text("step-1").await?, "20");
        keep(screen, "builder-rule").await?;
        screen.fill("builder-name", "New diabetes on metformin").await?;
        screen.click("builder-save").await?;
        screen.says("builder-version", "version 1").await?;
        look_through(screen, &place).await?;
        // What was changed and not saved is not thrown away without asking.
        screen.click("builder-new").await?;
        screen.says("builder-version", "version 1").await?;
        screen.click("builder-discard").await?;
        lay_over(screen).await?;
        screen.click("tab-count").await?;
        screen.click("builder-open").await?;
        screen.click("builder-discard").await?;
        screen.see("cohort-0").await?;
        keep(screen, "builder-open").await?;
        screen.click("cohort-0").await?;
        screen.says("builder-count", "20").await?;
        // A published definition says what it needs, and never a nought without a word.
        screen.click("builder-open").await?;
        screen.click("cohorts-bring-in").await?;
        screen.see_within(Duration::from_secs(20), "circe-17.json").await?;
        screen.click("circe-17.json").await?;
        screen.says("builder-needs", "Needs a vocabulary").await?;
        screen.says("builder-summary", "Other finding").await?;
        keep(screen, "builder-circe").await?;
        drill_down(screen).await?;
        app.close().await
    })
}
