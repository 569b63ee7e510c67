//! Tables in: from the look to the patient, what is asked, what is refused and comes back corrected.

use std::fs;

use rustcare_test_support::exchange::table::TableChoice;
use rustcare_test_support::exchange::table::records::Delimiter;
use rustcare_test_support::{Session, TestClinic, data_or_skip};
use rustcare_workstation::{Problem, ProblemCode, Role};
use serde_json::{Value, json};

use crate::messy_tables::clean_rows;

pub const DESK: [Role; 2] = [Role::Administrator, Role::FrontDesk];

pub fn look(session: &Session<'_>, entry: &str, choice: Value) -> Result<Value, Problem> {
    session.ask("look_at_table", json!({ "entry_id": entry, "choice": choice }))
}

pub fn bring_in(session: &Session<'_>, entry: &str, choice: Value) -> Value {
    let started = session.ask("import_table", json!({ "entry_id": entry, "choice": choice }));
    session.finish(&started.expect("started"))
}

pub fn reasons(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|q| q["why"]["reason"].as_str()).collect()
}

pub fn findings(look: &Value, severity: &str) -> Vec<(u64, String)> {
    let all = look["findings"].as_array().expect("findings");
    all.iter()
        .filter(|f| f["severity"] == severity)
        .map(|f| (f["line"].as_u64().unwrap_or(0), f["why"]["reason"].as_str().unwrap_or("").to_owned()))
        .collect()
}

pub fn assert_accounted(look: &Value, name: &str) {
    let count = |key: &str| look["counts"][key].as_u64().expect("a count");
    let sum = ["new", "already_there", "changed", "refused", "open"].map(count).iter().sum::<u64>();
    assert_eq!(sum, count("rows"), "{name}: {}", look["counts"]);
}

#[test]
fn a_synthea_registry_comes_in_once_and_its_patients_are_found() {
    let Some(data) = data_or_skip("the registry") else { return };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let path = ["messy_csv", "clinic_registry_pollock", "csv", "source.csv"];
    let entry = session.entry("Data", &path);
    let look = look(&session, &entry, json!({})).expect("looked at");
    assert_eq!((&look["counts"]["new"], &look["counts"]["refused"]), (&json!(27), &json!(0)));
    assert!(look["columns"][3]["samples"].as_array().is_some_and(Vec::is_empty), "a secret is not shown");
    assert!(!look.to_string().contains("999-17-5017"));
    let job = bring_in(&session, &entry, json!({}));
    assert_eq!((&job["state"], &job["report"]["patients"]), (&json!("done"), &json!(27)), "{job}");
    for row in clean_rows(&data.join("messy_csv/clinic_registry_pollock/clean/source.csv")).iter().skip(1) {
        let text = format!("{} {}", row[5], row[6]);
        let found =
            session.ask("find_patients", json!({ "text": text, "limit": 5, "offset": 0 })).expect("found");
        assert_eq!(found["total"], 1, "a patient of the table is not found");
        assert_eq!(found["patients"][0]["sex"], if row[10] == "M" { "male" } else { "female" });
    }
    // The sealed number is there for whoever may see it.
    let by_id = json!({ "text": "3edac2e3-d223-6fae-d515-daf96ef6bc76", "limit": 5, "offset": 0 });
    let found = session.ask("find_patients", by_id).expect("found");
    let patient = found["patients"][0]["patient_id"].clone();
    let secret = json!({ "patient_id": patient, "secret": "ssn", "reason": "test of the table" });
    assert_eq!(session.ask("reveal_secret", secret).expect("revealed")["value"], "999175017");
    // Again, and from the same rows in another dialect: nothing changes.
    let again = bring_in(&session, &entry, json!({}))["report"].clone();
    assert_eq!(
        (&again["already_there"], &again["taken"], &again["changed"]),
        (&json!(27), &json!(0), &json!(0))
    );
    let other = session
        .entry("Data", &["messy_csv", "clinic_registry_pollock", "csv", "file_field_delimiter_0x9.csv"]);
    let again = bring_in(&session, &other, json!({ "system": "source" }))["report"].clone();
    assert_eq!(
        (&again["already_there"], &again["taken"], &again["changed"]),
        (&json!(27), &json!(0), &json!(0))
    );
    // Under another name they would be new, and are said to be alike.
    let look = self::look(&session, &other, json!({})).expect("looked at");
    assert_eq!(look["twins"].as_array().map(Vec::len), Some(27));
    assert!(look["twins"][0]["mrn"].is_string());
}

fn write(clinic: &TestClinic, name: &str, text: &[u8]) {
    fs::write(clinic.place().join(name), text).expect("written");
}

const REGISTER: &str = "NHC;Nombre;Apellidos;Fecha de nacimiento;Sexo;Correo\r\n\
    1;Ana;Ruiz;02/03/1987;M;ana@example.org\r\n\
    2;José;Muñoz;05/06/1990;H;\r\n\
    3;Luz;Gil;07/08/1961;M;no-es-correo\r\n\
    4;;;01/02/1970;H;\r\n\
    5;Eva;Sol;31/02/1970;otra cosa;\r\n\
    6;Bo;Paz\r\n\
    1;Ana;Ruiz;02/03/1987;M;ana@example.org\r\n\
    7;Ana;Ruiz;02/03/1987;M;\r\n\
    2;Pepe;Otro;05/06/1990;H;\r\n";

