//! Vocabularies and data sets in the vault: a published concept finds the clinic's records that mean it, published phenotypes are
//! counted or said to need a vocabulary, other people's data are counted beside the clinic's own.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, date};
use rustcare_cohorts::athena::{ImportedVocabulary, read_folder};
use rustcare_cohorts::clinic::{ClinicData, other_concept_id};
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::engine::Engine;
use rustcare_cohorts::index::Index;
use rustcare_cohorts::omop::OmopFolder;
use rustcare_test_support::{Session, TestClinic, canary, data_or_skip};
use rustcare_workstation::{ProblemCode, Role};
use serde_json::{Value, json};

use crate::cohort_support::omop;
use crate::import_fhir::{ALL, import};

const TODAY: Date = date(2026, 11, 28);
const SNOMED: &str = "http://snomed.info/sct";
const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
/// OHDSI's concept of gastrointestinal haemorrhage; the vocabulary maps K92.2 of ICD-10-CM to it.
const BLEEDING: i64 = 192_671;

/// Writes tables of a folder in the common data model as Athena would: separated by tabs, without quoting.
fn as_athena(omop: &Path, into: &Path) {
    let tables = OmopFolder::open(omop).expect("a folder");
    fs::create_dir_all(into).expect("a folder");
    for (name, columns) in [
        (
            "concept",
            &[
                "concept_id",
                "concept_name",
                "domain_id",
                "vocabulary_id",
                "concept_class_id",
                "standard_concept",
                "concept_code",
                "invalid_reason",
            ][..],
        ),
        ("concept_ancestor", &["ancestor_concept_id", "descendant_concept_id"]),
        ("concept_relationship", &["concept_id_1", "concept_id_2", "relationship_id", "invalid_reason"]),
        ("vocabulary", &["vocabulary_id", "vocabulary_name", "vocabulary_version"]),
    ] {
        let table = tables.table(name).expect("read").expect("a table");
        let values: Vec<_> =
            columns.iter().map(|column| table.texts(column).expect("read").expect("a column")).collect();
        let mut text = columns.join("\t") + "\n";
        for row in 0..table.rows() {
            let cells: Vec<&str> = values.iter().map(|column| &*column[row]).collect();
            text += &(cells.join("\t") + "\n");
        }
        fs::write(into.join(format!("{}.csv", name.to_uppercase())), text).expect("written");
    }
}

fn person(id: usize, codes: &Value) -> String {
    let patient = json!({ "resourceType": "Patient", "id": format!("p{id}"), "gender": "female",
        "name": [{ "family": format!("Family{id}") }], "birthDate": "1960-05-06" });
    let condition = json!({ "resourceType": "Condition", "id": format!("c{id}"),
        "subject": { "reference": format!("Patient/p{id}") }, "code": { "coding": codes, "text": "told" },
        "onsetDateTime": "2022-03-01" });
    format!("{patient}\n{condition}\n")
}

/// Twelve patients with K92.2, fifteen with viral sinusitis in SNOMED CT, three with both codes on one record, eleven with a code that
/// nobody has published.
fn clinic() -> TestClinic {
    let clinic = TestClinic::new();
    let code = |system: &str, code: &str| json!({ "system": system, "code": code });
    let (bleeding, sinusitis) = (code(ICD, "K92.2"), code(SNOMED, "444814009"));
    let mut lines = String::new();
    for id in 0..41 {
        let codes = match id {
            0..12 => json!([bleeding]),
            12..27 => json!([sinusitis]),
            27..30 => json!([bleeding, sinusitis]),
            _ => json!([code("urn:oid:1.2.3", "own")]),
        };
        lines += &person(id, &codes);
    }
    fs::write(clinic.place().join("people.ndjson"), lines).expect("written");
    import(&clinic.sign_in(&ALL), "Test place", &["people.ndjson"]);
    clinic
}

