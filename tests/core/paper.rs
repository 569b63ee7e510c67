//! Printing and saving papers: who may, what the trail says, what is in the file, and what the system's printer does.

use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::{Duration, Instant};

use rustcare_test_support::{Session, TestClinic, form};
use rustcare_vault::audit::chain;
use rustcare_workstation::{Problem, ProblemCode, Role};
use serde_json::{Value, json};

struct Stage {
    clinic: TestClinic,
    patient: Value,
}

impl Stage {
    fn new() -> Self {
        let clinic = TestClinic::new();
        let desk = clinic.sign_in(&[Role::FrontDesk]);
        let mut own = form("Amina", "Yusuf", "1987-03-02");
        own["ssn"] = json!("536-90-4399");
        let patient = desk.ask("register_patient", json!({ "form": own })).expect("registered");
        drop(desk);
        Self { clinic, patient: patient["patient_id"].clone() }
    }

    fn order(&self) -> Value {
        json!({ "patient_id": self.patient, "language": "en", "copies": 1, "missing_as_boxes": false })
    }

    fn ask(&self, role: Role, name: &str, more: Value) -> Result<Value, Problem> {
        let session = self.clinic.sign_in(&[role]);
        self.ask_in(&session, name, more)
    }

    fn ask_in(&self, session: &Session<'_>, name: &str, more: Value) -> Result<Value, Problem> {
        let mut input = json!({ "order": self.order() });
        for (key, value) in more.as_object().into_iter().flatten() {
            input[key] = value.clone();
        }
        if name.starts_with("save_") {
            let places = session.ask("list_places", json!({})).expect("places");
            input["place_id"] = places["places"][0]["place_id"].clone();
        }
        session.ask(name, input)
    }

    fn told(&self, action: &str) -> Vec<(Option<String>, String, String)> {
        let entries = self.clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
        let mine = entries.into_iter().map(|p| p.entry).filter(|e| e.action == action);
        mine.map(|e| (e.subject, format!("{:?}", e.outcome), e.details.unwrap_or_default())).collect()
    }
}

fn label() -> Value {
    json!({ "kind": "label", "code": "qr", "stock": "roll57x32", "start": 1 })
}

fn letter(text: &str) -> Value {
    json!({ "kind": "letter", "size": "a4", "subject": "Your results", "text": text })
}

#[test]
fn each_role_prints_what_it_sees() {
    let stage = Stage::new();
    let registration = json!({ "kind": "registration", "size": "letter" });
    let summary = json!({ "kind": "summary", "size": "a4" });
    for role in Role::ALL {
        let desk = [Role::FrontDesk, Role::Nurse, Role::Clinician].contains(&role);
        let chart = [Role::Nurse, Role::Clinician].contains(&role);
        for (name, paper, may) in [
            ("particulars", label(), desk),
            ("particulars", registration.clone(), desk),
            ("chart_paper", summary.clone(), chart),
            ("chart_paper", letter("All is well."), chart),
        ] {
            // A nurse prints the chart; a file of it leaves through a clinician alone.
            let may_save = may && (name == "particulars" || role == Role::Clinician);
            let seen = stage.ask(role, &format!("preview_{name}"), json!({ "paper": paper, "page": 0 }));
            let saved = stage.ask(role, &format!("save_{name}"), json!({ "paper": paper, "form": "pdf" }));
            let printed = stage.ask(
                role,
                &format!("print_{name}"),
                json!({ "paper": paper, "form": "pdf", "printer": "none-such" }),
            );
            assert_eq!((seen.is_ok(), saved.is_ok()), (may, may_save), "{role:?} {paper}");
            let forbidden = printed.expect_err("no such printer").code == ProblemCode::NotPermitted;
            assert_eq!(forbidden, !may, "{role:?} {paper}");
        }
    }
}

#[test]
fn a_saved_paper_is_its_owners_alone_replaces_nothing_and_has_its_entry() {
    let stage = Stage::new();
    let mut files = Vec::new();
    for (action, input) in [
        ("save_particulars", json!({ "paper": label(), "form": "pdf" })),
        ("save_particulars", json!({ "paper": label(), "form": "zpl203" })),
        ("save_chart_paper", json!({ "paper": letter("All is well.") })),
    ] {
        let saved = stage.ask(Role::Clinician, action, input).expect("saved");
        let name = saved["file"].as_str().expect("a name").to_owned();
        assert!(!name.contains("Yusuf"));
        let path = stage.clinic.place().join(&name);
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600, "{name}");
        let bytes = fs::read(&path).expect("read");
        assert!(bytes.starts_with(if name.ends_with(".pdf") { b"%PDF-1.7" } else { b"^XA\n^PW4" }), "{name}");
        files.push(name);
    }
    assert_eq!(fs::read_dir(stage.clinic.place()).expect("a place").count(), 3, "{files:?}");
    let told = stage.told("save_particulars");
    assert_eq!(told.len(), 2);
    for (subject, outcome, details) in told.iter().chain(&stage.told("save_chart_paper")) {
        assert_eq!((subject.as_deref(), outcome.as_str()), (stage.patient.as_str(), "Done"));
        assert!(details.contains("pages: 1, copies: 1"), "{details}");
        for word in ["Amina", "Yusuf", "well", "results"] {
            assert!(!details.contains(word), "{details}");
        }
    }
    // A folder that takes no file: the entry says that it failed.
    fs::remove_dir_all(stage.clinic.place()).expect("removed");
    let problem = stage
        .ask(Role::Clinician, "save_particulars", json!({ "paper": label(), "form": "pdf" }))
        .expect_err("no folder");
    assert_eq!(problem.reason.name(), "file_not_written");
    assert_eq!(stage.told("save_particulars").last().expect("an entry").1, "Failed");
}