#[test]
fn a_spanish_register_is_asked_about_tried_and_brought_in() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let bytes: Vec<u8> = REGISTER.chars().map(|c| c as u32 as u8).collect();
    write(&clinic, "registro.csv", &bytes);
    let entry = session.entry("Test place", &["registro.csv"]);
    let first = look(&session, &entry, json!({})).expect("looked at");
    assert_eq!(first["dialect"]["delimiter"], "semicolon");
    assert_eq!(first["dialect"]["encoding"], "windows-1252");
    assert_eq!(reasons(&first["questions"]), ["table_date_order"]);
    assert_eq!((&first["counts"]["rows"], &first["counts"]["new"]), (&json!(9), &json!(0)));
    assert_accounted(&first, "registro");
    // While the question is open nothing comes in.
    let job = bring_in(&session, &entry, json!({}));
    assert_eq!(job["problem"]["reason"], "table_undecided");

    let choice = json!({ "date_order": "day_month_year" });
    let look = look(&session, &entry, choice.clone()).expect("looked at");
    assert!(reasons(&look["questions"]).is_empty());
    let errors: Vec<(u64, String)> = findings(&look, "error");
    let expected = [
        (4, "email_form"),
        (5, "name_missing"),
        (6, "no_such_day"),
        (6, "table_sex_unread"),
        (7, "table_values_few"),
        (10, "patient_twice"),
    ];
    assert_eq!(errors, expected.map(|(line, reason)| (line, reason.to_owned())));
    assert_eq!(findings(&look, "information"), [(8, "table_row_twice".to_owned())]);
    assert_eq!(look["twins"], json!([{ "line": 9, "earlier_line": 2, "mrn": null }]));
    let counts = &look["counts"];
    assert_eq!(
        (&counts["new"], &counts["already_there"], &counts["refused"]),
        (&json!(3), &json!(1), &json!(5))
    );

    let job = bring_in(&session, &entry, choice);
    let report = &job["report"];
    assert_eq!(
        (&report["patients"], &report["already_there"], &report["rejected"]),
        (&json!(3), &json!(1), &json!(5))
    );
    let found = session
        .ask("find_patients", json!({ "text": "munoz jose", "limit": 5, "offset": 0 }))
        .expect("found");
    assert_eq!(found["patients"][0]["sex"], "male");
    assert_eq!(
        found["patients"][0]["given_name"]
            .as_str()
            .or(found["patients"][0]["name"].as_str())
            .map(|n| n.contains("José")),
        Some(true),
        "{found}"
    );

    // What was refused comes back as a table, is corrected, and comes in.
    let places = session.ask("list_places", json!({})).expect("places");
    let place = &places["places"][0]["place_id"];
    let written = session
        .ask("export_rejected", json!({ "job_id": job["job_id"], "place_id": place }))
        .expect("handed out");
    assert_eq!(written["rows"], 5);
    let file = written["file"].as_str().expect("a file");
    let text = fs::read_to_string(clinic.place().join(file)).expect("written");
    assert!(text.starts_with("reason,line,\"NHC\""), "{text}");
    assert!(
        text.contains("\"Correo: Write it like name@example.org.\",4,3,Luz,Gil,07/08/1961,M,no-es-correo")
    );
    let corrected =
        text.replace("no-es-correo", "luz@example.org").replace("31/02/1970,otra cosa", "28/02/1970,Mujer");
    write(&clinic, "corregido.csv", corrected.as_bytes());
    let entry = session.entry("Test place", &["corregido.csv"]);
    let job = bring_in(&session, &entry, json!({ "date_order": "day_month_year", "system": "registro" }));
    let report = &job["report"];
    // Refused with them: what stands under number 2 with another given and another family name.
    assert_eq!((&report["patients"], &report["rejected"]), (&json!(2), &json!(3)), "{report}");
    let found = session
        .ask("find_patients", json!({ "text": "munoz jose", "limit": 5, "offset": 0 }))
        .expect("found");
    assert_eq!(found["total"], 1, "he is not written over");
    let found =
        session.ask("find_patients", json!({ "text": "eva sol", "limit": 5, "offset": 0 })).expect("found");
    assert_eq!(found["patients"][0]["sex"], "female");
}

#[test]
fn a_workbook_is_no_table_and_an_unknown_column_is_a_question() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    write(&clinic, "book.csv", b"PK\x03\x04\x00\x00not text");
    let entry = session.entry("Test place", &["book.csv"]);
    assert_eq!(look(&session, &entry, json!({})).expect_err("refused").code, ProblemCode::UnreadableFile);
    write(&clinic, "plain.csv", b"a,b\nAna,Ruiz\n");
    let entry = session.entry("Test place", &["plain.csv"]);
    let choice = json!({ "columns": { "a": "given_name", "c": "family_name" } });
    let look = look(&session, &entry, choice).expect("looked at");
    assert_eq!(reasons(&look["questions"]), ["table_column_absent"]);
}

