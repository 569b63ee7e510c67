//! FHIR → vault → FHIR: what comes out differs from what went in, in nothing that the report does not name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use rustcare_test_support::exchange::out::loss::{Cause, Loss};
use rustcare_test_support::exchange::out::omop::mapping::ConceptMap;
use rustcare_test_support::exchange::out::tree::Tree;
use rustcare_test_support::exchange::out::{ExportContext, ExportFormat, Exported, export};
use rustcare_test_support::{TestClinic, data_or_skip};
use rustcare_vault::VaultError;
use rustcare_vault::table::{patient, resource};
use rustcare_workstation::Role;
use serde_json::json;

/// Resources by type and id; a set of files can hold one several times.
pub type Resources = BTreeMap<(String, String), Vec<Tree>>;

fn word(tree: &Tree, name: &str) -> String {
    tree.get(name).and_then(Tree::as_text).unwrap_or_default().to_owned()
}

/// A text: a resource, or a bundle of them (a bundle within a bundle is one of them).
fn take_text(text: &str, into: &mut Resources) {
    let tree = Tree::parse(text).expect("JSON");
    if word(&tree, "resourceType") != "Bundle" {
        return take(tree, None, into);
    }
    for entry in tree.get("entry").map_or(&[][..], Tree::items) {
        let url = entry.get("fullUrl").and_then(Tree::as_text);
        if let Some(resource) = entry.get("resource") {
            take(resource.clone(), url, into);
        }
    }
}

fn take(tree: Tree, full_url: Option<&str>, into: &mut Resources) {
    let own = word(&tree, "id");
    let id = if own.is_empty() {
        full_url.unwrap_or_default().rsplit([':', '/']).next().unwrap_or_default().to_owned()
    } else {
        own
    };
    into.entry((word(&tree, "resourceType"), id)).or_default().push(tree);
}

/// Every resource of the JSON files of a folder.
pub fn of_folder(folder: &Path) -> Resources {
    let mut found = Resources::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|e| e == "json") {
            let text = fs::read_to_string(&path).expect("text");
            take_text(&text, &mut found);
        }
    }
    found
}

/// Every line of the files of a zip.
pub fn of_zip(bytes: &[u8]) -> Resources {
    let mut found = Resources::new();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    for at in 0..archive.len() {
        let mut text = String::new();
        archive.by_index(at).expect("an entry").read_to_string(&mut text).expect("text");
        for line in text.lines() {
            take(Tree::parse(line).expect("JSON"), None, &mut found);
        }
    }
    found
}

/// Exports everybody without sealed numbers.
pub fn export_all(clinic: &TestClinic, format: ExportFormat) -> (Vec<u8>, Exported) {
    let patients = clinic.vault.read(|t| patient::rows(t)).expect("patients");
    let context = ExportContext {
        vault: &clinic.vault,
        patients: &patients,
        everybody: true,
        format,
        with_ssn: false,
        secrets: None,
        phone_region: "US".into(),
        today: jiff::civil::date(2026, 11, 24),
        clinic: "Test clinic".into(),
        mapping: &ConceptMap::default(),
        progress: &|_| {},
        cancel: &AtomicBool::new(false),
    };
    let mut bytes = Vec::new();
    let exported = export(&context, &mut bytes).expect("exported");
    (bytes, exported)
}

type Leaves = BTreeMap<(String, String), i64>;

/// A test's own view of a resource: paths with values, a reference by what it means.
fn leaves(tree: &Tree, path: &str, into: &mut Leaves, sign: i64) {
    let mut leaf = |value: &str| {
        let value = if path.ends_with(".reference") {
            value.rsplit([':', '/']).next().unwrap_or_default()
        } else {
            value
        };
        *into.entry((path.to_owned(), value.to_owned())).or_default() += sign;
    };
    match tree {
        Tree::Object(members) => {
            for (name, value) in members {
                leaves(value, &format!("{path}.{name}"), into, sign);
            }
        }
        Tree::Array(items) => items.iter().for_each(|item| leaves(item, path, into, sign)),
        Tree::Text(text) => leaf(text),
        Tree::Bare(text) => leaf(text),
    }
}

/// The paths in which two texts differ.
pub fn differences(kind: &str, before: &Tree, after: &Tree) -> BTreeSet<String> {
    let mut all = Leaves::new();
    leaves(before, kind, &mut all, 1);
    leaves(after, kind, &mut all, -1);
    all.into_iter().filter(|(_, count)| *count != 0).map(|((path, _), _)| path).collect()
}

fn is_named(path: &str, losses: &[Loss]) -> bool {
    losses.iter().any(|l| path == l.path || path.strip_prefix(&l.path).is_some_and(|r| r.starts_with('.')))
}

