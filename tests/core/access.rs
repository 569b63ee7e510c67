//! Getting in and out with real passphrases, staff, recovery, lock, backup. A handful of tests pay for the real KDF.

use std::sync::{Arc, OnceLock};

use rustcare_workstation::host::{Host, HostPlace, PlaceKind, PlainHost, helper_beside_program};
use rustcare_workstation::session::SessionLimits;
use rustcare_workstation::{ProblemCode, Workstation, WorkstationOptions};
use secrecy::SecretString;
use serde_json::{Value, json};

const PASSPHRASE: &str = "velvet otter cold tram";

fn workstation(folder: &std::path::Path) -> Arc<Workstation> {
    let place = folder.join("place");
    std::fs::create_dir_all(&place).expect("a place");
    let host = PlainHost {
        places: vec![HostPlace { name: "Stick".into(), kind: PlaceKind::Removable, path: place }],
        decode_helper: helper_beside_program(),
    };
    let options = WorkstationOptions {
        vault: folder.join("vault"),
        practice: folder.join("practice"),
        limits: SessionLimits::default(),
    };
    Workstation::new(options, Arc::new(host))
}

fn settings() -> Value {
    json!({
        "clinic_name": "Riverside", "site": "", "country": "US", "language": "en", "time_zone": "America/New_York",
        "phone_region": "US", "mass_unit": "kg", "temperature_unit": "celsius", "glucose_unit": "mmol_per_l",
        "date_order": "day_month_year", "mrn_prefix": "RC", "mrn_first_number": 1, "backup_place": null
    })
}

fn first_run(ws: &Arc<Workstation>) -> Value {
    let input = json!({
        "settings": settings(), "person": "amina", "display_name": "Amina Yusuf", "roles": ["front_desk"],
        "passphrase": PASSPHRASE, "practice": false
    });
    ws.ask("create_vault", None, input).expect("made")
}

fn token(signed_in: &Value) -> String {
    signed_in["token"].as_str().expect("a token").to_owned()
}

