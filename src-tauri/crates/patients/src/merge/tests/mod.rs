//! Merging: what each table does, what the survivor has, what a merge is refused for.

mod property;
mod undo;

use rusqlite::Connection;
use rustcare_model::clinical_record::{ClinicalRecord, RecordKind};
use rustcare_model::date_reading::PartialDate;
use rustcare_model::document::DocumentKind;
use rustcare_model::form::{FormRules, PatientForm};
use rustcare_model::patient::{ForeignIdentifier, Sex};
use rustcare_vault::blob::BlobId;
use rustcare_vault::table::document::{MediaType, NewDocument};
use rustcare_vault::table::patient_merge::{COVERAGE, Coverage};
use rustcare_vault::table::{clinical_record, document, match_register, patient, patient_merge, resource};

use super::*;
use crate::register::{self, MrnBlock};

const BY: ChangedBy<'_> = ChangedBy { at: "2026-11-24T10:00:00Z", person: "amina", role: "front_desk" };

fn vault() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection.pragma_update(None, "foreign_keys", true).unwrap();
    rustcare_vault::migration::bring_up_to_date(&mut connection).unwrap();
    connection
}

fn rules() -> FormRules {
    FormRules {
        date_order: rustcare_model::date_reading::DateOrder::DayMonthYear,
        phone_region: "US".into(),
        today: jiff::civil::date(2026, 11, 24),
    }
}

fn form(n: u32) -> PatientForm {
    PatientForm {
        given_name: Some(["Ana", "Anna", "Bo"][n as usize % 3].into()),
        family_name: Some("Keller".into()),
        date_of_birth: Some("2.3.1987".into()),
        sex: Some(if n.is_multiple_of(4) { Sex::Unknown } else { Sex::Female }),
        email: n.is_multiple_of(2).then(|| format!("ana{n}@example.org")),
        phone: (!n.is_multiple_of(3)).then(|| format!("415 555 01{:02}", n % 100)),
        city: n.is_multiple_of(5).then(|| "Springfield".into()),
        identifiers: vec![ForeignIdentifier {
            kind: "MR".into(),
            authority: "urn:hospital".into(),
            value: format!("H{n}"),
            period_start: None,
            period_end: None,
        }],
        ..PatientForm::default()
    }
}

fn register_one(connection: &Connection, n: u32) -> i64 {
    let block = MrnBlock { prefix: "A".into(), first: 1 };
    register::register(connection, &form(n), &rules(), &block, None, BY).unwrap().stored.row
}

fn add_visit(connection: &Connection, row: i64, id: &str, day: &str) -> i64 {
    let source = resource::compress(b"{}");
    let number = resource::insert(connection, "Encounter", id, Some(row), &[1; 16], &source).unwrap();
    let record = ClinicalRecord {
        kind: RecordKind::Encounter,
        source_id: id.into(),
        codes: Default::default(),
        title: "Visit".into(),
        start: Some(PartialDate::parse(day).unwrap()),
        end: None,
        qualifier: None,
        detail_is_closed: false,
        issued: None,
        status: None,
        category: None,
        encounter: None,
        amount: None,
        detail: None,
        reference_range: None,
        interpretation: None,
        diagnoses: Vec::new(),
    };
    clinical_record::insert(connection, number, 0, row, &record).unwrap();
    let day = patient::day_number(PartialDate::parse(day).unwrap().first_day());
    patient::note_visit(connection, row, day).unwrap();
    number
}

/// As an import writes it: in the chart of `holder`, for the record `owner`.
fn add_allergy(connection: &Connection, holder: i64, id: &str, owner: i64) {
    let source = resource::compress(b"{}");
    let number =
        resource::insert(connection, "AllergyIntolerance", id, Some(holder), &[2; 16], &source).unwrap();
    let record = ClinicalRecord {
        kind: RecordKind::AllergyIntolerance,
        source_id: id.into(),
        codes: Default::default(),
        title: "Penicillin".into(),
        start: None,
        end: None,
        qualifier: None,
        detail_is_closed: false,
        issued: None,
        status: None,
        category: None,
        encounter: None,
        amount: None,
        detail: None,
        reference_range: None,
        interpretation: None,
        diagnoses: Vec::new(),
    };
    clinical_record::insert(connection, number, 0, holder, &record).unwrap();
    patient::note_allergies_asked(connection, holder).unwrap();
    if owner != holder {
        patient_merge::note_arrival(connection, patient_merge::Relation::Resource, number, owner).unwrap();
    }
}