fn import(clinic: &TestClinic, path: &[&str]) -> serde_json::Value {
    let session = clinic.sign_in(&[Role::Clinician]);
    let entry = session.entry("Data", path);
    let started = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
    session.finish(&started)["report"].clone()
}

/// Compares and answers with the count of resources that came back.
fn assert_round_trip(before: &Resources, after: &Resources, losses: &[Loss]) -> usize {
    let mut unnamed: BTreeMap<String, usize> = BTreeMap::new();
    for ((kind, id), trees) in after {
        let Some(sources) = before.get(&(kind.clone(), id.clone())) else {
            panic!("a {kind} came out that never went in");
        };
        let [tree] = trees.as_slice() else { panic!("a {kind} came out twice") };
        // Of several under one id the register keeps one.
        let unlike = |source: &Tree| -> Vec<String> {
            differences(kind, source, tree).into_iter().filter(|p| !is_named(p, losses)).collect()
        };
        let nearest = sources.iter().map(unlike).min_by_key(Vec::len).unwrap_or_default();
        nearest.into_iter().for_each(|path| *unnamed.entry(path).or_default() += 1);
    }
    assert!(unnamed.is_empty(), "not named: {unnamed:#?}\nreport: {losses:#?}");
    after.len()
}

#[test]
fn synthea_bundles_come_out_as_they_went_in() {
    let Some(data) = data_or_skip("the bundles") else { return };
    let clinic = TestClinic::new();
    let report = import(&clinic, &["fhir", "synthea_data_pipes"]);
    let before = of_folder(&data.join("fhir/synthea_data_pipes"));
    for format in [ExportFormat::FhirNdjson, ExportFormat::FhirBundle] {
        let (bytes, exported) = export_all(&clinic, format);
        let after = if format == ExportFormat::FhirNdjson {
            of_zip(&bytes)
        } else {
            let mut found = Resources::new();
            take_text(std::str::from_utf8(&bytes).expect("text"), &mut found);
            found
        };
        let count = assert_round_trip(&before, &after, &exported.losses);
        assert_eq!(count as u64, report["taken"].as_u64().expect("a count"), "{format:?}");
        let lost: Vec<_> = exported.losses.iter().filter(|l| l.cause.is_loss()).collect();
        assert!(lost.iter().all(|l| l.cause == Cause::Sealed), "{lost:#?}");
    }
}

#[test]
fn the_official_examples_come_out_as_they_went_in() {
    let Some(data) = data_or_skip("the examples") else { return };
    let clinic = TestClinic::new();
    let report = import(&clinic, &["fhir", "r4_official_examples_4.0.1"]);
    let before = of_folder(&data.join("fhir/r4_official_examples_4.0.1"));
    let (bytes, exported) = export_all(&clinic, ExportFormat::FhirNdjson);
    let after = of_zip(&bytes);
    let count = assert_round_trip(&before, &after, &exported.losses);
    assert_eq!(count as u64, report["taken"].as_u64().expect("a count"));
    // Every file is taken, or stands in the table with the reason.
    let refused: Vec<String> = report["rejections"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|r| {
            let text = |value: &serde_json::Value| value.as_str().unwrap_or("-").to_owned();
            let file = text(&r["file"]).rsplit('/').next().unwrap_or_default().to_owned();
            format!("{file},{},{}", text(&r["resource"]), text(&r["why"]["reason"]))
        })
        .collect();
    let expected: Vec<&str> = include_str!("r4_examples_refused.csv").lines().skip(1).collect();
    let (mut refused, mut expected) = (refused, expected);
    refused.sort();
    expected.sort_unstable();
    assert_eq!(refused, expected);
}

#[test]
fn decimals_come_out_with_the_digits_they_went_in_with() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Clinician]);
    // The values of the published example observation-decimal of FHIR R4.
    let written = ["1.00", "1E-22", "1.00000000000000000E-245", "-1.000000000000000000E+245", "0.1e1"];
    let mut text = String::from("{\"resourceType\":\"Patient\",\"id\":\"p\"}\n");
    for (at, value) in written.iter().enumerate() {
        text.push_str(&format!(
            r#"{{"resourceType":"Observation","id":"o{at}","status":"final","subject":{{"reference":"Patient/p"}},"code":{{"text":"x"}},"valueQuantity":{{"value":{value}}},"component":[{{"code":{{"text":"y"}},"valueQuantity":{{"value":{value}}}}}]}}"#
        ));
        text.push('\n');
    }
    fs::write(clinic.place().join("decimals.ndjson"), text).expect("written");
    let entry = session.entry("Test place", &["decimals.ndjson"]);
    let started = session.ask("import_fhir", json!({ "entry_id": entry })).expect("started");
    assert_eq!(session.finish(&started)["report"]["taken"], 1 + written.len());
    // With the kept source and, once it is gone, from the tables alone.
    for gone in [false, true] {
        if gone {
            clinic.vault.write(|t| resource::forget_sources(t)).expect("forgotten");
        }
        let after = of_zip(&export_all(&clinic, ExportFormat::FhirNdjson).0);
        for (at, value) in written.iter().enumerate() {
            let json = after[&("Observation".to_owned(), format!("o{at}"))][0].to_json();
            assert_eq!(json.matches(&format!("\"value\":{value}}}")).count(), 2, "{gone} {json}");
        }
    }
}

