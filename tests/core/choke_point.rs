//! The choke point: every declared use case, with no session, an expired one, and each role.

use std::time::Duration;

use rustcare_test_support::{TestClinic, form};
use rustcare_vault::table::data_set::{self, DataSetKind, NewDataSet};
use rustcare_workstation::contract::{self, Access};
use rustcare_workstation::session::SessionLimits;
use rustcare_workstation::{ProblemCode, Role};
use serde_json::{Value, json};

use crate::cohort_builder::sketch;

/// What a test clinic needs so that each use case has something to work on.
struct Stage {
    clinic: TestClinic,
    patient: Value,
    study: Value,
    series: Value,
    image: Value,
    place: Value,
    fhir: Value,
    table: Value,
    messages: Value,
    dicom: Value,
    job: Value,
    fhir_job: Value,
    export: Value,
    concepts: Value,
    document: Value,
}

impl Stage {
    fn new() -> Self {
        let clinic = TestClinic::new();
        let setter = clinic.sign_in(&Role::ALL);
        let mut own = form("Amina", "Yusuf", "1987-03-02");
        own["ssn"] = json!("536-90-4399");
        let patient =
            setter.ask("register_patient", json!({ "form": own })).expect("registered")["patient_id"].clone();
        std::fs::write(
            clinic.place().join("one.json"),
            r#"{"resourceType":"Patient","id":"9","name":[{"family":"Berg"}]}"#,
        )
        .expect("written");
        std::fs::write(clinic.place().join("slice.dcm"), slice()).expect("written");
        let dicom = json!(setter.entry("Test place", &["slice.dcm"]));
        let job = setter.ask("import_dicom", json!({ "entry_id": dicom })).expect("started");
        assert_eq!(setter.finish(&job)["report"]["taken"], 1);
        let study = setter
            .ask("list_studies", json!({ "patient_id": null, "state": null, "text": "" }))
            .expect("studies")["studies"][0]["study_id"]
            .clone();
        let opened = setter.ask("open_study", json!({ "study_id": study })).expect("opened");
        let series = opened["series"][0]["series_id"].clone();
        let image = opened["series"][0]["images"][0]["image_id"].clone();
        let fhir = json!(setter.entry("Test place", &["one.json"]));
        let fhir_job = setter.ask("import_fhir", json!({ "entry_id": fhir })).expect("started");
        setter.finish(&fhir_job);
        std::fs::write(clinic.place().join("one.csv"), "first,last,dob\nMia,Lund,1990-05-04\n")
            .expect("written");
        let table = json!(setter.entry("Test place", &["one.csv"]));
        std::fs::write(clinic.place().join("one.hl7"), "MSH|^~\\&|A|B|||2026||ADT^A01|1|P|2.5\rPID|||\r")
            .expect("written");
        let messages = json!(setter.entry("Test place", &["one.hl7"]));
        let places = setter.ask("list_places", json!({})).expect("places");
        let place = places["places"][0]["place_id"].clone();
        std::fs::write(clinic.place().join("concepts.csv"), "system,code,concept_id\nx,y,1\n")
            .expect("written");
        let concepts = json!(setter.entry("Test place", &["concepts.csv"]));
        std::fs::write(clinic.place().join("card.pdf"), "%PDF-1.4\n%%EOF\n").expect("written");
        let document = json!(setter.entry("Test place", &["card.pdf"]));
        let handed_out = json!({
            "whom": { "kind": "patients", "patient_ids": [patient] }, "format": "csv", "purpose": "treatment",
            "purpose_words": "", "recipient": "Hospital", "with_ssn": false,
            "protection": { "kind": "open", "reason": "test of roles" }, "place_id": place,
        });
        let export = setter.ask("export_records", handed_out).expect("started");
        assert_eq!(setter.finish(&export)["state"], "done");
        drop(setter);
        Self {
            clinic,
            patient,
            study,
            series,
            image,
            place,
            fhir,
            table,
            messages,
            dicom,
            job: job["job_id"].clone(),
            fhir_job: fhir_job["job_id"].clone(),
            export: export["job_id"].clone(),
            concepts,
            document,
        }
    }