#[test]
fn whoever_may_not_seal_numbers_is_told_that_they_were_left_out() {
    if data_or_skip("the registry").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Clinician]);
    let entry =
        session.entry("Data", &["messy_csv", "clinic_registry_pollock", "csv", "file_one_data_row.csv"]);
    let report = bring_in(&session, &entry, json!({}))["report"].clone();
    assert_eq!(report["patients"], 1);
    assert_eq!(reasons(&report["rejections"]), ["ssn_left_out"]);
}

#[test]
fn a_map_file_says_what_a_person_would() {
    let map = "system = \"north\"\ndate_order = \"month_day_year\"\n[dialect]\ndelimiter = \"pipe\"\n[columns]\nVorname = \"given_name\"\nNotiz = \"leave_out\"\n";
    let choice = TableChoice::from_toml(map).expect("a map");
    assert_eq!(choice.dialect.delimiter, Some(Delimiter::Pipe));
    assert_eq!(choice.columns.len(), 2);
    let error = TableChoice::from_toml("system = \"x\"\n[columns]\nA = \"nonsense\"\n").expect_err("refused");
    assert!(error.starts_with("line 3"), "{error}");
}

#[test]
fn what_was_decided_of_a_table_is_kept_by_name_for_the_next_one() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let choice = json!({ "date_order": "day_month_year", "columns": { "Nombre": "given_name" } });
    let keep = |name: &str, columns: &[&str]| {
        session.ask("keep_table_profile", json!({ "name": name, "columns": columns, "choice": choice }))
    };
    keep("Harbour", &["Nombre", "Apellidos"]).expect("kept");
    keep("Hill Street", &["Name"]).expect("kept");
    keep(" Harbour ", &["Nombre", "Apellidos", "Sexo"]).expect("in its place");
    assert_eq!(keep("  ", &["Name"]).expect_err("a name").field.as_deref(), Some("name"));
    let list = || session.ask("list_table_profiles", json!({})).expect("listed")["profiles"].clone();
    let kept = list();
    assert_eq!(kept.as_array().map(Vec::len), Some(2));
    assert_eq!(kept[0]["columns"], json!(["Nombre", "Apellidos", "Sexo"]));
    assert_eq!(kept[0]["choice"]["date_order"], "day_month_year");
    session.ask("drop_table_profile", json!({ "name": "Harbour" })).expect("forgotten");
    assert_eq!(list()[0]["name"], "Hill Street");
}

#[test]
fn names_in_one_column_are_cut_as_somebody_said() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&DESK);
    let table = "Patient No,Patient Name,DOB,Sex\r\n\
        1,\"Yusuf, Amina Noor\",1987-03-02,F\r\n\
        2,Gabriel García Márquez,1927-03-06,M\r\n\
        3,Lucía Castro,1990-01-30,F\r\n";
    write(&clinic, "names.csv", table.as_bytes());
    let entry = session.entry("Test place", &["names.csv"]);
    let first = look(&session, &entry, json!({})).expect("looked at");
    assert_eq!(first["columns"][1]["field"], "full_name");
    assert_eq!(reasons(&first["questions"]), ["table_name_order"]);
    assert_eq!(first["questions"][0]["why"]["values"]["count"], "2");
    assert_eq!((&first["counts"]["new"], &first["counts"]["open"]), (&json!(1), &json!(2)));
    assert_accounted(&first, "names");

    let choice = json!({ "name_order": "given_first_two_family_names" });
    let job = bring_in(&session, &entry, choice.clone());
    assert_eq!(job["report"]["patients"], 3, "{job}");
    let found = |text: &str| {
        let hits =
            session.ask("find_patients", json!({ "text": text, "limit": 5, "offset": 0 })).expect("found");
        assert_eq!(hits["total"], 1, "{text}");
        let id = hits["patients"][0]["patient_id"].clone();
        session.ask("patient_form", json!({ "patient_id": id })).expect("a form")["form"].clone()
    };
    for (text, given, middle, family) in [
        ("Yusuf", json!("Amina"), json!("Noor"), json!("Yusuf")),
        ("García", json!("Gabriel"), Value::Null, json!("García Márquez")),
        ("Castro", json!("Lucía"), Value::Null, json!("Castro")),
    ] {
        let form = found(text);
        assert_eq!(
            [&form["given_name"], &form["middle_name"], &form["family_name"]],
            [&given, &middle, &family]
        );
    }
    // Read another way it is another content, and changes the same three people.
    let again = bring_in(&session, &entry, choice)["report"].clone();
    assert_eq!((&again["already_there"], &again["changed"]), (&json!(3), &json!(0)));
    let other = bring_in(&session, &entry, json!({ "name_order": "given_first" }))["report"].clone();
    assert_eq!(other["changed"], 3, "{other}");
    assert_eq!(found("Márquez")["family_name"], "Márquez");
}
