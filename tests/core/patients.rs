//! Registering, finding, correcting, secrets.

use rustcare_test_support::{TestClinic, form};
use rustcare_workstation::{ProblemCode, Role};
use serde_json::{Value, json};

fn register(clinic: &TestClinic, form: Value) -> Value {
    clinic.sign_in(&[Role::FrontDesk]).ask("register_patient", json!({ "form": form })).expect("registered")
}

fn find(clinic: &TestClinic, text: &str) -> Value {
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    desk.ask("find_patients", json!({ "text": text, "limit": 20, "offset": 0 })).expect("found")
}

#[test]
fn a_registered_patient_is_found_by_name_number_phone_and_birth() {
    let clinic = TestClinic::new();
    let mut amina = form("María Luisa", "Farías-O’Neill", "2.3.1987");
    amina["phone"] = json!("+1 202 555 0143");
    let registered = register(&clinic, amina);
    register(&clinic, form("Tom", "Berg", "4 May 1990"));
    let mrn = registered["mrn"].as_str().expect("a number");
    assert_eq!(mrn.len(), 10);
    for text in [
        "farias",
        "lui far",
        "oneill mar",
        mrn,
        &mrn.to_lowercase(),
        "2025550143",
        "1202555",
        "202-555-0143",
        "(202) 555-0143",
        "+1 202-555-01",
        "farias 202 555",
        "o´neill",
        "O`Neill",
        "o‘neill maria",
        "2.3.87",
        "2 Mar 1987",
    ] {
        let found = find(&clinic, text);
        assert_eq!(found["total"], 1, "{text}");
        assert_eq!(found["patients"][0]["patient_id"], registered["patient_id"], "{text}");
    }
    assert_eq!(find(&clinic, "")["total"], 2);
    assert_eq!(find(&clinic, "nobody")["total"], 0);
    assert_eq!(find(&clinic, "\" OR 1=1 --")["total"], 0);
}