    /// A message that waits in quarantine.
    fn refused_message(&self) -> Value {
        let session = self.clinic.sign_in(&[Role::Nurse, Role::FrontDesk]);
        let name = format!("{}.hl7", jiff::Timestamp::now().as_nanosecond());
        let text = format!("MSH|^~\\&|A|B|||2026||ADT^A01|{name}|P|2.5\rPID|||\r");
        std::fs::write(self.clinic.place().join(&name), text).expect("written");
        let entry = session.entry("Test place", &[&name]);
        let started = session.ask("import_messages", json!({ "entry_id": entry })).expect("started");
        session.finish(&started);
        let waiting = json!({ "state": "quarantined", "limit": 1, "offset": 0 });
        session.ask("list_messages", waiting).expect("messages")["messages"][0]["message_id"].clone()
    }

    /// Valid input of a use case, `None` for those that begin or end sessions and are tried in their own journeys.
    fn input(&self, name: &str) -> Option<Value> {
        let patient = json!({ "patient_id": self.patient });
        let filter = json!({ "filter": {} });
        Some(match name {
            "create_vault"
            | "make_recovery_sheet"
            | "confirm_recovery_sheet"
            | "open_practice_clinic"
            | "leave_practice_clinic"
            | "restore_backup"
            | "sign_in"
            | "recover_access"
            | "lock"
            | "change_passphrase"
            | "disable_staff"
            // Needs a database: `tests/sql/elsewhere_clinic.rs`.
            | "cohort_elsewhere"
            // Needs a printer: `tests/core/paper.rs`.
            | "print_particulars"
            | "print_chart_paper"
            | "set_staff_roles"
            | "add_staff" => {
                return None;
            }
            "check_patient_form" => json!({ "form": form("A", "B", "1.1.2000"), "fields": [] }),
            "find_candidates" => json!({ "form": form("Amina", "Yusuf", "1987-03-02") }),
            "list_duplicates" => json!({ "part": "open", "limit": 10, "offset": 0 }),
            "decide_duplicate" => {
                let [a, b] = self.two_records();
                json!({ "patient_a": a, "patient_b": b, "decision": "later", "reason": "" })
            }
            "preview_merge" => {
                let [a, b] = self.two_records();
                json!({ "survivor_id": a, "retired_id": b, "chosen": [] })
            }
            "merge_patients" => self.merge_of_two(),
            "preview_unmerge" => json!({ "merge_id": self.merged() }),
            "unmerge_patients" => {
                json!({ "merge_id": self.merged(), "survivor_version": 2, "reason": "test of roles", "different": false })
            }
            "review_register" => {
                let session = self.clinic.sign_in(&[Role::FrontDesk]);
                for job in
                    session.ask("list_jobs", json!({})).expect("jobs")["jobs"].as_array().expect("a list")
                {
                    session.finish(job);
                }
                json!({})
            }
            "register_patient" => json!({ "form": form("Tom", "Berg", "4 May 1990") }),
            "update_patient" => {
                let editable =
                    self.clinic.sign_in(&[Role::FrontDesk]).ask("patient_form", patient).expect("form");
                json!({ "patient_id": self.patient, "form": editable["form"], "version": editable["version"] })
            }
            "patient_form" | "open_chart" | "patient_history" => patient,
            "find_patients" => json!({ "text": "yus", "limit": 10, "offset": 0 }),
            "reveal_secret" => {
                json!({ "patient_id": self.patient, "secret": "ssn", "reason": "test of roles" })
            }
            "check_identity" => json!({ "patient_id": self.patient, "secret": "ssn", "value": "536904399" }),
            "keep_draft" => json!({ "kind": "register_patient", "body": "{}" }),
            "take_draft" => json!({ "kind": "register_patient" }),
            "list_place_entries" => json!({ "place_id": self.place, "folder": null }),
            "import_messages" => json!({ "entry_id": self.messages }),
            "list_messages" => json!({ "state": "quarantined", "limit": 10, "offset": 0 }),
            "open_message" => json!({ "message_id": self.refused_message() }),
            "replay_message" => json!({ "message_id": self.refused_message(), "lines": null }),
            "dismiss_message" => json!({ "message_id": self.refused_message(), "reason": "test of roles" }),
            "interface_state" => json!({}),
            "renew_interface_certificate" => json!({}),
            "set_interface" => json!({ "on": false, "port": 2575, "allow": [] }),
            "import_fhir" => json!({ "entry_id": self.fhir }),
            "look_at_table" | "import_table" => json!({ "entry_id": self.table, "choice": {} }),
            "keep_table_profile" => json!({ "name": "Harbour", "columns": ["first", "last"], "choice": {} }),
            "drop_table_profile" => json!({ "name": "Harbour" }),
            "import_dicom" => json!({ "entry_id": self.dicom }),
            "job" | "cancel_job" | "resume_job" => json!({ "job_id": self.job }),
            "export_rejected" => json!({ "job_id": self.job, "place_id": self.place }),
            "export_records" => json!({
                "whom": { "kind": "patients", "patient_ids": [self.patient] }, "format": "csv", "purpose": "patient_request",
                "purpose_words": "", "recipient": "The patient", "with_ssn": false,
                "protection": { "kind": "open", "reason": "test of roles" }, "place_id": self.place,
            }),
            "export_research_tables" => json!({
                "whom": { "kind": "everybody" }, "tables": "parquet", "purpose_words": "", "recipient": "Study group",
                "protection": { "kind": "open", "reason": "test of roles" }, "place_id": self.place,
            }),
            "save_loss_report" => {
                json!({ "job_id": self.export, "format": "csv", "place_id": self.place })
            }
            "export_outcomes" => json!({ "job_id": self.job, "place_id": self.place }),
            "load_concept_mapping" => json!({ "entry_id": self.concepts }),
            "save_concept_mapping" => json!({ "place_id": self.place }),
            "list_printers" => json!({}),
            "preview_particulars" | "save_particulars" => {
                self.paper(json!({ "kind": "label", "code": "qr", "stock": "roll57x32", "start": 1 }))
            }
            "preview_chart_paper" | "save_chart_paper" => {
                self.paper(json!({ "kind": "summary", "size": "a4" }))
            }
            "cohort_breakdown" => filter,
            "export_breakdown" => json!({ "filter": {}, "format": "svg", "place_id": self.place }),
            "save_cohort" => json!({ "cohort_id": null, "version": null, "name": "test of roles", "sketch": sketch() }),
            "open_cohort" | "remove_cohort" => json!({ "cohort_id": self.cohort() }),
            "count_cohort" => self.saved_cohort(),
            "import_cohort" => {
                let text = self.open_cohort()["definition"].as_str().unwrap_or_default().to_owned();
                std::fs::write(self.clinic.place().join("circe.json"), text).expect("written");
                let analyst = self.clinic.sign_in(&[Role::Analyst]);
                json!({ "entry_id": analyst.entry("Test place", &["circe.json"]) })
            }
            "export_cohort" => json!({ "cohort_id": self.cohort(), "place_id": self.place }),
            "list_units" => json!({ "concepts": [], "unit": null }),
            "import_vocabulary" => json!({ "entry_id": self.fhir }),
            "import_data_set" => json!({ "entry_id": self.fhir, "name": "test of roles" }),
            "remove_data_set" => json!({ "data_set_id": self.data_set() }),
            "count_phenotypes" => json!({ "data_set": null }),
            "take_phenotype" => json!({ "phenotype_id": 25 }),
            "describe_cohort" => json!({ "of": self.saved_cohort(), "language": "en" }),
            "explain_patient" => {
                json!({ "of": self.saved_cohort(), "patient_id": self.patient, "language": "en" })
            }
            "review_cohort" | "stratify_cohort" => json!({ "of": self.saved_cohort() }),
            "overlap_cohorts" => json!({ "of": self.saved_cohort(), "other_cohort_ids": [self.cohort()] }),
            "show_timeline" => json!({ "patient_id": self.patient }),
            "list_group_patients" => json!({ "filter": {}, "group": { "system": null, "code": null }, "limit": 10, "offset": 0 }),
            "follow_cohort" => {
                json!({ "of": self.saved_cohort(), "outcome_cohort_id": self.cohort(), "by_sex": true })
            }
            "save_cohort_figure" => json!({
                "of": self.saved_cohort(), "figure": "ages", "format": "svg", "place_id": self.place,
            }),
            "report_cohort" => {
                json!({ "of": self.saved_cohort(), "name": "test of roles", "format": "html", "place_id": self.place })
            }
            "compare_cohorts" => json!({ "before": self.saved_cohort(), "after": self.saved_cohort() }),
            "open_database_connection" | "remove_database_connection" => {
                json!({ "connection_id": self.database_connection() })
            }
            "check_database_form" => json!({ "form": database_form() }),
            "save_database_connection" => new_database_connection(),
            // Nobody listens there: the job begins, and fails.
            "run_cohort_elsewhere" => {
                let mut any = sketch();
                any["entry"][0]["concepts"] = json!([]);
                any["entry"][0]["is_any_code"] = json!(true);
                json!({ "of": { "kind": "sketch", "sketch": any }, "connection_id": self.database_connection(), "password": "x" })
            }
            "search_concepts" => json!({ "kind": "condition", "text": "diabetes" }),
            "list_studies" => json!({ "patient_id": null, "state": null, "text": "" }),
            "open_study" | "suggest_patients" | "unlink_study" => json!({ "study_id": self.study }),
            "link_study" => json!({ "study_id": self.study, "patient_id": self.patient }),
            "image_frame" => json!({ "image_id": self.image, "frame": 0 }),
            "export_image" => {
                json!({ "image_id": self.image, "frame": 0, "window": [2, 4], "place_id": self.place, "file_name": null })
            }
            "series_thumbnail" => json!({ "series_id": self.series }),
            "look_at_document" => json!({ "entry_id": self.document }),
            "add_document" => self.new_document("add"),
            "document_content" | "document_thumbnail" => json!({ "document_id": self.added_document(name) }),
            "withdraw_document" => {
                json!({ "document_id": self.added_document(name), "reason": "test of roles" })
            }
            "save_document" => json!({ "document_id": self.added_document(name), "place_id": self.place }),
            "back_up" | "export_audit" => json!({ "place_id": self.place }),
            "list_audit" => json!({ "patient_id": null, "before_sequence": null, "limit": 10 }),
            "update_clinic_settings" => {
                let settings = self
                    .clinic
                    .sign_in(&[Role::Administrator])
                    .ask("clinic_settings", json!({}))
                    .expect("settings");
                json!({ "settings": settings["settings"] })
            }
            _ => json!({}),
        })
    }