#[test]
fn a_look_is_told_once_and_turning_pages_is_covered() {
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    for text in ["", "All", "All is well."] {
        let seen = stage
            .ask_in(&session, "preview_chart_paper", json!({ "paper": letter(text), "page": 7 }))
            .expect("seen");
        assert_eq!(
            (&seen["page"], &seen["pages"], &seen["warnings"]),
            (&json!(0), &json!(1), &json!(["without_address"]))
        );
        assert!(seen["picture"].as_str().expect("a picture").starts_with("iVBOR"), "a PNG");
    }
    assert_eq!(stage.told("preview_chart_paper").len(), 1);
    stage.ask_in(&session, "preview_particulars", json!({ "paper": label(), "page": 0 })).expect("seen");
    assert_eq!(stage.told("preview_particulars").len(), 1);
    // Whoever saw a letter has not seen the chart, nor with the label the address.
    for (name, paper) in [
        ("chart_paper", json!({ "kind": "summary", "size": "a4" })),
        ("particulars", json!({ "kind": "registration", "size": "a4" })),
    ] {
        for _ in 0..2 {
            let look = json!({ "paper": paper, "page": 0 });
            stage.ask_in(&session, &format!("preview_{name}"), look).expect("seen");
        }
        assert_eq!(stage.told(&format!("preview_{name}")).len(), 2, "{name}");
    }
    let other = stage.clinic.sign_in_as("other", &[Role::Clinician]);
    stage.ask_in(&other, "preview_chart_paper", json!({ "paper": letter("x"), "page": 0 })).expect("seen");
    assert_eq!(stage.told("preview_chart_paper").len(), 3, "another session's look has an entry of its own");
}

#[test]
fn under_a_merged_number_the_survivors_paper_is_seen_and_told() {
    let stage = Stage::new();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let twin = desk.ask("register_patient", json!({ "form": form("Amina", "Yusuf", "1987-03-02") }));
    let twin = twin.expect("registered")["patient_id"].clone();
    let session = stage.clinic.sign_in(&[Role::Clinician, Role::FrontDesk]);
    let look = |id: &Value| {
        let mut order = stage.order();
        order["patient_id"] = id.clone();
        let input = json!({ "order": order, "paper": letter("x"), "page": 0 });
        stage.ask_in(&session, "preview_chart_paper", input).expect("seen");
    };
    look(&twin);
    let merged = json!({ "survivor_id": stage.patient, "retired_id": twin, "survivor_version": 1,
        "retired_version": 1, "chosen": [], "reason": "same passport" });
    session.ask("merge_patients", merged).expect("merged");
    look(&twin);
    look(&stage.patient);
    let told: Vec<_> =
        stage.told("preview_chart_paper").into_iter().map(|t| t.0.unwrap_or_default()).collect();
    let id = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    assert_eq!(told, [id(&twin), id(&stage.patient)]);
}

#[test]
fn what_cannot_be_printed_is_refused_with_its_reason() {
    let stage = Stage::new();
    let refused = |name: &str, more: Value| {
        let problem = stage.ask(Role::Clinician, name, more).expect_err("refused");
        (problem.field.unwrap_or_default(), problem.reason.name())
    };
    let at = |field: &str, reason: &str| (field.to_owned(), reason.to_owned());
    let saved = |text: &str| refused("save_chart_paper", json!({ "paper": letter(text) }));
    assert_eq!(saved(" \n "), at("text", "letter_text_missing"));
    assert_eq!(saved(&"x".repeat(10_001)), at("text", "letter_long"));
    let mut blank = letter("x");
    blank["subject"] = json!(" ");
    assert_eq!(
        refused("save_chart_paper", json!({ "paper": blank })),
        at("subject", "letter_subject_missing")
    );
    // U+10FFFD is of no script: no font has it.
    assert_eq!(saved("a \u{10fffd} b"), at("missing_as_boxes", "paper_characters_missing"));
    let mut order = stage.order();
    order["missing_as_boxes"] = json!(true);
    let boxes = json!({ "order": order, "paper": letter("a \u{10fffd} b") });
    stage.ask(Role::Clinician, "save_chart_paper", boxes).expect("boxes were asked for");
    let registration = json!({ "kind": "registration", "size": "a4" });
    let zpl = json!({ "paper": registration, "form": "zpl300" });
    assert_eq!(refused("save_particulars", zpl), at("form", "zpl_labels_only"));
    let sheet = json!({ "kind": "label", "code": "qr", "stock": "sheet5160", "start": 1 });
    assert_eq!(
        refused("save_particulars", json!({ "paper": sheet, "form": "zpl203" })),
        at("form", "zpl_labels_only")
    );
    order["copies"] = json!(100);
    let many = json!({ "order": order, "paper": label(), "form": "pdf" });
    let problem = stage.ask(Role::Clinician, "save_particulars", many).expect_err("too many");
    assert_eq!(problem.field.as_deref(), Some("order.copies"));
}

