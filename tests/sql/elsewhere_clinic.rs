//! Running elsewhere as people do it: who sets a connection up, who types its password, what they are shown, what stays behind.

use rustcare_test_support::canary::files_with;
use rustcare_test_support::{Session, TestClinic};
use rustcare_workstation::run_elsewhere::RootCertificates;
use rustcare_workstation::{ProblemCode, Reason, Role};
use serde_json::{Value, json};

use crate::definitions::invented;
use crate::elsewhere::{PASSWORD, protection};
use crate::postgres::Server;

fn form(port: u16, roots: &RootCertificates) -> Value {
    json!({
        "name": "Hospital", "host": "localhost", "port": port, "database": "postgres", "schema": "cdm", "username": "rustcare",
        "is_encrypted": true, "root_certificates": roots.as_str().trim(),
    })
}

fn save(session: &Session<'_>, id: &Value, form: &Value, password: Value) -> Value {
    let input = json!({ "connection_id": id, "form": form, "password": password });
    let list = session.ask("save_database_connection", input).expect("saved");
    list["connections"][0].clone()
}

fn kept() -> Value {
    json!({ "kind": "keep", "password": PASSWORD })
}

/// Everybody on record, the grown-up, and of those who ever had a visit.
const DEFINITION: &str = r#"{
  "ConceptSets": [],
  "PrimaryCriteria": { "CriteriaList": [{ "ObservationPeriod": {} }], "ObservationWindow": { "PriorDays": 0, "PostDays": 0 },
    "PrimaryCriteriaLimit": { "Type": "First" } },
  "InclusionRules": [
    { "name": "Adults", "expression": { "Type": "ALL", "DemographicCriteriaList": [{ "Age": { "Op": "gte", "Value": 18 } }] } },
    { "name": "Seen", "expression": { "Type": "ALL", "CriteriaList": [{ "Criteria": { "VisitOccurrence": {} },
      "StartWindow": { "Start": { "Coeff": -1 }, "End": { "Coeff": 1 } }, "Occurrence": { "Type": 2, "Count": 1 } }] } }
  ]
}"#;

fn saved_cohort(clinic: &TestClinic, session: &Session<'_>) -> Value {
    std::fs::write(clinic.place().join("seen.json"), DEFINITION).expect("written");
    let entry = session.entry("Test place", &["seen.json"]);
    let view = session.ask("import_cohort", json!({ "entry_id": entry })).expect("brought in");
    json!({ "kind": "saved", "cohort_id": view["line"]["cohort_id"], "version": null })
}

#[test]
fn an_analyst_types_the_password_and_sees_the_counts_here_and_there() {
    let test = "an_analyst_types_the_password_and_sees_the_counts_here_and_there";
    let (roots, protection) = protection();
    let Some(server) = Server::start_with(test, Some(&protection)) else { return };
    server.load("cdm", invented(1).folder.path());
    let clinic = TestClinic::new();
    let administrator = clinic.sign_in_as("ada", &[Role::Administrator]);
    let form = form(protection.port, &roots);
    let connection = save(&administrator, &Value::Null, &form, kept());
    assert_eq!(connection["asks_password"], false, "a custodian holds its key");
    let id = &connection["connection_id"];
    let opened =
        administrator.ask("open_database_connection", json!({ "connection_id": id })).expect("opened");
    assert_eq!((&opened["form"], &opened["has_password"]), (&form, &json!(true)));

    let analyst = clinic.sign_in_as("ben", &[Role::Analyst]);
    let listed = analyst.ask("list_database_connections", json!({})).expect("a list");
    assert_eq!(listed["connections"][0]["asks_password"], true);
    assert_eq!(listed["connections"][0].get("username"), None);
    let of = saved_cohort(&clinic, &analyst);
    let start = |session: &Session<'_>, password: Value| {
        session.ask("run_cohort_elsewhere", json!({ "of": of, "connection_id": id, "password": password }))
    };
    let untyped = start(&analyst, Value::Null).expect_err("the password");
    assert_eq!(
        (untyped.reason, untyped.field.as_deref()),
        (Reason::DatabasePasswordNeeded, Some("password"))
    );
    let started = start(&analyst, json!("another")).expect("started");
    let failed = analyst.finish(&started);
    assert_eq!(
        (&failed["state"], &failed["problem"]["reason"]),
        (&json!("failed"), &json!("database_not_let_in"))
    );

    let started = start(&analyst, json!(PASSWORD)).expect("started");
    assert_eq!(analyst.finish(&started)["state"], "done");
    let seen = analyst.ask("cohort_elsewhere", started.clone()).expect("counts");
    assert_eq!((&seen["connection_name"], &seen["smallest_shown"]), (&json!("Hospital"), &json!(11)));
    let problem = clinic.sign_in_as("cy", &[Role::Analyst]).ask("cohort_elsewhere", started);
    assert_eq!(problem.expect_err("another's").code, ProblemCode::NotFound);

    // Whoever holds the key types nothing; who may see patients sees every number.
    let both = clinic.sign_in_as("dee", &[Role::Clinician, Role::FrontDesk]);
    let started = start(&both, Value::Null).expect("started");
    assert_eq!(both.finish(&started)["state"], "done");
    let all = both.ask("cohort_elsewhere", started).expect("counts");
    let count = |what: &str| -> i64 {
        server
            .run(&format!("SELECT COUNT(DISTINCT person_id) FROM cdm.{what}"))
            .unwrap()
            .trim()
            .parse()
            .unwrap()
    };
    let (persons, observed) = (count("person"), count("observation_period"));
    assert_eq!(all["population"], json!({ "here": 0, "there": persons, "difference": persons }));
    assert_eq!(all["entered"], json!({ "here": 0, "there": observed, "difference": observed }));
    assert_eq!(all["rules"][1]["name"], "Seen");
    assert_eq!(all["patients"]["there"], all["rules"][1]["remaining"]["there"]);
    let is_small = |number: &Value| number.as_i64().is_some_and(|number| (1..11).contains(&number));
    for line in seen["rules"].as_array().expect("rules").iter().chain([&json!({ "of": seen["patients"] })]) {
        let numbers = line.as_object().expect("a line").values();
        assert!(numbers.filter(|value| value.is_object()).all(|pair| !is_small(&pair["there"])), "{line}");
    }

    trail_and_vault_hold_no_password(&clinic, &administrator, id);
    administrator.ask("remove_database_connection", json!({ "connection_id": id })).expect("removed");
    let gone = start(&both, json!(PASSWORD)).expect_err("it is gone");
    assert_eq!(gone.reason, Reason::DatabaseConnectionUnknown);
}