    fn database_connection(&self) -> Value {
        let session = self.clinic.sign_in(&[Role::Administrator]);
        let list = session.ask("save_database_connection", new_database_connection()).expect("saved");
        list["connections"].as_array().and_then(|all| all.last()).expect("one")["connection_id"].clone()
    }

    fn open_cohort(&self) -> Value {
        let input =
            json!({ "cohort_id": null, "version": null, "name": "test of roles", "sketch": sketch() });
        self.clinic.sign_in(&[Role::Analyst]).ask("save_cohort", input).expect("saved")
    }

    fn saved_cohort(&self) -> Value {
        json!({ "kind": "saved", "cohort_id": self.cohort(), "version": null })
    }

    /// A data set that can be removed; its file is empty.
    fn data_set(&self) -> String {
        let vault = &self.clinic.vault;
        let blob = vault.blobs().write(b"").expect("written");
        let new = NewDataSet {
            kind: DataSetKind::Omop,
            name: "test of roles",
            summary: r#"{"patients":0,"events":0}"#,
            blob,
            bytes: 0,
            at: "2026-11-28T10:00:00Z",
            person: "tester",
        };
        vault.write(|t| data_set::add(t, new)).expect("added").0.to_string()
    }

    fn cohort(&self) -> Value {
        self.open_cohort()["line"]["cohort_id"].clone()
    }