fn add_study(connection: &Connection, row: i64, uid: &str) {
    connection
        .execute(
            "INSERT INTO study (study_uid, patient, patient_on_file, description) VALUES (?1, ?2, '', '')",
            rusqlite::params![uid, row],
        )
        .unwrap();
}

fn add_document(connection: &Connection, row: i64, title: &str) {
    let new = NewDocument {
        patient: row,
        kind: DocumentKind::Letter,
        title,
        date: None,
        media_type: MediaType::Pdf,
        bytes: 4,
        content_hash: title.as_bytes(),
        blob: BlobId(uuid::Uuid::from_u128(7)),
        thumbnail: None,
    };
    document::insert(connection, &new, BY).unwrap();
}

/// All rows of all tables but those that only ever grow or count.
fn dump(connection: &Connection) -> Vec<String> {
    let mut out = Vec::new();
    let tables: Vec<String> = names(connection);
    for table in tables {
        if matches!(
            table.as_str(),
            "patient_history"
                | "patient_merge"
                | "match_change"
                | "record_change"
                | "setting"
                | "sqlite_sequence"
                | "audit_entry"
        ) || table.starts_with("patient_search")
        {
            continue;
        }
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = columns
                .iter()
                .enumerate()
                .filter(|(_, c)| !(table == "patient" && matches!(c.as_str(), "version" | "patient_id")))
                .map(|(n, c)| match row.get_ref(n).unwrap() {
                    rusqlite::types::ValueRef::Text(text) => format!("{c}={}", String::from_utf8_lossy(text)),
                    other => format!("{c}={other:?}"),
                })
                .collect();
            out.push(format!("{table}: {}", values.join(" ")));
        }
    }
    out.sort();
    out
}