/// The first condition of a published concept or anything below it.
fn first_condition(concept: i64) -> Value {
    json!({
        "ConceptSets": [{ "id": 0, "name": "set", "expression": { "items": [
            { "concept": { "CONCEPT_ID": concept }, "includeDescendants": true }] } }],
        "PrimaryCriteria": {
            "CriteriaList": [{ "ConditionOccurrence": { "CodesetId": 0 } }],
            "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
            "PrimaryCriteriaLimit": { "Type": "First" },
        },
        "QualifiedLimit": { "Type": "First" }, "ExpressionLimit": { "Type": "First" },
        "InclusionRules": [], "CensoringCriteria": [],
        "CollapseSettings": { "CollapseType": "ERA", "EraPad": 0 }, "CensorWindow": {},
    })
}

/// Brings a definition in; answers with the number of the cohort.
fn saved(clinic: &TestClinic, session: &Session<'_>, definition: &Value) -> Value {
    fs::write(clinic.place().join("definition.json"), definition.to_string()).expect("written");
    let entry = session.entry("Test place", &["definition.json"]);
    session.ask("import_cohort", json!({ "entry_id": entry })).expect("saved")["line"]["cohort_id"].clone()
}

fn count(session: &Session<'_>, cohort: &Value, data_set: &Value) -> Value {
    let of = json!({ "kind": "saved", "cohort_id": cohort, "version": null, "data_set": data_set });
    session.ask("count_cohort", of).expect("counted")
}

#[test]
fn a_published_concept_finds_the_clinics_records_once_its_vocabulary_is_there() {
    let test = "a_published_concept_finds_the_clinics_records_once_its_vocabulary_is_there";
    let Some(gibleed) = omop(test, "gibleed") else { return };
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let cohort = saved(&clinic, &session, &first_condition(BLEEDING));
    let before = count(&session, &cohort, &Value::Null);
    assert_eq!((&before["patients"], &before["gaps"][0]["kind"]), (&Value::Null, &json!("unknown_concept")));

    as_athena(&gibleed, &clinic.place().join("vocabulary"));
    let entry = session.entry("Test place", &["vocabulary"]);
    let job = session.finish(&session.ask("import_vocabulary", json!({ "entry_id": entry })).expect("begun"));
    assert_eq!((&job["state"], &job["report"]["taken"]), (&json!("done"), &json!(442)), "{job}");

    // Those with K92.2 alone and those with both codes, each once.
    let after = count(&session, &cohort, &Value::Null);
    assert_eq!((&after["patients"], &after["gaps"]), (&json!(15), &json!([])), "{after}");
    let found = session.ask("search_concepts", json!({ "kind": "condition", "text": "viral sinusitis" }));
    let found = found.expect("found")["concepts"].as_array().cloned().expect("a list");
    let named: Vec<_> =
        found.iter().map(|one| (one["concept_id"].clone(), one["patients"].clone())).collect();
    assert_eq!(named, [(json!(40_481_087), json!(18))], "the published concept, and not its code beside it");
    let listed = session.ask("list_data_sets", json!({})).expect("listed");
    let vocabulary = &listed["vocabulary"];
    assert_eq!((&vocabulary["codes"], &vocabulary["mapped"]), (&json!(3), &json!(2)), "{vocabulary}");
    assert_eq!(vocabulary["vocabularies"][0]["id"], "RxNorm");

    let gone = json!({ "data_set_id": vocabulary["data_set_id"] });
    session.ask("remove_data_set", gone.clone()).expect("removed");
    assert_eq!(count(&session, &cohort, &Value::Null)["patients"], Value::Null);
    assert_eq!(session.ask("remove_data_set", gone).expect_err("gone").code, ProblemCode::NotFound);
}