#[test]
fn from_an_empty_machine_to_a_locked_vault_with_staff() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let status = |ws: &Arc<Workstation>| ws.ask("workstation_status", None, json!({})).expect("status");
    assert_eq!(status(&ws)["state"], "absent");
    let created = first_run(&ws);
    assert_eq!(created["recovery_words"].as_array().map(Vec::len), Some(24));
    let admin = token(&created["session"]);
    assert!(created["session"]["roles"].as_array().is_some_and(|r| r.contains(&json!("administrator"))));

    // The sheet is confirmed only by its own words.
    let wrong = ws.ask("confirm_recovery_sheet", Some(&admin), json!({ "words": ["a", "b"] }));
    assert_eq!(wrong.expect_err("wrong words").field.as_deref(), Some("words"));
    let word = |n: usize| {
        created["recovery_words"][created["check_positions"][n].as_u64().expect("position") as usize - 1]
            .clone()
    };
    ws.ask("confirm_recovery_sheet", Some(&admin), json!({ "words": [word(0), word(1)] }))
        .expect("confirmed");

    let add = |person: &str, roles: Value| {
        let input = json!({ "person": person, "display_name": person, "roles": roles, "passphrase": "quiet harbour lamp stone" });
        ws.ask("add_staff", Some(&admin), input)
    };
    add("tom", json!(["nurse"])).expect("added");
    assert_eq!(add("tom", json!(["nurse"])).expect_err("taken").code, ProblemCode::AlreadyExists);
    let last = ws.ask("disable_staff", Some(&admin), json!({ "person": "amina" }));
    assert_eq!(last.expect_err("the last administrator stays").code, ProblemCode::LastOfKind);

    ws.ask("lock", Some(&admin), json!({})).expect("locked");
    assert_eq!(status(&ws)["state"], "locked");
    let gone = ws.ask("find_patients", Some(&admin), json!({ "text": "", "limit": 1, "offset": 0 }));
    assert_eq!(gone.expect_err("locked").code, ProblemCode::NotSignedIn);

    let sign_in = |person: &str, passphrase: &str| {
        ws.ask("sign_in", None, json!({ "person": person, "passphrase": passphrase }))
    };
    assert_eq!(
        sign_in("tom", "wrong wrong wrong wrong").expect_err("wrong").code,
        ProblemCode::WrongPassphrase
    );
    assert_eq!(
        sign_in("nobody", PASSPHRASE).expect_err("unknown").message,
        sign_in("tom", "also wrong, also long").expect_err("wrong").message
    );
    let tom = sign_in("Tom", "quiet harbour lamp stone").expect("signed in");
    // Two refusals while the vault was locked were sealed into the spool and are in the trail now.
    let admin = token(&sign_in("amina", PASSPHRASE).expect("a second person signs in to the open vault"));
    let trail = ws
        .ask("list_audit", Some(&admin), json!({ "patient_id": null, "before_sequence": null, "limit": 100 }))
        .expect("trail");
    let refused = trail["entries"].as_array().expect("entries").iter();
    assert_eq!(refused.filter(|e| e["action"] == "sign_in" && e["outcome"] == "refused").count(), 3);
    // Whom the refusals were about: only names of the staff, for people type passphrases into the wrong field.
    let refused = trail["entries"].as_array().expect("entries").iter();
    let subjects: Vec<&Value> = refused
        .filter(|e| e["action"] == "sign_in" && e["outcome"] == "refused")
        .map(|e| &e["subject"])
        .collect();
    assert_eq!(subjects.iter().filter(|s| **s == "staff/tom").count(), 2, "{subjects:?}");
    assert_eq!(subjects.iter().filter(|s| s.is_null()).count(), 1, "{subjects:?}");
    let verdict = ws.ask("verify_audit", Some(&admin), json!({})).expect("verified");
    assert_eq!(verdict["intact"], true);

    ws.ask("disable_staff", Some(&admin), json!({ "person": "tom" })).expect("disabled");
    let out = ws.ask("session_status", Some(&token(&tom)), json!({}));
    assert_eq!(out.expect_err("disabled people are out at once").code, ProblemCode::NotSignedIn);
    assert!(sign_in("tom", "quiet harbour lamp stone").is_err());
}