/// The printers as `lpstat` itself names them; `None` where there is no such program or no scheduler.
fn system_printers() -> Option<Vec<String>> {
    let output = Command::new("lpstat").arg("-e").env("LC_ALL", "C").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn the_systems_printers_are_listed_and_one_that_is_not_among_them_is_refused() {
    let stage = Stage::new();
    let listed = stage.clinic.sign_in(&[Role::FrontDesk]).ask("list_printers", json!({})).expect("listed");
    assert_eq!(listed["size"], "letter", "the test clinic is in the United States");
    let found = system_printers();
    assert_eq!(listed["printing"], found.is_some());
    assert_eq!(listed["printers"], json!(found.clone().unwrap_or_default()));
    let input = json!({ "paper": label(), "form": "pdf", "printer": "none-such" });
    let problem = stage.ask(Role::FrontDesk, "print_particulars", input).expect_err("refused");
    let expected = match &found {
        None => "printing_absent",
        Some(names) if names.is_empty() => "printer_absent",
        Some(_) => "printer_unknown",
    };
    assert_eq!((problem.code, problem.reason.name()), (ProblemCode::NotFound, expected.to_owned()));
    let told = stage.told("print_particulars");
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].1, "Invalid");
}

/// A queue whose printer would listen on a port of this machine (AppSocket, as label printers do), and the port. Nothing
/// is ever sent to a printer with paper in it.
fn queue_into_a_port() -> Option<(String, u16)> {
    let output = Command::new("lpstat").arg("-v").env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().find_map(|line| {
        let (name, device) = line.strip_prefix("device for ")?.split_once(": ")?;
        let port = device.strip_prefix("socket://127.0.0.1:")?.trim_end_matches('/').parse().ok()?;
        Some((name.to_owned(), port))
    })
}

/// What the next document of the queue is, as the printer gets it.
fn received(printer: &TcpListener) -> Vec<u8> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        match printer.accept() {
            Ok((mut line, _)) => {
                line.set_nonblocking(false).expect("a waiting line");
                line.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
                let mut bytes = Vec::new();
                line.read_to_end(&mut bytes).expect("a document");
                return bytes;
            }
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => panic!("the queue sent nothing: {error}"),
        }
    }
}

#[test]
fn the_systems_queue_gets_the_whole_paper() {
    let Some((printer, port)) = queue_into_a_port() else {
        // `lpadmin -p Label_test -E -v socket://127.0.0.1:9199 -m raw` makes one.
        println!("no queue of this machine leads to one of its ports: the refusal is tested instead");
        return;
    };
    let socket = TcpListener::bind(("127.0.0.1", port)).expect("the printer's port");
    socket.set_nonblocking(true).expect("a limit");
    let stage = Stage::new();
    let input = json!({ "paper": label(), "form": "pdf", "printer": printer });
    let printed = stage.ask(Role::FrontDesk, "print_particulars", input).expect("printed");
    assert_eq!(printed, json!({ "printer": printer, "pages": 1, "copies": 1 }));
    let bytes = received(&socket);
    assert!(bytes.starts_with(b"%PDF-1.7") && bytes.trim_ascii_end().ends_with(b"%%EOF"), "the whole PDF");
    let (subject, outcome, details) = stage.told("print_particulars").remove(0);
    assert_eq!((subject.as_deref(), outcome.as_str()), (stage.patient.as_str(), "Done"));
    let said = format!("label, 57x32 mm, QR; pages: 1, copies: 1; PDF to printer {printer}");
    assert_eq!(details, said);
    let mut order = stage.order();
    order["copies"] = json!(3);
    let input = json!({ "order": order, "paper": label(), "form": "zpl300", "printer": printer });
    stage.ask(Role::FrontDesk, "print_particulars", input).expect("printed");
    let text = String::from_utf8(received(&socket)).expect("ZPL is text");
    assert!(text.starts_with("^XA\n^PW684\n^LL384\n") && text.contains("^PQ3\n"));
    assert_eq!(text.matches("^XA").count(), 1, "the printer makes the copies");
    let input = json!({ "paper": letter("All is well."), "printer": printer });
    stage.ask(Role::Clinician, "print_chart_paper", input).expect("printed");
    assert!(received(&socket).trim_ascii_end().ends_with(b"%%EOF"));
}
