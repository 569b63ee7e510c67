//! The forms in which records go out: Parquet tables hold what the CSV tables hold, a cohort is exactly those who were counted,
//! and a message that updates says so.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Read};

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use rustcare_test_support::exchange::out::omop::columns;
use rustcare_test_support::{Session, TestClinic, data_or_skip, form};
use rustcare_workstation::{ProblemCode, Role};
use serde_json::{Value, json};

fn imported(clinic: &TestClinic) {
    let importer = clinic.sign_in(&[Role::Clinician]);
    let entry = importer.entry("Data", &["fhir", "synthea_data_pipes"]);
    importer.finish(&importer.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
}

/// The receipt, and the files of the zip.
fn research(
    session: &Session<'_>,
    clinic: &TestClinic,
    whom: &Value,
    tables: &str,
) -> (Value, BTreeMap<String, Vec<u8>>) {
    let places = session.ask("list_places", json!({})).expect("places");
    let input = json!({
        "whom": whom, "tables": tables, "purpose_words": "", "recipient": "Study group",
        "protection": { "kind": "open", "reason": "test" }, "place_id": places["places"][0]["place_id"],
    });
    let job = session.finish(&session.ask("export_research_tables", input).expect("started"));
    assert_eq!(job["state"], "done", "{job}");
    let receipt = job["receipt"].clone();
    let bytes = fs::read(clinic.place().join(receipt["file"].as_str().expect("a file"))).expect("read");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a zip");
    let mut files = BTreeMap::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).expect("a file");
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("read");
        files.insert(file.name().expect("a name").into_owned(), content);
    }
    (receipt, files)
}

/// A cell as the CSV table writes it.
fn written(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Int(n) => n.to_string(),
        Field::Long(n) => n.to_string(),
        Field::Double(n) => n.to_string(),
        Field::Str(text) => text.clone(),
        Field::Date(days) => {
            (jiff::civil::date(1970, 1, 1) + jiff::Span::new().days(i64::from(*days))).to_string()
        }
        Field::TimestampMicros(micros) => {
            let at = jiff::Timestamp::from_microsecond(*micros).expect("a time");
            jiff::tz::TimeZone::UTC.to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
        }
        other => panic!("a column of another kind: {other:?}"),
    }
}

#[test]
fn parquet_tables_hold_what_the_csv_tables_hold() {
    if data_or_skip("the bundles").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    imported(&clinic);
    let session = clinic.sign_in(&[Role::Analyst]);
    let everybody = json!({ "kind": "everybody" });
    let (receipt, parquet) = research(&session, &clinic, &everybody, "parquet");
    let (as_csv, csv) = research(&session, &clinic, &everybody, "csv");
    assert_eq!((&receipt["format"], &receipt["counts"]), (&json!("omop_parquet"), &as_csv["counts"]));
    assert_eq!(parquet["unmapped.csv"], csv["unmapped.csv"]);
    let mut rows_read = 0;
    for table in columns::tables() {
        let name = table.name;
        let file = Bytes::from(parquet[&format!("{name}.parquet")].clone());
        let reader = SerializedFileReader::new(file).expect("a Parquet file");
        let kinds: BTreeMap<&str, &str> =
            table.fields.iter().map(|f| (f.name, if f.required { "required" } else { "" })).collect();
        let mut expected = csv::Reader::from_reader(csv[&format!("{name}.csv")].as_slice());
        let header: Vec<String> = expected.headers().expect("a header").iter().map(str::to_owned).collect();
        let mut expected = expected.records();
        for row in reader.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            let line = expected.next().expect("as many rows").expect("a line");
            for (at, (column, field)) in row.get_column_iter().enumerate() {
                assert_eq!(column, &header[at], "{name}");
                let cell = &line[at];
                match field {
                    // 1.00 and 1 are one number.
                    Field::Double(number) => assert_eq!(Ok(*number), cell.parse::<f64>(), "{name}.{column}"),
                    _ => assert_eq!(written(field), cell, "{name}.{column}"),
                }
                assert!(
                    kinds[column.as_str()].is_empty() || *field != Field::Null,
                    "{name}.{column} is empty"
                );
            }
            rows_read += 1;
        }
        assert!(expected.next().is_none(), "{name}: the CSV has more rows");
    }
    assert!(rows_read > 3_000, "{rows_read}");
}