#[test]
fn every_published_concept_finds_as_many_as_the_codes_below_it() {
    let test = "every_published_concept_finds_as_many_as_the_codes_below_it";
    let Some(gibleed) = omop(test, "gibleed") else { return };
    let clinic = TestClinic::new();
    import(&clinic.sign_in(&ALL), "Data", &["synthea_csv", "dbt_synthea27"]);
    let folder = tempfile::tempdir().expect("a folder");
    as_athena(&gibleed, folder.path());
    let bytes = read_folder(folder.path(), &|_| {}, &|| false).expect("a vocabulary");
    let vocabulary = ImportedVocabulary::open(Box::new(bytes)).expect("opened");
    let data = clinic.vault.read(|t| ClinicData::read(t, TODAY, Some(&vocabulary))).expect("read");
    let plain = clinic.vault.read(|t| ClinicData::read(t, TODAY, None)).expect("read");
    let (engine, plain) = (Engine::new(Arc::new(data.index)), Engine::new(Arc::new(plain.index)));
    let persons = |engine: &Engine, definition: &Value| -> BTreeSet<i64> {
        let definition = CohortExpression::from_json(&definition.to_string()).expect("a definition");
        engine.run(&definition).expect("run").rows.iter().map(|row| row.person_id).collect()
    };
    // Straight from the tables: which concept stands above which code.
    let tables = OmopFolder::open(&gibleed).expect("a folder");
    let concept = tables.table("concept").expect("read").expect("concepts");
    let column = |name: &str| concept.texts(name).expect("read").expect("a column");
    let ids = concept.needed_integers("concept_id").expect("ids");
    let (codes, systems) = (column("concept_code"), column("vocabulary_id"));
    let snomed: BTreeMap<i64, &str> = ids
        .iter()
        .zip(&codes)
        .zip(&systems)
        .filter(|(_, of)| &***of == "SNOMED")
        .map(|((id, code), _)| (*id, &**code))
        .collect();
    let ancestor = tables.table("concept_ancestor").expect("read").expect("ancestors");
    let above = ancestor.needed_integers("ancestor_concept_id").expect("ids");
    let below = ancestor.needed_integers("descendant_concept_id").expect("ids");
    let (mut found, mut groups) = (0, 0);
    for id in snomed.keys() {
        let expected: BTreeSet<i64> = above
            .iter()
            .zip(&below)
            .filter(|(of, _)| *of == id)
            .map(|(_, below)| *below)
            .chain([*id])
            .filter_map(|below| snomed.get(&below))
            .flat_map(|code| persons(&plain, &first_condition(other_concept_id(SNOMED, code))))
            .collect();
        assert_eq!(persons(&engine, &first_condition(*id)), expected, "concept {id}");
        found += usize::from(!expected.is_empty());
        groups += usize::from(above.iter().filter(|of| *of == id).count() > 1 && !expected.is_empty());
    }
    assert!(found > 10 && groups > 0, "{found} concepts with patients, {groups} of them groups");
}

#[test]
fn the_published_phenotypes_are_counted_or_said_to_need_a_vocabulary() {
    let test = "the_published_phenotypes_are_counted_or_said_to_need_a_vocabulary";
    let Some(gibleed) = omop(test, "gibleed") else { return };
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let list =
        |data_set: &Value| session.ask("count_phenotypes", json!({ "data_set": data_set })).expect("counted");
    let line = |list: &Value, id: i32| -> Value {
        let all = list["phenotypes"].as_array().expect("a list");
        all.iter().find(|one| one["phenotype_id"] == id).cloned().expect("the phenotype")
    };
    let before = list(&Value::Null);
    assert_eq!(
        (before["phenotypes"].as_array().map(Vec::len), &before["has_vocabulary"]),
        (Some(1_068), &json!(false))
    );
    // Who died needs no code; gastrointestinal haemorrhage (77) does.
    assert_eq!(line(&before, 25)["patients"], 0);
    let bleeding = line(&before, 77);
    assert_eq!(
        (&bleeding["patients"], bleeding["unmapped"].as_u64() > Some(0)),
        (&Value::Null, true),
        "{bleeding}"
    );
    for one in before["phenotypes"].as_array().expect("a list") {
        let is_answered = one["unmapped"] == 0 && one["not_kept"].as_array().is_some_and(Vec::is_empty);
        assert_eq!(one["patients"].is_u64(), is_answered, "never a nought for what nobody looked for: {one}");
    }

    as_athena(&gibleed, &clinic.place().join("vocabulary"));
    let entry = session.entry("Test place", &["vocabulary"]);
    session.finish(&session.ask("import_vocabulary", json!({ "entry_id": entry })).expect("begun"));
    let after = list(&Value::Null);
    let unmapped = |list: &Value| -> u64 {
        let all = list["phenotypes"].as_array().expect("a list");
        all.iter().filter_map(|one| one["unmapped"].as_u64()).sum()
    };
    assert!(after["has_vocabulary"] == true && unmapped(&after) < unmapped(&before));

    let taken = session.ask("take_phenotype", json!({ "phenotype_id": 25 })).expect("taken");
    assert_eq!(
        (&taken["line"]["name"], &taken["line"]["version"]),
        (&json!("All cause mortality"), &json!(1))
    );
    let counted = count(&session, &taken["line"]["cohort_id"], &Value::Null);
    assert_eq!(counted["patients"], line(&after, 25)["patients"]);
    let unknown = session.ask("take_phenotype", json!({ "phenotype_id": -1 })).expect_err("unknown");
    assert_eq!(unknown.code, ProblemCode::NotFound);
}