fn names(connection: &Connection) -> Vec<String> {
    let mut statement =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").unwrap();
    let rows = statement.query_map([], |r| r.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// No row without its patient, no chart under a record that was merged, no identifier that its holder does not name.
fn assert_whole(connection: &Connection) {
    let broken: i64 =
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |r| r.get(0)).unwrap();
    assert_eq!(broken, 0, "rows without their patient");
    for sql in [
        "SELECT count(*) FROM clinical_record c JOIN patient p USING (patient) WHERE p.merged_into IS NOT NULL",
        "SELECT count(*) FROM study s JOIN patient p USING (patient) WHERE p.merged_into IS NOT NULL",
        "SELECT count(*) FROM clinical_record c JOIN resource r USING (resource) WHERE c.patient <> r.patient",
        "SELECT count(*) FROM patient_identifier i JOIN patient p USING (patient) WHERE p.merged_into IS NOT NULL",
        r#"SELECT count(*) FROM patient_identifier i JOIN patient p USING (patient)
           WHERE instr(p.demographics, '"value":"' || i.value || '"') = 0"#,
    ] {
        let found: i64 = connection.query_row(sql, [], |r| r.get(0)).unwrap();
        assert_eq!(found, 0, "{sql}");
    }
}

#[test]
fn every_column_that_refers_to_a_patient_is_covered() {
    let connection = vault();
    let mut found = Vec::new();
    for table in names(&connection) {
        let mut statement =
            connection.prepare("SELECT \"from\", \"table\" FROM pragma_foreign_key_list(?1)").unwrap();
        let keys: Vec<(String, String)> = statement
            .query_map([&table], |r| Ok((r.get(0)?, r.get(1)?)))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)").unwrap();
        let columns: Vec<String> =
            statement.query_map([&table], |r| r.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        for column in columns {
            let refers = keys.iter().any(|(from, to)| *from == column && to == "patient");
            // A column of that name without a reference would slip through; the row number of a patient itself does not.
            if refers || (column == "patient" && table != "patient") {
                found.push((table.clone(), column));
            }
        }
    }
    found.sort();
    let covered: Vec<(String, String)> =
        COVERAGE.iter().map(|(t, c, _)| ((*t).to_owned(), (*c).to_owned())).collect();
    assert_eq!(found, covered, "say in patient_merge::COVERAGE what a merge does with it");
    let moved: Vec<&str> =
        COVERAGE.iter().filter(|(_, _, how)| *how == Coverage::Moved).map(|(t, ..)| *t).collect();
    assert_eq!(moved, patient_merge::Relation::ALL.map(patient_merge::Relation::table));
}

#[test]
fn the_survivor_has_both_charts_and_the_merged_record_leads_to_it() {
    let connection = vault();
    let (a, b) = (register_one(&connection, 1), register_one(&connection, 2));
    add_visit(&connection, a, "e1", "2024-01-01");
    add_visit(&connection, b, "e2", "2025-05-05");
    add_study(&connection, b, "1.2.3");
    add_document(&connection, b, "Letter");
    let seen = preview(&connection, a, b, &[]).unwrap();
    assert_eq!(seen.moves, MovedCounts { records: 1, studies: 1, documents: 1 });
    let email = seen.fields.iter().find(|f| f.field == MergeField::Email).unwrap();
    assert_eq!((email.survivor.text.as_str(), email.value_of), ("", ValueOf::Retired), "a blank is filled");
    let given = seen.fields.iter().find(|f| f.field == MergeField::GivenName).unwrap();
    assert_eq!((given.value_of, given.choosable), (ValueOf::Survivor, true), "what is there stands");

    let retired = patient::by_row(&connection, b).unwrap().patient;
    merge(&connection, (a, b), Some((1, 1)), &[MergeField::GivenName], "same passport", BY).unwrap();
    assert_whole(&connection);
    assert_eq!(clinical_record::of_patient(&connection, a).unwrap().len(), 2);
    let found = patient::by_id(&connection, retired.id).unwrap();
    assert_eq!(found.row, a);
    assert_eq!(found.patient.demographics.name.given, retired.demographics.name.given, "as chosen");
    assert_eq!(found.patient.demographics.identifiers.len(), 2);
    assert_eq!(patient::by_mrn(&connection, &retired.mrn).unwrap().unwrap().row, a);
    assert_eq!(patient::row_by_identifier(&connection, "urn:hospital", "H2").unwrap(), Some(a));
    assert_eq!(patient::count(&connection).unwrap(), 1);
    assert_eq!(found.last_visit_day, Some(patient::day_number(jiff::civil::date(2025, 5, 5))));
}

/// A decision that two records are different people is permanent, whatever they are merged with (the golden-record cases
/// of intrahealth/client-registry #2, #3 and #5, hapi-fhir #4156).
#[test]
fn groups_that_were_parted_are_never_joined_through_a_third_record() {
    let connection = vault();
    let [a, b, e, c] = [1, 2, 3, 4].map(|n| register_one(&connection, n));
    let two = TwoPatients::of(a, b).unwrap();
    match_register::decide(&connection, two, Decision::Different, "met both", BY).unwrap();
    // E fits both groups: it may join one, and that group then stays apart from the other.
    merge(&connection, (a, e), None, &[], "same", BY).unwrap();
    assert!(matches!(merge(&connection, (b, a), None, &[], "?", BY), Err(MergeError::DecidedDifferent)));
    assert!(matches!(merge(&connection, (b, e), None, &[], "?", BY), Err(MergeError::MergedAlready)));
    // A partial match to one member only joins the whole group of that member.
    merge(&connection, (c, a), None, &[], "same", BY).unwrap();
    assert!(matches!(merge(&connection, (c, b), None, &[], "?", BY), Err(MergeError::DecidedDifferent)));
    assert_eq!(patient_merge::survivor_of(&connection, e).unwrap(), c);
    let mut rows = patient_merge::rows_of(&connection, c).unwrap();
    rows.sort_unstable();
    assert_eq!(rows, [a, e, c]);
    // The earlier merge waits for the later one.
    let first = patient_merge::into_patient(&connection, a).unwrap()[0].merge;
    assert!(matches!(unmerge(&connection, first, None, "?", false, BY), Err(MergeError::LaterMergeFirst)));
    // A decision that is withdrawn no longer stands in the way (hapi-fhir #4745).
    assert!(match_register::withdraw(&connection, two).unwrap());
    merge(&connection, (c, b), None, &[], "it was one after all", BY).unwrap();
    assert_whole(&connection);
}

/// A form that was opened before its record was merged is not saved over the survivor, whatever the versions are.
#[test]
fn a_form_of_a_merged_record_is_not_saved_over_its_survivor() {
    let connection = vault();
    let (a, b) = (register_one(&connection, 1), register_one(&connection, 2));
    let id = patient::by_row(&connection, b).unwrap().patient.id;
    let stored = patient::by_row(&connection, b).unwrap();
    patient::update(&connection, &stored, &stored.patient, BY).unwrap();
    merge(&connection, (a, b), None, &[], "same", BY).unwrap();
    assert_eq!(patient::by_row(&connection, a).unwrap().version, 2);
    let mut opened = form(2);
    opened.identifiers.clear();
    let saved = register::update(&connection, id, 2, &opened, &rules(), None, BY);
    assert!(matches!(saved, Err(register::RegisterError::Vault(VaultError::Stale))), "{saved:?}");
}