#[test]
fn the_printed_words_open_a_vault_whose_passphrase_is_forgotten_and_a_backup_gives_all_back() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let created = first_run(&ws);
    let desk = token(&created["session"]);
    let form = json!({ "given_name": "Tom", "family_name": "Berg", "date_of_birth": "4 May 1990", "sex": "male", "ssn": "536-90-4399" });
    let patient = ws.ask("register_patient", Some(&desk), json!({ "form": form })).expect("registered");
    let change = json!({ "old_passphrase": PASSPHRASE, "new_passphrase": "copper meadow slow piano" });
    ws.ask("change_passphrase", Some(&desk), change).expect("changed");

    let places = ws.ask("list_places", Some(&desk), json!({})).expect("places");
    let started = ws
        .ask("back_up", Some(&desk), json!({ "place_id": places["places"][0]["place_id"] }))
        .expect("started");
    let job = loop {
        let job = ws.ask("job", Some(&desk), json!({ "job_id": started["job_id"] })).expect("job");
        if job["state"] != "running" {
            break job;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    };
    assert_eq!(job["state"], "done", "{}", job["problem"]);
    let status = ws.ask("session_status", Some(&desk), json!({})).expect("status");
    assert_eq!(status["backup"]["state"], "fresh");
    ws.ask("lock", Some(&desk), json!({})).expect("locked");

    // Another machine, with the backup and the sheet only.
    let elsewhere = tempfile::tempdir().expect("folder");
    let other = workstation(elsewhere.path());
    let file =
        std::fs::read_dir(folder.path().join("place")).expect("place").flatten().next().expect("a backup");
    std::fs::copy(file.path(), elsewhere.path().join("place").join(file.file_name())).expect("copied");
    let places = other.ask("list_places", None, json!({})).expect("places");
    let listed = other
        .ask(
            "list_place_entries",
            None,
            json!({ "place_id": places["places"][0]["place_id"], "folder": null }),
        )
        .expect("entries");
    assert_eq!(listed["entries"][0]["kind"], "backup");
    let entry = json!({ "entry_id": listed["entries"][0]["entry_id"] });
    other.ask("restore_backup", None, entry.clone()).expect("restored");
    assert_eq!(
        other.ask("restore_backup", None, entry).expect_err("never over a vault").code,
        ProblemCode::AlreadyExists
    );
    let words: Vec<&str> =
        created["recovery_words"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
    let recover = |words: String| {
        other.ask("recover_access", None, json!({ "person": "amina", "recovery_words": words, "new_passphrase": "silver kite under bridge" }))
    };
    let mut wrong = words.clone();
    wrong.swap(3, 4);
    assert_eq!(recover(wrong.join(" ")).expect_err("wrong order").code, ProblemCode::WrongPassphrase);
    let desk = token(&recover(words.join(" ")).expect("recovered"));
    let found = other
        .ask("find_patients", Some(&desk), json!({ "text": "berg", "limit": 5, "offset": 0 }))
        .expect("found");
    assert_eq!(found["patients"][0]["patient_id"], patient["patient_id"]);
    let reveal = json!({ "patient_id": patient["patient_id"], "secret": "ssn", "reason": "restore drill" });
    assert_eq!(other.ask("reveal_secret", Some(&desk), reveal).expect("revealed")["value"], "536904399");
}

#[test]
fn a_damaged_backup_and_a_damaged_vault_are_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let created = first_run(&ws);
    ws.ask("lock", Some(&token(&created["session"])), json!({})).expect("locked");
    let database = folder.path().join("vault/records.db");
    let mut bytes = std::fs::read(&database).expect("the database");
    let middle = bytes.len() / 2;
    bytes[100] ^= 1;
    bytes[middle] ^= 1;
    std::fs::write(&database, &bytes).expect("written");
    let answer = ws.ask("sign_in", None, json!({ "person": "amina", "passphrase": PASSPHRASE }));
    assert_eq!(answer.expect_err("damaged, not a wrong passphrase").code, ProblemCode::VaultDamaged);
    let header = folder.path().join("vault/vault.toml");
    let text = std::fs::read_to_string(&header).expect("the header");
    std::fs::write(&header, text.replace("memory_kib = 131072", "memory_kib = 4000000000")).expect("written");
    let started = std::time::Instant::now();
    let answer = ws.ask("sign_in", None, json!({ "person": "amina", "passphrase": PASSPHRASE }));
    assert_eq!(answer.expect_err("tampered").code, ProblemCode::VaultDamaged);
    assert!(started.elapsed().as_millis() < 500, "a tampered header must not hang the unlock");
    std::fs::write(&header, text.replace("\"Amina Yusuf\"", "\"Mallory\"")).expect("written");
    assert_eq!(ws.ask("workstation_status", None, json!({})).expect("status")["state"], "damaged");
}