#[test]
fn data_of_others_are_counted_from_an_encrypted_file_and_apart_from_the_clinics() {
    let test = "data_of_others_are_counted_from_an_encrypted_file_and_apart_from_the_clinics";
    let Some(gibleed) = omop(test, "gibleed") else { return };
    let clinic = clinic();
    let session = clinic.sign_in(&[Role::Clinician]);
    let entry = session.entry("Data", &["omop", "gibleed"]);
    let input = json!({ "entry_id": entry, "name": "GiBleed" });
    // 2 694 persons have a row of their own; the others are named by observation periods alone.
    let job = session.finish(&session.ask("import_data_set", input).expect("begun"));
    assert_eq!((&job["state"], &job["report"]["taken"]), (&json!("done"), &json!(5_343)), "{job}");
    let listed = session.ask("list_data_sets", json!({})).expect("listed");
    let set = &listed["data_sets"][0];
    assert_eq!((&set["name"], &set["patients"]), (&json!("GiBleed"), &json!(5_343)));
    let id = set["data_set_id"].clone();
    let names = session.ask("list_data_set_names", json!({})).expect("listed");
    assert_eq!(names, json!({ "data_sets": [{ "data_set_id": id, "name": "GiBleed" }] }));

    let cohort = saved(&clinic, &session, &first_condition(BLEEDING));
    let counted = count(&session, &cohort, &id);
    // 479 as DuckDB counts them in the same files.
    assert_eq!((&counted["patients"], &counted["population"]), (&json!(479), &json!(5_343)), "{counted}");
    let index = Index::from_omop(&gibleed).expect("an index");
    let snapshot = hex(index.snapshot());
    assert_eq!(
        counted["snapshot"], snapshot,
        "the same data have the same name inside and outside the vault"
    );
    assert_eq!(
        count(&session, &cohort, &Value::Null)["patients"],
        Value::Null,
        "the clinic has no vocabulary"
    );

    // Whoever may not see patients sees what others do: the middle of a band.
    let analyst = clinic.sign_in_as("tom", &[Role::Analyst]);
    assert_eq!(count(&analyst, &cohort, &id)["patients"], 478);
    // A code of the clinic's own is none of theirs: a nought would be wrong.
    let own = saved(&clinic, &session, &first_condition(rustcare_cohorts::clinic::icd_concept_id("K92.2")));
    assert_eq!(count(&session, &own, &id)["gaps"][0]["kind"], "unknown_concept");
    let search = json!({ "kind": "condition", "text": "gastrointestinal hemorrhage", "data_set": id });
    let found = session.ask("search_concepts", search).expect("found");
    assert_eq!(
        (&found["concepts"][0]["concept_id"], &found["concepts"][0]["patients"]),
        (&json!(BLEEDING), &json!(479))
    );

    let people = session.ask(
        "review_cohort",
        json!({ "of": { "kind": "saved", "cohort_id": cohort, "version": null, "data_set": id } }),
    );
    assert!(people.is_ok(), "{people:?}");
    is_told_along_the_days(&session, &analyst, &id, &Engine::new(Arc::new(index)));
    assert!(
        canary::files_with(&clinic.folder.path().join("vault"), "Gastrointestinal hemorrhage").is_empty()
    );

    let vault = clinic.folder.path().join("vault");
    let bytes = |folder: &Path| -> u64 {
        walk(folder).iter().map(|file| fs::metadata(file).map_or(0, |m| m.len())).sum()
    };
    let before = bytes(&vault.join("blobs"));
    session.ask("remove_data_set", json!({ "data_set_id": id })).expect("removed");
    assert!(bytes(&vault.join("blobs")) < before, "its file is gone");
    let of = json!({ "kind": "saved", "cohort_id": cohort, "version": null, "data_set": id });
    assert_eq!(session.ask("count_cohort", of).expect_err("gone").code, ProblemCode::NotFound);
}