#[test]
fn a_number_that_can_be_read_as_a_date_finds_both() {
    let clinic = TestClinic::new();
    let mut numbered = form("Tom", "Berg", "4 May 1990");
    numbered["identifiers"] = json!([{ "kind": "MR", "authority": "NORTH", "value": "2-3-1987" }]);
    register(&clinic, numbered);
    register(&clinic, form("Amina", "Yusuf", "2.3.1987"));
    let names = |text: &str| {
        let found = find(&clinic, text);
        let list = found["patients"].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|p| p["family_name"].as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    assert_eq!(names("2-3-1987"), ["Berg", "Yusuf"]);
    assert_eq!(names("2 Mar 1987"), ["Yusuf"]);
}

#[test]
fn a_double_click_saves_once_and_a_refused_save_keeps_nothing() {
    let clinic = TestClinic::new();
    let mut once = form("Amina", "Yusuf", "1987-03-02");
    once["form_id"] = json!("3b8f9a52-0000-4000-8000-000000000001");
    let (first, second) = (register(&clinic, once.clone()), register(&clinic, once));
    assert_eq!(first["patient_id"], second["patient_id"]);
    assert_eq!(find(&clinic, "")["total"], 1);

    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let mut bad = form("Amina", "Yusuf", "31.2.1987");
    bad["ssn"] = json!("078-05-1120");
    bad["email"] = json!("nonsense");
    let problem = desk.ask("register_patient", json!({ "form": bad })).expect_err("refused");
    let fields: Vec<&str> = problem.fields.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(problem.code, ProblemCode::InvalidInput);
    assert_eq!(fields, ["date_of_birth", "email", "ssn"]);
    assert_eq!(find(&clinic, "")["total"], 1);
    let text = serde_json::to_string(&problem).expect("json");
    assert!(!text.contains("1120") && !text.contains("nonsense") && !text.contains("31.2"));
}

#[test]
fn a_used_record_number_is_refused_at_its_field() {
    let clinic = TestClinic::new();
    let mut own = form("Amina", "Yusuf", "1987-03-02");
    own["mrn"] = json!("abc-123 4567");
    assert_eq!(register(&clinic, own.clone())["mrn"], "ABC1234567");
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let problem = desk.ask("register_patient", json!({ "form": own })).expect_err("refused");
    assert_eq!(problem.field.as_deref(), Some("mrn"));
}

#[test]
fn demographics_change_with_a_history_and_never_over_somebody_elses_change() {
    let clinic = TestClinic::new();
    let registered = register(&clinic, form("Amina", "Yusuf", "1987-03-02"));
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let id = json!({ "patient_id": registered["patient_id"] });
    let editable = desk.ask("patient_form", id.clone()).expect("form");
    let mut changed = editable["form"].clone();
    changed["family_name"] = json!("Haddad");
    let update = |form: &Value| {
        desk.ask(
            "update_patient",
            json!({ "patient_id": registered["patient_id"], "form": form, "version": editable["version"] }),
        )
    };
    assert_eq!(update(&changed).expect("saved")["version"], 2);
    assert_eq!(update(&changed).expect_err("stale").code, ProblemCode::Conflict);
    assert_eq!(find(&clinic, "haddad")["total"], 1);
    assert_eq!(find(&clinic, "yusuf")["total"], 0);
    let history = desk.ask("patient_history", id).expect("history");
    let entries = history["entries"].as_array().expect("entries");
    assert!(entries.iter().any(|e| e["action"] == "changed" && e["fields"] == json!(["name"])));
    assert!(entries.iter().any(|e| e["action"] == "register_patient"));
}

#[test]
fn a_social_security_number_is_masked_matched_and_revealed_only_with_a_reason() {
    let clinic = TestClinic::new();
    let mut with_ssn = form("Amina", "Yusuf", "1987-03-02");
    with_ssn["ssn"] = json!("536-90-4399");
    let registered = register(&clinic, with_ssn.clone());
    let id = registered["patient_id"].clone();
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let chart = desk.ask("open_chart", json!({ "patient_id": id })).expect("chart");
    assert_eq!(chart["secrets"]["ssn"], "•••-••-4399");
    let check = |value: &str| {
        desk.ask("check_identity", json!({ "patient_id": id, "secret": "ssn", "value": value }))
    };
    assert_eq!(check("536904399").expect("checked")["matches"], true);
    assert_eq!(check("536904398").expect("checked")["matches"], false);
    let reveal = |reason: &str| {
        desk.ask("reveal_secret", json!({ "patient_id": id, "secret": "ssn", "reason": reason }))
    };
    assert_eq!(reveal("").expect_err("a reason is needed").code, ProblemCode::InvalidInput);
    assert_eq!(reveal("insurer asks on the phone").expect("revealed")["value"], "536904399");
    let nurse = clinic.sign_in(&[Role::Nurse]);
    let refused =
        nurse.ask("reveal_secret", json!({ "patient_id": id, "secret": "ssn", "reason": "curious" }));
    assert_eq!(refused.expect_err("refused").code, ProblemCode::NotPermitted);
    // A nurse holds no key: the number is refused at its field, not lost in silence.
    let refused = nurse.ask("register_patient", json!({ "form": with_ssn })).expect_err("refused");
    assert_eq!(refused.field.as_deref(), Some("ssn"));
    // Nothing of it is readable in the vault's files.
    for file in rustcare_vault_files(&clinic) {
        // A snapshot that is being renamed while we look is looked at under its own name, or is of the same key.
        let Ok(bytes) = std::fs::read(&file) else { continue };
        assert!(!bytes.windows(9).any(|w| w == b"536904399"), "{}", file.display());
        assert!(!bytes.windows(5).any(|w| w == b"Yusuf"), "{}", file.display());
    }
}

fn rustcare_vault_files(clinic: &TestClinic) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![clinic.folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    assert!(found.len() >= 3);
    found
}

#[test]
fn a_front_desk_sees_demographics_and_no_chart() {
    let clinic = TestClinic::new();
    let registered = register(&clinic, form("Amina", "Yusuf", "1987-03-02"));
    let id = json!({ "patient_id": registered["patient_id"] });
    let desk = clinic.sign_in(&[Role::FrontDesk]).ask("open_chart", id.clone()).expect("chart");
    assert_eq!(desk["sections_permitted"], false);
    assert_eq!(desk["banner"]["allergies_state"], "not_permitted");
    let doctor = clinic.sign_in(&[Role::Clinician]).ask("open_chart", id).expect("chart");
    assert_eq!(doctor["sections_permitted"], true);
    assert_eq!(doctor["banner"]["allergies_state"], "not_asked");
}

#[test]
fn an_imported_patient_is_corrected_without_losing_what_was_written() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Administrator, Role::FrontDesk, Role::Clinician]);
    let family = "Ng".repeat(80);
    let patient = json!({
        "resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1961-03",
        "name": [{ "family": family, "given": ["Lan"] }],
    });
    std::fs::write(clinic.place().join("one.json"), patient.to_string()).expect("written");
    let entry = session.entry("Test place", &["one.json"]);
    let job = session.finish(&session.ask("import_fhir", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["report"]["patients"], 1, "{}", job["report"]["rejections"]);

    let id = find(&clinic, "lan")["patients"][0]["patient_id"].clone();
    let editable = session.ask("patient_form", json!({ "patient_id": id })).expect("form");
    assert_eq!(editable["form"]["date_of_birth"], "Mar 1961");
    let mut form = editable["form"].clone();
    let check = |form: &Value| {
        session
            .ask("check_patient_form", json!({ "form": form, "patient_id": id, "fields": [] }))
            .expect("checked")["notes"]
            .clone()
    };
    let notes = check(&form);
    assert_eq!(notes.as_array().map(Vec::len), Some(1), "{notes}");
    assert_eq!(
        (&notes[0]["reason"], &notes[0]["severity"]),
        (&json!("long_name_kept"), &json!("information"))
    );

    form["city"] = json!("Riverside");
    let update = |form: &Value, version: i64| {
        session.ask("update_patient", json!({ "patient_id": id, "form": form, "version": version }))
    };
    update(&form, editable["version"].as_i64().expect("a version")).expect("saved");
    let chart = session.ask("open_chart", json!({ "patient_id": id })).expect("chart");
    assert_eq!(chart["banner"]["birth"], json!({ "iso": "1961-03", "precision": "month", "about": false }));
    assert_eq!(chart["banner"]["family_name"], json!(family));
    assert_eq!(chart["demographics_notes"][0]["field"], "family_name");

    form["family_name"] = json!(format!("{family}uyen"));
    let refused = update(&form, 2).expect_err("a changed long name");
    assert_eq!(refused.fields[0].reason, rustcare_workstation::Reason::NamePartLong);
}