#[test]
fn the_practice_clinic_is_made_and_opens() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let practice = ws.ask("open_practice_clinic", None, json!({})).expect("made");
    let signed_in = ws.ask("sign_in", None, practice).expect("signed in");
    let everybody = token(&signed_in);
    let status = ws.ask("session_status", Some(&everybody), json!({})).expect("status");
    assert_eq!(status["practice"], true);
    let found = ws
        .ask("find_patients", Some(&everybody), json!({ "text": "", "limit": 1, "offset": 0 }))
        .expect("found");
    assert_eq!(found["total"], rustcare_workstation::practice::PATIENTS);
    let studies = ws
        .ask("list_studies", Some(&everybody), json!({ "patient_id": null, "state": "linked", "text": "" }))
        .expect("studies");
    assert_eq!(
        studies["studies"].as_array().map(Vec::len),
        Some(6),
        "the images find their patients by themselves"
    );
    let breakdown = ws.ask("cohort_breakdown", Some(&everybody), json!({ "filter": {} })).expect("counted");
    assert!(breakdown["groups"].as_array().is_some_and(|g| g.len() > 15));
    // Whoever gets a message of an invented patient is told so by MSH-11.
    let places = ws.ask("list_places", Some(&everybody), json!({})).expect("places");
    let input = json!({ "whom": { "kind": "everybody" }, "format": "hl7_adt", "purpose": "audit", "purpose_words": "",
        "recipient": "Nobody", "with_ssn": false, "protection": { "kind": "open", "reason": "invented" },
        "place_id": places["places"][0]["place_id"] });
    let started = ws.ask("export_records", Some(&everybody), input).expect("started");
    let file = loop {
        let job = ws.ask("job", Some(&everybody), json!({ "job_id": started["job_id"] })).expect("a job");
        if job["state"] != "running" {
            break job["receipt"]["file"].as_str().expect("done").to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    let text = std::fs::read_to_string(folder.path().join("place").join(file)).expect("read");
    let headers: Vec<&str> = text.split('\r').filter(|s| s.starts_with("MSH|")).collect();
    assert_eq!(headers.len(), rustcare_workstation::practice::PATIENTS);
    assert!(headers.iter().all(|h| h.split('|').nth(10) == Some("T")), "{}", headers[0]);
    // What a real system sends would be acknowledged and lost here.
    let interface = json!({ "on": true, "port": 2575, "allow": [] });
    let refused =
        ws.ask("set_interface", Some(&everybody), interface).expect_err("not in the practice clinic");
    assert_eq!(refused.reason.name(), "listener_practice");
}

#[test]
fn a_new_sheet_replaces_the_old_one_and_a_moved_slot_opens_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let created = first_run(&ws);
    let admin = token(&created["session"]);
    let add = json!({ "person": "tom", "display_name": "Tom", "roles": ["nurse"], "passphrase": "quiet harbour lamp stone" });
    ws.ask("add_staff", Some(&admin), add).expect("added");
    let renewed = ws.ask("make_recovery_sheet", Some(&admin), json!({})).expect("a new sheet");
    ws.ask("lock", Some(&admin), json!({})).expect("locked");
    let words = |sheet: &Value| -> String {
        sheet["recovery_words"]
            .as_array()
            .expect("words")
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let recover = |words: String| {
        ws.ask("recover_access", None, json!({ "person": "amina", "recovery_words": words, "new_passphrase": "silver kite under bridge" }))
    };
    assert_eq!(recover(words(&created)).expect_err("the old sheet").code, ProblemCode::WrongPassphrase);
    let signed_in = recover(words(&renewed)).expect("the new sheet");
    assert_eq!(signed_in["recovery_sheet_confirmed"], false);
    ws.ask("lock", Some(&token(&signed_in)), json!({})).expect("locked");

    // Tom's slot under Amina's name: his passphrase must not open her entry.
    let header = folder.path().join("vault/vault.toml");
    let text = std::fs::read_to_string(&header).expect("the header");
    let swapped = text
        .replace("[[slots]]\nperson = \"tom\"", "[[slots]]\nperson = \"moved\"")
        .replace("[[slots]]\nperson = \"amina\"", "[[slots]]\nperson = \"tom\"")
        .replace("[[slots]]\nperson = \"moved\"", "[[slots]]\nperson = \"amina\"");
    assert_ne!(swapped, text);
    std::fs::write(&header, swapped).expect("written");
    let answer =
        ws.ask("sign_in", None, json!({ "person": "amina", "passphrase": "quiet harbour lamp stone" }));
    assert_eq!(answer.expect_err("bound to its person").code, ProblemCode::WrongPassphrase);
}

#[test]
fn an_older_staff_directory_and_checkpoints_that_were_taken_away_are_noticed() {
    let folder = tempfile::tempdir().expect("folder");
    let ws = workstation(folder.path());
    let admin = token(&first_run(&ws)["session"]);
    let (header, checkpoints) =
        (folder.path().join("vault/vault.toml"), folder.path().join("vault/checkpoints.ndjson"));
    let add = json!({ "person": "tom", "display_name": "Tom", "roles": ["nurse"], "passphrase": "quiet harbour lamp stone" });
    ws.ask("add_staff", Some(&admin), add).expect("added");
    let with_tom = std::fs::read(&header).expect("the header");
    ws.ask("disable_staff", Some(&admin), json!({ "person": "tom" })).expect("disabled");
    ws.ask("lock", Some(&admin), json!({})).expect("locked");
    let now = std::fs::read(&header).expect("the header");
    let kept = std::fs::read(&checkpoints).expect("the checkpoints");
    let sign_in = |person: &str, passphrase: &str| {
        ws.ask("sign_in", None, json!({ "person": person, "passphrase": passphrase }))
    };

    // The header of the day when Tom was staff, put back.
    std::fs::write(&header, with_tom).expect("written");
    let answer = sign_in("tom", "quiet harbour lamp stone");
    assert_eq!(answer.expect_err("an older directory").code, ProblemCode::VaultDamaged);
    std::fs::write(&header, now).expect("written");

    std::fs::remove_file(&checkpoints).expect("removed");
    assert_eq!(sign_in("amina", PASSPHRASE).expect_err("no checkpoints").code, ProblemCode::VaultDamaged);
    std::fs::write(&checkpoints, kept).expect("written");
    sign_in("amina", PASSPHRASE).expect("the vault as it was opens");
}

/// A host whose folder dialog stays open until somebody has locked the workstation behind it.
struct SlowDialog {
    plain: PlainHost,
    workstation: OnceLock<Arc<Workstation>>,
    token: OnceLock<String>,
    vault: std::path::PathBuf,
    free_meanwhile: OnceLock<bool>,
}

impl Host for SlowDialog {
    fn places(&self) -> Vec<HostPlace> {
        self.plain.places()
    }
    fn decode_helper(&self) -> std::path::PathBuf {
        self.plain.decode_helper()
    }
    fn choose_folder(&self) -> Option<std::path::PathBuf> {
        let (ws, token) = (self.workstation.get()?, self.token.get()?);
        ws.ask("lock", Some(token), json!({})).expect("locked");
        // Whoever can open the vault now proves that the dialog keeps neither lock nor keys.
        let opened = rustcare_vault::Vault::unlock(&self.vault, "amina", &SecretString::from(PASSPHRASE));
        let _ = self.free_meanwhile.set(opened.is_ok());
        Some(self.vault.clone())
    }
}

#[test]
fn a_folder_dialog_that_stays_open_keeps_no_keys() {
    let folder = tempfile::tempdir().expect("folder");
    let host = Arc::new(SlowDialog {
        plain: PlainHost { places: Vec::new(), decode_helper: helper_beside_program() },
        workstation: OnceLock::new(),
        token: OnceLock::new(),
        vault: folder.path().join("vault"),
        free_meanwhile: OnceLock::new(),
    });
    let options = WorkstationOptions {
        vault: folder.path().join("vault"),
        practice: folder.path().join("practice"),
        limits: SessionLimits::default(),
    };
    let ws = Workstation::new(options, Arc::clone(&host) as Arc<dyn Host>);
    // Somebody who wants to restore may look for the backup while there is no vault, and nobody later.
    assert!(ws.ask("choose_folder", None, json!({})).is_ok());
    let token = token(&first_run(&ws)["session"]);
    assert!(host.workstation.set(Arc::clone(&ws)).is_ok() && host.token.set(token.clone()).is_ok());
    assert_eq!(
        ws.ask("choose_folder", None, json!({})).expect_err("there is a vault").code,
        ProblemCode::NotSignedIn
    );
    let answer = ws.ask("choose_folder", Some(&token), json!({}));
    assert_eq!(host.free_meanwhile.get(), Some(&true), "the vault was held while the dialog was open");
    assert_eq!(answer.expect_err("the session ended meanwhile").code, ProblemCode::NotSignedIn);
}