/// A person of a data set by number, as the same data tell of that person outside the vault.
fn is_told_along_the_days(session: &Session<'_>, analyst: &Session<'_>, id: &Value, engine: &Engine) {
    let ask = |person: &str| json!({ "patient_id": person, "data_set": id });
    let told = session.ask("show_timeline", ask("3")).expect("told");
    let expected = engine.timeline(3).expect("a person");
    let lanes = told["lanes"].as_array().expect("lanes");
    assert!(expected.kinds.len() > 3 && lanes.len() == expected.kinds.len(), "{told}");
    for (lane, kind) in lanes.iter().zip(&expected.kinds) {
        let days = |event: &Value| event["start"].as_str().expect("a day").to_owned();
        let found: Vec<String> = lane["events"].as_array().expect("events").iter().map(days).collect();
        let known: Vec<String> = kind.events.iter().map(|event| event.start.to_string()).collect();
        assert_eq!((lane["kind"].as_str(), found), (Some(kind.kind.name()), known));
    }
    let refused =
        |session: &Session<'_>, asked| session.ask("show_timeline", asked).expect_err("refused").code;
    assert_eq!(refused(session, ask("999999999")), ProblemCode::NotFound);
    assert_eq!(refused(session, ask("somebody")), ProblemCode::InvalidInput);
    assert_eq!(refused(analyst, ask("3")), ProblemCode::NotPermitted);
    // The number is nobody of the clinic.
    assert_eq!(refused(session, json!({ "patient_id": "3" })), ProblemCode::NotFound);
}

fn hex(hash: [u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

#[test]
fn a_folder_that_is_none_is_refused_by_name_and_nothing_of_it_stays() {
    if data_or_skip("a_folder_that_is_none_is_refused_by_name_and_nothing_of_it_stays").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Analyst]);
    let folder = clinic.place().join("odd");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join("CONCEPT.csv"), "concept_id,concept_name\n1,one\n").expect("written");
    fs::write(folder.join("person.csv"), "person_id,gender_concept_id\n1,8507\nx,8507\n").expect("written");
    let entry = session.entry("Test place", &["odd"]);
    let vocabulary = session.ask("import_vocabulary", json!({ "entry_id": entry.clone() })).expect("begun");
    let job = session.finish(&vocabulary);
    let said = job["problem"]["message"].as_str().expect("a sentence").to_owned();
    assert!(job["state"] == "failed" && said.contains("CONCEPT.csv") && said.contains("tabs"), "{said}");
    let people = session.ask("import_data_set", json!({ "entry_id": entry, "name": "Odd" })).expect("begun");
    let job = session.finish(&people);
    let said = job["problem"]["message"].as_str().expect("a sentence").to_owned();
    assert!(job["state"] == "failed" && said.contains("person, row 2, column person_id"), "{said}");
    assert!(!said.contains(&*folder.to_string_lossy()), "no path of the machine: {said}");
    let listed = session.ask("list_data_sets", json!({})).expect("listed");
    assert_eq!(listed, json!({ "vocabulary": null, "data_sets": [] }));
}