/// The canary: what was told, listed, kept and written.
fn trail_and_vault_hold_no_password(clinic: &TestClinic, administrator: &Session<'_>, id: &Value) {
    let entries =
        clinic.vault.read(|t| rustcare_vault::audit::chain::range(t, 1, i64::MAX)).expect("a trail");
    let details: Vec<&str> = entries.iter().filter_map(|one| one.entry.details.as_deref()).collect();
    let (trail, id) = (details.join("\n"), id.as_str().expect("an id"));
    assert!(trail.contains(&format!("connection {id} (localhost:")) && trail.contains("counts came back"));
    assert!(trail.contains("database_not_let_in") && trail.contains(", definition "));
    let jobs = administrator.ask("list_jobs", json!({})).expect("jobs").to_string();
    let opened =
        administrator.ask("open_database_connection", json!({ "connection_id": id })).expect("opened");
    for text in [format!("{entries:?}"), jobs, opened.to_string()] {
        assert!(!text.contains("heron"), "{text}");
    }
    for canary in [PASSWORD, "heron"] {
        assert_eq!(files_with(clinic.folder.path(), canary), [] as [std::path::PathBuf; 0]);
    }
}

#[test]
fn a_kept_password_goes_nowhere_else_and_only_who_holds_the_key_keeps_one() {
    let clinic = TestClinic::new();
    let administrator = clinic.sign_in_as("ada", &[Role::Administrator]);
    let (roots, _) = protection();
    let form = form(5432, &roots);
    let connection = save(&administrator, &Value::Null, &form, kept());
    let id = &connection["connection_id"];
    let as_before = json!({ "kind": "as_before" });
    let mut moved = form.clone();
    moved["schema"] = json!("cdm_2");
    assert_eq!(save(&administrator, id, &moved, as_before.clone())["asks_password"], false);
    moved["host"] = json!("elsewhere.example.org");
    assert_eq!(
        save(&administrator, id, &moved, as_before)["asks_password"],
        true,
        "it was typed for another"
    );
    assert_eq!(save(&administrator, id, &form, kept())["asks_password"], false);
    assert_eq!(save(&administrator, id, &form, json!({ "kind": "ask" }))["asks_password"], true);

    // What cannot be is said of each field, and of nothing that was typed.
    let wrong = json!({
        "name": "", "host": "http://db", "port": 70_000, "database": " ", "schema": "lake.cdm", "username": "", "is_encrypted": true,
        "root_certificates": "heron",
    });
    let notes = administrator.ask("check_database_form", json!({ "form": wrong })).expect("checked");
    let fields: Vec<&str> =
        notes["notes"].as_array().expect("notes").iter().filter_map(|note| note["field"].as_str()).collect();
    assert_eq!(fields, ["name", "host", "port", "database", "schema", "username", "root_certificates"]);
    let input = json!({ "connection_id": null, "form": wrong, "password": kept() });
    let refused = administrator.ask("save_database_connection", input).expect_err("wrong");
    assert!(!serde_json::to_string(&refused).expect("JSON").contains("heron"));
    let mut plain = form.clone();
    plain["is_encrypted"] = json!(false);
    plain["host"] = json!("db.example.org");
    let notes = administrator.ask("check_database_form", json!({ "form": plain })).expect("checked");
    assert_eq!(notes["notes"][0]["reason"], "database_plain_far_away");
    assert_eq!(notes["notes"].as_array().map(Vec::len), Some(1));
}