    /// A picture that no chart has yet.
    fn new_document(&self, what: &str) -> Value {
        let name = format!("{what}-{}.png", jiff::Timestamp::now().as_nanosecond());
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 64, 1);
        encoder.set_color(png::ColorType::Grayscale);
        let mut writer = encoder.write_header().expect("a header");
        let pixels: Vec<u8> = name.bytes().cycle().take(64).collect();
        writer.write_image_data(&pixels).expect("pixels");
        writer.finish().expect("an end");
        std::fs::write(self.clinic.place().join(&name), file).expect("written");
        let desk = self.clinic.sign_in(&[Role::FrontDesk]);
        let entry = desk.entry("Test place", &[&name]);
        let looked = desk.ask("look_at_document", json!({ "entry_id": entry })).expect("looked at");
        json!({ "patient_id": self.patient, "entry_id": entry, "kind": "identity", "title": "", "date": "",
            "content_hash": looked["content_hash"] })
    }

    fn added_document(&self, what: &str) -> Value {
        let session = self.clinic.sign_in(&[Role::FrontDesk]);
        session.ask("add_document", self.new_document(what)).expect("added")["document_id"].clone()
    }

    /// Two records of nobody else.
    fn two_records(&self) -> [Value; 2] {
        let session = self.clinic.sign_in(&[Role::FrontDesk]);
        ["Amena", "Amin"].map(|given| {
            let form = form(given, "Yusuf", "1987-03-02");
            session.ask("register_patient", json!({ "form": form })).expect("registered")["patient_id"]
                .clone()
        })
    }

    fn merge_of_two(&self) -> Value {
        let [survivor, retired] = self.two_records();
        json!({ "survivor_id": survivor, "retired_id": retired, "survivor_version": 1, "retired_version": 1,
                "chosen": [], "reason": "test of roles" })
    }

    /// The number of a merge.
    fn merged(&self) -> Value {
        let session = self.clinic.sign_in(&[Role::FrontDesk]);
        session.ask("merge_patients", self.merge_of_two()).expect("merged")["merge_id"].clone()
    }

    fn paper(&self, paper: Value) -> Value {
        json!({
            "order": { "patient_id": self.patient, "language": "es", "copies": 1, "missing_as_boxes": false },
            "paper": paper, "page": 0, "form": "pdf", "place_id": self.place,
        })
    }

    fn entries(&self) -> i64 {
        self.clinic.vault.read(rustcare_vault_tip).expect("the trail")
    }

    /// Whether the trail tells of a refusal of `name` behind its first `before` entries. Jobs of earlier cells may still
    /// be adding entries of their own.
    fn tells_refusal(&self, name: &str, before: i64) -> bool {
        let entries =
            self.clinic.vault.read(|t| rustcare_vault::audit::chain::range(t, before + 1, i64::MAX));
        entries
            .expect("the trail")
            .iter()
            .any(|p| p.entry.action == name && p.entry.outcome == rustcare_vault::Outcome::Refused)
    }
}

