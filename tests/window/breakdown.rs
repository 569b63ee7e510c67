//! The breakdown on screen against counts made here from the published records.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use rustcare_tests::{Result, data, journey};
use serde_json::Value;

use crate::import::{bring_in, new_clinic_with};

/// All resources of a type in the bulk export.
fn resources(folder: &Path, kind: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(format!("{kind}.000.ndjson"))).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn seconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().map_or(i64::MIN, |t| t.as_second())
}

/// Primary diagnosis code of each adult: of the latest visit with one, the diagnosis ranked first or used as chief
/// complaint or at admission, else the visit's earliest encounter diagnosis; without such a visit the earliest active
/// condition. "–" where there is none.
fn expected(folder: &Path) -> BTreeMap<String, usize> {
    let (conditions, visits) = (resources(folder, "Condition"), resources(folder, "Encounter"));
    let code = |condition: &Value| text(condition, "/code/coding/0/code").to_owned();
    let onset = |condition: &&&Value| (seconds(text(condition, "/onsetDateTime")), code(condition));
    let by_id: HashMap<&str, &Value> = conditions.iter().map(|c| (text(c, "/id"), c)).collect();
    let today: jiff::civil::Date = jiff::Timestamp::now().to_string()[..10].parse().unwrap();
    let mut counts = BTreeMap::new();
    for patient in resources(folder, "Patient") {
        let born: jiff::civil::Date = text(&patient, "/birthDate").parse().unwrap();
        let died = text(&patient, "/deceasedDateTime").get(..10).map(|d| d.parse().unwrap());
        let until: jiff::civil::Date = died.unwrap_or(today);
        let birthday_to_come = (until.month(), until.day()) < (born.month(), born.day());
        if until.year() - born.year() - i16::from(birthday_to_come) < 18 {
            continue;
        }
        let me = format!("Patient/{}", text(&patient, "/id"));
        let mut mine: Vec<&Value> = visits.iter().filter(|v| text(v, "/subject/reference") == me).collect();
        mine.sort_by_key(|v| std::cmp::Reverse(seconds(text(v, "/period/start"))));
        let of_a_visit = mine.iter().find_map(|visit| {
            let diagnoses = visit["diagnosis"].as_array().into_iter().flatten();
            let mut named =
                diagnoses.filter(|d| d["rank"] == 1 || ["CC", "AD"].contains(&text(d, "/use/coding/0/code")));
            let named = named
                .next()
                .and_then(|d| by_id.get(text(d, "/condition/reference").trim_start_matches("Condition/")));
            let here = format!("Encounter/{}", text(visit, "/id"));
            let made_here: Vec<&Value> = conditions
                .iter()
                .filter(|c| text(c, "/encounter/reference") == here)
                .filter(|c| text(c, "/category/0/coding/0/code") == "encounter-diagnosis")
                .collect();
            named.copied().or_else(|| made_here.iter().min_by_key(onset).copied()).map(code)
        });
        let active: Vec<&Value> = conditions
            .iter()
            .filter(|c| {
                text(c, "/subject/reference") == me && text(c, "/clinicalStatus/coding/0/code") == "active"
            })
            .collect();
        let primary = of_a_visit.or_else(|| active.iter().min_by_key(onset).map(|c| code(c)));
        *counts.entry(primary.unwrap_or_else(|| "–".into())).or_insert(0) += 1;
    }
    counts
}

#[test]
fn the_breakdown_on_screen_equals_counts_made_from_the_records() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    let fhir = data.join("fhir");
    let expected = expected(&fhir.join("bulk_10-patients"));
    assert!(expected.len() > 3, "there is something to compare");
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), &fhir).await?;
        let screen = &app.screen;
        bring_in(screen, "bulk_10-patients").await?;
        screen.click("nav-cohorts").await?;
        screen.see("breakdown-table-row-0").await?;
        let rows = "return [...document.querySelectorAll('[data-testid^=\"breakdown-table-row-\"]')]
            .map((row) => [...row.cells].slice(1, 3).map((cell) => cell.innerText.trim()))";
        let mut shown = BTreeMap::new();
        for row in screen.script(rows).await?.as_array().into_iter().flatten() {
            shown.insert(text(row, "/0").to_owned(), text(row, "/1").parse::<usize>()?);
        }
        assert_eq!(shown, expected);
        app.close().await
    })
}