#[test]
fn a_cohort_goes_out_as_it_was_counted_and_only_through_who_may_count() {
    if data_or_skip("the bundles").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    imported(&clinic);
    let session = clinic.sign_in(&[Role::Analyst]);
    let filter = json!({ "age_min": 30, "age_max": null, "sex": ["female"], "from": null, "to": null, "alive_only": true, "as_of": "2024-01-01" });
    // Who sees patients is shown every number.
    let clinician = clinic.sign_in(&[Role::Clinician]);
    let counted = clinician.ask("cohort_breakdown", json!({ "filter": filter })).expect("counted");
    let all = counted["patients"].as_u64().expect("a count");
    let total = counted["total_patients"].as_u64().expect("a count");
    assert!(all > 1 && all < total, "{all} of {total}");
    let (receipt, files) =
        research(&session, &clinic, &json!({ "kind": "cohort", "filter": filter, "group": null }), "csv");
    assert_eq!(receipt["patients"], all);
    let mut people = csv::Reader::from_reader(files["person.csv"].as_slice());
    let genders: Vec<String> = people.records().map(|r| r.expect("a row")[1].to_owned()).collect();
    assert_eq!((genders.len() as u64, genders.iter().all(|g| g == "8532")), (all, true));
    // The groups are parts of it: together everybody, nobody twice.
    let mut together = 0;
    for group in counted["groups"].as_array().expect("groups") {
        let named = json!({ "system": group["system"], "code": group["code"] });
        let whom = json!({ "kind": "cohort", "filter": filter, "group": named });
        let (receipt, _) = research(&session, &clinic, &whom, "csv");
        assert_eq!(receipt["patients"], group["count"], "{group}");
        together += group["count"].as_u64().expect("a count");
    }
    assert_eq!(together, all);

    // A word that the filter does not know would count others than was meant.
    let places = session.ask("list_places", json!({})).expect("places");
    let mut input = json!({
        "whom": { "kind": "cohort", "filter": { "agemin": 30 }, "group": null }, "tables": "csv", "purpose_words": "",
        "recipient": "Study group", "protection": { "kind": "open", "reason": "test" },
        "place_id": places["places"][0]["place_id"],
    });
    assert_eq!(
        session.ask("export_research_tables", input.clone()).unwrap_err().code,
        ProblemCode::InvalidInput
    );
    input["whom"]["filter"] = json!({ "age_min": 149 });
    let nobody = session.ask("export_research_tables", input.clone()).unwrap_err();
    assert_eq!(nobody.reason.name(), "export_nobody");
    input["whom"]["filter"] = json!({ "from": "yesterday" });
    assert_eq!(session.ask("export_research_tables", input).unwrap_err().field.as_deref(), Some("from"));
    // Who has a diagnosis is part of the chart.
    let desk = clinic.sign_in(&[Role::Administrator]);
    let input = json!({
        "whom": { "kind": "cohort", "filter": filter, "group": null }, "format": "csv", "purpose": "audit", "purpose_words": "",
        "recipient": "Somebody", "with_ssn": false, "protection": { "kind": "open", "reason": "test" },
        "place_id": desk.ask("list_places", json!({})).expect("places")["places"][0]["place_id"],
    });
    assert_eq!(desk.ask("export_records", input).unwrap_err().code, ProblemCode::NotPermitted);
}

#[test]
fn a_message_that_updates_changes_the_person_at_the_recipient() {
    let here = TestClinic::new();
    let desk = here.sign_in(&[Role::FrontDesk]);
    let mut own = form("Amina", "Yusuf", "1987-03-02");
    own["phone"] = json!("(415) 555-2671");
    let patient =
        desk.ask("register_patient", json!({ "form": own })).expect("registered")["patient_id"].clone();
    let there = TestClinic::new();
    let send = |format: &str, event: &str| {
        let places = desk.ask("list_places", json!({})).expect("places");
        let input = json!({
            "whom": { "kind": "patients", "patient_ids": [patient] }, "format": format, "purpose": "treatment",
            "purpose_words": "", "recipient": "Harbour Hospital", "with_ssn": false,
            "protection": { "kind": "open", "reason": "test" }, "place_id": places["places"][0]["place_id"],
        });
        let job = desk.finish(&desk.ask("export_records", input).expect("started"));
        let name = job["receipt"]["file"].as_str().expect("a file").to_owned();
        let text = fs::read_to_string(here.place().join(&name)).expect("read");
        assert!(text.contains(&format!("||ADT^{event}^ADT_A05|")), "{text}");
        fs::write(there.place().join(&name), text).expect("written");
        let clinician = there.sign_in(&[Role::Clinician]);
        let entry = clinician.entry("Test place", &[&name]);
        let job = clinician
            .finish(&clinician.ask("import_messages", json!({ "entry_id": entry })).expect("started"));
        assert_eq!(job["report"]["rejected"], 0, "{job}");
        let found =
            clinician.ask("find_patients", json!({ "text": "", "limit": 9, "offset": 0 })).expect("patients");
        assert_eq!(found["total"], 1);
        let chart = clinician
            .ask("open_chart", json!({ "patient_id": found["patients"][0]["patient_id"] }))
            .expect("a chart");
        chart["banner"].to_string() + &chart["demographics"].to_string()
    };
    assert!(send("hl7_adt", "A28").contains("Yusuf"));
    let editable = desk.ask("patient_form", json!({ "patient_id": patient })).expect("a form");
    let mut changed = editable["form"].clone();
    changed["family_name"] = json!("Yusuf-Berg");
    // A message of the same second is as old as the one before.
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    desk.ask(
        "update_patient",
        json!({ "patient_id": patient, "version": editable["version"], "form": changed }),
    )
    .expect("corrected");
    let told = send("hl7_adt_update", "A31");
    assert!(told.contains("Yusuf-Berg"), "{told}");
}