fn rustcare_vault_tip(t: &rusqlite::Transaction<'_>) -> Result<i64, rustcare_vault::VaultError> {
    rustcare_vault::audit::chain::tip(t).map(|tip| tip.sequence)
}

fn database_form() -> Value {
    json!({
        "name": "Hospital", "host": "127.0.0.1", "port": 1, "database": "research", "schema": "cdm", "username": "reader",
        "is_encrypted": false, "root_certificates": "",
    })
}

fn new_database_connection() -> Value {
    let password = json!({ "kind": "keep", "password": "velvet heron" });
    json!({ "connection_id": null, "form": database_form(), "password": password })
}

/// A 2 by 2 picture in explicit VR little endian.
fn slice() -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend_from_slice(b"DICM");
    let mut element = |group: u16, number: u16, vr: &str, value: &[u8]| {
        out.extend_from_slice(&group.to_le_bytes());
        out.extend_from_slice(&number.to_le_bytes());
        out.extend_from_slice(vr.as_bytes());
        let mut value = value.to_vec();
        if value.len() % 2 == 1 {
            value.push(if vr == "UI" { 0 } else { b' ' });
        }
        if vr == "OW" {
            out.extend_from_slice(&[0, 0]);
            out.extend_from_slice(&(value.len() as u32).to_le_bytes());
        } else {
            out.extend_from_slice(&(value.len() as u16).to_le_bytes());
        }
        out.extend_from_slice(&value);
    };
    element(0x0002, 0x0010, "UI", b"1.2.840.10008.1.2.1");
    element(0x0008, 0x0016, "UI", b"1.2.840.10008.5.1.4.1.1.7");
    element(0x0008, 0x0018, "UI", b"1.2.3.4");
    element(0x0008, 0x0060, "CS", b"OT");
    element(0x0010, 0x0010, "PN", b"Yusuf^Amina");
    element(0x0010, 0x0030, "DA", b"19870302");
    element(0x0020, 0x000D, "UI", b"1.2.3");
    element(0x0020, 0x000E, "UI", b"1.2.3.1");
    for (number, value) in
        [(0x0002, 1_u16), (0x0010, 2), (0x0011, 2), (0x0100, 16), (0x0101, 16), (0x0102, 15), (0x0103, 0)]
    {
        element(0x0028, number, "US", &value.to_le_bytes());
        if number == 0x0002 {
            element(0x0028, 0x0004, "CS", b"MONOCHROME2");
        }
    }
    element(0x7FE0, 0x0010, "OW", &[0, 0, 1, 0, 2, 0, 3, 0]);
    out
}