#[test]
fn without_any_source_the_report_names_exactly_what_is_lost() {
    let Some(data) = data_or_skip("the bundles") else { return };
    let clinic = TestClinic::new();
    import(&clinic, &["fhir", "synthea_data_pipes"]);
    let before = of_folder(&data.join("fhir/synthea_data_pipes"));
    clinic.vault.write(|t| resource::forget_sources(t)).expect("forgotten");
    // Ten fields are edited; what was edited is not lost.
    clinic
        .vault
        .write(|t| -> Result<(), VaultError> {
            for sql in [
                "UPDATE clinical_record SET status = 'amended' WHERE resource = (SELECT min(resource) FROM clinical_record WHERE kind = 3)",
                "UPDATE clinical_record SET amount_written = '7.00' WHERE resource = (SELECT max(resource) FROM clinical_record WHERE kind = 3 AND amount_written IS NOT NULL AND component = 0)",
                "UPDATE clinical_record SET title = 'Edited' WHERE resource = (SELECT min(resource) FROM clinical_record WHERE kind = 2)",
                "UPDATE clinical_record SET start_written = '2001' WHERE resource = (SELECT max(resource) FROM clinical_record WHERE kind = 2)",
                "UPDATE clinical_record SET end_written = '2002-02' WHERE resource = (SELECT max(resource) FROM clinical_record WHERE kind = 1)",
                "UPDATE clinical_record SET status = 'not-done' WHERE resource = (SELECT max(resource) FROM clinical_record WHERE kind = 6)",
                "UPDATE clinical_record SET status = 'amended' WHERE resource = (SELECT max(resource) FROM clinical_record WHERE kind = 9)",
                "UPDATE patient SET demographics = json_set(demographics, '$.name.family', 'Edited', '$.sex', 'other', '$.address.city', 'Edited') WHERE patient = 1",
            ] {
                assert!(t.execute(sql, [])? >= 1, "{sql}");
            }
            Ok(())
        })
        .expect("edited");
    let (bytes, exported) = export_all(&clinic, ExportFormat::FhirNdjson);
    let after = of_zip(&bytes);
    // Whatever the source said more often than what came out says it is named, as often as that, but for what was edited.
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    for ((kind, id), source) in &before {
        let Some(trees) = after.get(&(kind.clone(), id.clone())) else {
            *expected.entry(kind.clone()).or_default() += 1;
            continue;
        };
        let mut all = Leaves::new();
        leaves(&source[0], kind, &mut all, 1);
        leaves(&trees[0], kind, &mut all, -1);
        for ((path, _), count) in all.into_iter().filter(|(_, count)| *count > 0) {
            *expected.entry(path).or_default() += count;
        }
    }
    for edited in [
        "Observation.status",
        "Observation.valueQuantity.value",
        "Condition.code.text",
        "Condition.onsetDateTime",
        "Encounter.period.end",
        "Immunization.status",
        "DiagnosticReport.status",
        "Patient.name.family",
        "Patient.gender",
        "Patient.address.city",
    ] {
        let count = expected.get_mut(edited).unwrap_or_else(|| panic!("{edited} was not edited"));
        *count -= 1;
    }
    let mut named: BTreeMap<String, i64> = BTreeMap::new();
    for loss in exported.losses.iter().filter(|l| l.cause == Cause::SourceGone) {
        *named.entry(loss.path.clone()).or_default() += loss.count as i64;
    }
    // The sealed number has an entry of its own.
    expected.retain(|path, count| *count > 0 && !path.starts_with("Patient.identifier"));
    named.retain(|path, _| !path.starts_with("Patient.identifier"));
    assert_eq!(named, expected);
    assert!(named.len() > 20, "{named:?}");
    let patients = after.iter().filter(|((kind, _), _)| kind == "Patient");
    let edited = patients.filter(|(_, trees)| trees[0].to_json().contains("\"family\":\"Edited\"")).count();
    assert_eq!(edited, 1);
}