#[test]
fn every_use_case_is_refused_without_a_session_and_the_refusal_is_in_the_trail() {
    let stage = Stage::new();
    for case in contract::all().filter(|c| c.access != Access::Anyone) {
        for token in [None, Some("not-a-token")] {
            let before = stage.entries();
            let input = stage.input(case.name).unwrap_or_else(|| json!({}));
            let answer = stage.clinic.workstation.call(case.name, token, input);
            assert_eq!(answer.expect_err(case.name).code, ProblemCode::NotSignedIn, "{}", case.name);
            assert!(stage.tells_refusal(case.name, before), "{} left no trace", case.name);
        }
    }
}

#[test]
fn an_expired_session_is_refused_everywhere() {
    let clinic = TestClinic::with_limits(SessionLimits {
        idle: Duration::from_millis(30),
        absolute: Duration::from_secs(60),
    });
    for case in contract::all().filter(|c| c.access != Access::Anyone) {
        let session = clinic.sign_in(&Role::ALL);
        std::thread::sleep(Duration::from_millis(45));
        assert_eq!(
            session.ask(case.name, json!({})).expect_err(case.name).code,
            ProblemCode::SessionExpired,
            "{}",
            case.name
        );
    }
}

#[test]
fn every_forbidden_cell_is_refused_and_every_permitted_cell_succeeds() {
    let stage = Stage::new();
    let (mut permitted, mut forbidden) = (0, 0);
    for case in contract::all().filter(|c| c.access != Access::Anyone) {
        for role in Role::ALL {
            let input = stage.input(case.name);
            let session = stage.clinic.sign_in(&[role]);
            if contract::allows(case, role) {
                let Some(mut input) = input else { continue };
                // Whoever goes on with an import may do what it does: the front desk brings in no images.
                if case.name == "resume_job" && role == Role::FrontDesk {
                    input["job_id"] = stage.fhir_job.clone();
                }
                let answer = stage.clinic.workstation.call(case.name, Some(&session.token), input);
                if let Err(problem) = answer {
                    panic!("{} as {role:?}: {problem:?}", case.name);
                }
                permitted += 1;
            } else {
                let before = stage.entries();
                let answer = session.ask(case.name, input.unwrap_or_else(|| json!({})));
                assert_eq!(
                    answer.expect_err(case.name).code,
                    ProblemCode::NotPermitted,
                    "{} as {role:?}",
                    case.name
                );
                assert!(stage.tells_refusal(case.name, before), "{} as {role:?} left no trace", case.name);
                forbidden += 1;
            }
        }
    }
    println!("{permitted} permitted cells succeeded, {forbidden} forbidden cells were refused");
    assert!(permitted > 80 && forbidden > 80);
    let (verdict, _) = stage.clinic.vault.verify_audit().expect("verified");
    assert_eq!(verdict.first_bad, None);
}

#[test]
fn wrong_input_never_reaches_a_message() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&Role::ALL);
    for case in contract::all() {
        for canary in [
            json!({ "patient_id": "CANARY-7781", "form": "CANARY-7781", "text": ["CANARY-7781"] }),
            json!("CANARY-7781"),
            json!(null),
        ] {
            if matches!(case.name, "lock" | "open_practice_clinic" | "choose_folder") {
                continue;
            }
            if let Err(problem) = session.ask(case.name, canary) {
                let text = serde_json::to_string(&problem).expect("json");
                assert!(!text.contains("CANARY"), "{}", case.name);
            }
        }
    }
}
