//! The interface over real TCP on this machine: one acknowledgement a message, whatever comes; closed while the vault is.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustcare_test_support::exchange::hl7::mllp::framed;
use rustcare_test_support::{Session, TestClinic};
use rustcare_vault::audit::chain;
use rustcare_workstation::Role;
use serde_json::{Value, json};

use crate::hl7_corpus::{folder, messages};

const STAFF: [Role; 3] = [Role::Nurse, Role::FrontDesk, Role::Administrator];

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port()
}

fn listen(session: &Session<'_>) -> u16 {
    let port = free_port();
    let state = session.ask("set_interface", json!({ "on": true, "port": port, "allow": [] })).expect("on");
    assert_eq!((&state["listening"], &state["address"]), (&json!(true), &json!(format!("127.0.0.1:{port}"))));
    port
}

struct Sender {
    stream: TcpStream,
    held: Vec<u8>,
}

impl Sender {
    fn to(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        Self { stream, held: Vec::new() }
    }

    fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("sent");
    }

    /// The next acknowledgement.
    fn answer(&mut self) -> String {
        loop {
            if let Some(end) = self.held.windows(2).position(|w| w == [0x1c, b'\r']) {
                let rest = self.held.split_off(end + 2);
                let frame = std::mem::replace(&mut self.held, rest);
                assert_eq!(frame[0], 0x0b);
                return String::from_utf8(frame[1..end].to_vec()).expect("text");
            }
            let mut buffer = [0; 4096];
            let count = self.stream.read(&mut buffer).expect("an answer");
            assert!(count > 0, "the connection was closed instead of an answer");
            self.held.extend_from_slice(&buffer[..count]);
        }
    }

    fn ask(&mut self, message: &str) -> String {
        self.send(&framed(message.as_bytes()));
        self.answer()
    }
}

fn message(id: &str, date_of_birth: &str) -> String {
    format!(
        "MSH|^~\\&|LAB|NORTH|EMR|CLINIC|20260301120000||ADT^A28|{id}|P|2.5\rPID|1||{id}^^^NORTH^MR||Berg^Tom||{date_of_birth}|M\r"
    )
}

fn said(ack: &str) -> (&str, &str) {
    let msa = ack.split('\r').find(|l| l.starts_with("MSA")).unwrap_or_default();
    let mut fields = msa.split('|').skip(1);
    (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
}

fn counts(session: &Session<'_>) -> Value {
    session.ask("list_messages", json!({ "state": null, "limit": 1, "offset": 0 })).expect("messages")["counts"]
        .clone()
}

#[test]
fn each_message_has_one_answer_however_the_stream_is_cut() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let off = session.ask("interface_state", json!({})).expect("state");
    assert_eq!((&off["settings"]["on"], &off["listening"]), (&json!(false), &json!(false)), "off by default");
    let port = listen(&session);
    let mut sender = Sender::to(port);
    assert_eq!(said(&sender.ask(&message("1", "19700101"))), ("AA", "1"));
    assert_eq!(said(&sender.ask(&message("2", "gestern"))), ("AE", "2"));
    assert_eq!(said(&sender.ask(&message("3", "19700101").replace("ADT^A28", "SIU^S12"))), ("AR", "3"));
    assert_eq!(said(&sender.ask(&message("4", "19700101").replace("|2.5", "|3.0"))), ("AR", "4"));
    assert_eq!(said(&sender.ask("hello")), ("AR", ""));
    // The same bytes, the same answer; other bytes under the same id are refused.
    let first = sender.ask(&message("1", "19700101"));
    assert_eq!(first, sender.ask(&message("1", "19700101")));
    assert_eq!(said(&sender.ask(&message("1", "19700102"))), ("AE", "1"));
    // Two in one write, one byte by byte, and stray bytes before it.
    let two =
        [framed(message("5", "19700101").as_bytes()), framed(message("6", "19700101").as_bytes())].concat();
    sender.send(&two);
    assert_eq!(said(&sender.answer()), ("AA", "5"));
    assert_eq!(said(&sender.answer()), ("AA", "6"));
    sender.send(b"noise");
    for byte in framed(message("7", "19700101").as_bytes()) {
        sender.send(&[byte]);
    }
    let answer = sender.answer();
    assert_eq!(said(&answer), ("AA", "7"));
    assert!(!answer.contains("Berg") && !answer.contains("19700101"));
    let state = session.ask("interface_state", json!({})).expect("state");
    assert_eq!(
        (&state["taken"], &state["quarantined"], &state["connections"]),
        (&json!(4), &json!(6), &json!(1))
    );
    assert_eq!((&counts(&session)["taken"], &counts(&session)["quarantined"]), (&json!(4), &json!(6)));
    // A message that is cut off is kept too.
    sender.send(b"\x0bMSH|^~\\&|cut");
    drop(sender);
    let deadline = Instant::now() + Duration::from_secs(10);
    while counts(&session)["quarantined"] != 7 {
        assert!(Instant::now() < deadline, "the cut message was not kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    let audit = session
        .ask("list_audit", json!({ "patient_id": null, "before_sequence": null, "limit": 100 }))
        .expect("the trail")
        .to_string();
    assert!(audit.contains("interface:hl7") && !audit.contains("Berg"));
}

#[test]
fn a_sender_goes_on_once_its_message_was_set_right_and_training_is_not_taken() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let mut sender = Sender::to(listen(&session));
    let wrong = message("1", "gestern");
    assert_eq!(said(&sender.ask(&wrong)), ("AE", "1"));
    assert_eq!(said(&sender.ask(&wrong)), ("AE", "1"), "it still waits");
    let waiting = |session: &Session<'_>| {
        session
            .ask("list_messages", json!({ "state": "quarantined", "limit": 9, "offset": 0 }))
            .expect("messages")["messages"]
            .clone()
    };
    assert_eq!(waiting(&session).as_array().map(Vec::len), Some(1));
    let id = waiting(&session)[0]["message_id"].clone();
    let view = session.ask("open_message", json!({ "message_id": id })).expect("opened");
    let lines = view["lines"].as_array().into_iter().flatten();
    let lines: Vec<String> =
        lines.map(|l| l.as_str().unwrap_or_default().replace("gestern", "19700101")).collect();
    let done = session.ask("replay_message", json!({ "message_id": id, "lines": lines })).expect("done");
    assert_eq!(done["taken"], true, "{done}");
    assert_eq!(said(&sender.ask(&wrong)), ("AA", "1"), "the sender need not send it any more");
    // Its own correction under the same id is welcome too.
    assert_eq!(said(&sender.ask(&message("1", "19700101"))), ("AA", "1"));
    for code in ["T", "D", "T^A"] {
        let training = message("9", "19700101").replace("|P|2.5", &format!("|{code}|2.5"));
        let ack = sender.ask(&training);
        assert_eq!(said(&ack), ("AR", "9"), "{ack}");
        assert!(ack.contains("202"), "HL7 table 0357, unsupported processing id: {ack}");
    }
    let found =
        session.ask("find_patients", json!({ "text": "", "limit": 9, "offset": 0 })).expect("patients");
    assert_eq!(found["total"], 1);
}

#[test]
fn a_message_that_came_cut_off_first_is_taken_once() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = listen(&session);
    let whole = message("1", "19700101");
    let mut cut = Sender::to(port);
    cut.send(&[b"\x0b", whole.as_bytes()].concat());
    drop(cut);
    let deadline = Instant::now() + Duration::from_secs(10);
    while counts(&session)["quarantined"] != 1 {
        assert!(Instant::now() < deadline, "the cut message was not kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut sender = Sender::to(port);
    let first = sender.ask(&whole);
    assert_eq!(said(&first), ("AA", "1"));
    assert_eq!(first, sender.ask(&whole), "the same bytes have the same answer");
    let counts = counts(&session);
    assert_eq!(
        (&counts["taken"], &counts["quarantined"], &counts["replayed"]),
        (&json!(1), &json!(0), &json!(1))
    );
    // One that is refused waits once.
    let wrong = message("2", "gestern");
    let mut cut = Sender::to(port);
    cut.send(&[b"\x0b", wrong.as_bytes()].concat());
    drop(cut);
    let deadline = Instant::now() + Duration::from_secs(10);
    while self::counts(&session)["quarantined"] != 1 {
        assert!(Instant::now() < deadline, "the cut message was not kept");
        std::thread::sleep(Duration::from_millis(20));
    }
    for _ in 0..2 {
        assert_eq!(said(&sender.ask(&wrong)), ("AE", "2"));
    }
    assert_eq!(self::counts(&session)["quarantined"], 1);
}

#[test]
fn the_port_closes_with_the_vault_and_opens_with_it() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = listen(&session);
    let mut sender = Sender::to(port);
    assert_eq!(said(&sender.ask(&message("1", "19700101"))), ("AA", "1"));
    session.ask("lock", json!({})).expect("locked");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "the port is closed while the vault is");
    clinic.reopen();
    let session = clinic.sign_in(&STAFF);
    clinic.workstation.sweep();
    assert_eq!(session.ask("interface_state", json!({})).expect("state")["listening"], true);
    assert_eq!(said(&Sender::to(port).ask(&message("2", "19700101"))), ("AA", "2"));
    // Off again, and a port that somebody has is not taken.
    session.ask("set_interface", json!({ "on": false, "port": port, "allow": [] })).expect("off");
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    let other = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let taken = other.local_addr().expect("an address").port();
    let refused =
        session.ask("set_interface", json!({ "on": true, "port": taken, "allow": [] })).unwrap_err();
    assert_eq!(refused.reason.name(), "listener_port_taken");
    assert_eq!(session.ask("interface_state", json!({})).expect("state")["settings"]["on"], false);
    for (port, allow) in [(80, json!([])), (2575, json!(["everybody"])), (2575, json!(["0.0.0.0/0"]))] {
        assert!(session.ask("set_interface", json!({ "on": true, "port": port, "allow": allow })).is_err());
    }
}

#[test]
fn all_published_messages_are_answered_once_over_the_wire() {
    let Some(folder) = folder() else { return };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let mut sender = Sender::to(listen(&session));
    let mut answers = [0; 3];
    for (name, bytes) in messages(&folder) {
        sender.send(&framed(&bytes));
        let ack = sender.answer();
        let text = String::from_utf8_lossy(&bytes);
        let msh = text.split(['\r', '\n']).find(|l| l.contains("MSH")).unwrap_or_default();
        let id = msh.split('|').nth(9).unwrap_or_default();
        let (code, echoed) = said(&ack);
        assert!(
            echoed == id || id.is_empty() || !ack.contains("MSH|^~\\&|") || code == "AR",
            "{name}: {ack}"
        );
        let processing = msh.split('|').nth(10).unwrap_or_default().split('^').next().unwrap_or_default();
        assert!(matches!(processing, "" | "P") || code != "AA", "{name}: not for production, {ack}");
        answers[["AA", "AE", "AR"].iter().position(|c| *c == code).expect("a code")] += 1;
    }
    assert_eq!(answers.iter().sum::<u32>(), 219);
    assert!(answers[0] > 30, "{answers:?}");
}

/// A sender that trusts exactly the certificate that it was given, as `name`.
fn encrypted(
    port: u16,
    pem: &str,
    name: &str,
) -> std::io::Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>> {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")).expect("trusted");
    let config = rustls::ClientConfig::builder_with_provider(std::sync::Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .expect("versions")
    .with_root_certificates(roots)
    .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let client = rustls::ClientConnection::new(std::sync::Arc::new(config), name).expect("a client");
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut line = rustls::StreamOwned::new(client, stream);
    line.flush()?;
    Ok(line)
}

fn ask_encrypted(line: &mut (impl Read + Write), message: &str) -> std::io::Result<String> {
    // In two records, so that a frame need not be one.
    let frame = framed(message.as_bytes());
    let (start, rest) = frame.split_at(frame.len() / 2);
    for part in [start, rest] {
        line.write_all(part)?;
        line.flush()?;
    }
    let mut held = Vec::new();
    while !held.ends_with(&[0x1c, b'\r']) {
        let mut buffer = [0; 4096];
        let count = line.read(&mut buffer)?;
        assert!(count > 0, "the connection was closed instead of an answer");
        held.extend_from_slice(&buffer[..count]);
    }
    Ok(String::from_utf8(held[1..held.len() - 2].to_vec()).expect("text"))
}

#[test]
fn senders_encrypt_where_the_clinic_says_so() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = free_port();
    let wanted = |known_as: &[&str]| json!({ "on": true, "port": port, "allow": [], "encrypted": true, "known_as": known_as });
    let refused = session.ask("set_interface", wanted(&["not a name!"])).expect_err("refused");
    assert_eq!(refused.fields[0].field, "known_as");
    let state = session.ask("set_interface", wanted(&["clinic.example"])).expect("on");
    let pem = state["certificate"]["pem"].as_str().expect("a certificate").to_owned();
    assert!(!state.to_string().contains("PRIVATE KEY"), "the key stays here");

    let mut line = encrypted(port, &pem, "clinic.example").expect("agreed");
    assert_eq!(said(&ask_encrypted(&mut line, &message("1", "19700101")).expect("an answer")), ("AA", "1"));
    let mut line = encrypted(port, &pem, "127.0.0.1").expect("agreed by address");
    assert_eq!(said(&ask_encrypted(&mut line, &message("2", "gestern")).expect("an answer")), ("AE", "2"));
    // Who calls it by another name, or trusts another certificate, does not send.
    let told = |pem: &str, name: &str, id: &str| {
        encrypted(port, pem, name).and_then(|mut line| ask_encrypted(&mut line, &message(id, "19700101")))
    };
    assert!(told(&pem, "other.example", "3").is_err());
    // Who does not encrypt gets no answer, and nothing of it is taken.
    let mut open = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    open.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    open.write_all(&framed(message("4", "19700101").as_bytes())).expect("sent");
    let mut rest = Vec::new();
    let _ = open.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("MSA"), "answered in the open");
    assert_eq!((&counts(&session)["taken"], &counts(&session)["quarantined"]), (&json!(1), &json!(1)));

    // The same after the vault was closed and opened: senders need not be told anything.
    session.ask("lock", json!({})).expect("locked");
    clinic.reopen();
    let session = clinic.sign_in(&STAFF);
    clinic.workstation.sweep();
    let mut line = encrypted(port, &pem, "localhost").expect("agreed again");
    assert_eq!(said(&ask_encrypted(&mut line, &message("5", "19700101")).expect("an answer")), ("AA", "5"));
    // A new certificate: the old one is not trusted for it.
    let state = session.ask("renew_interface_certificate", json!({})).expect("renewed");
    let renewed = state["certificate"]["pem"].as_str().expect("a certificate").to_owned();
    assert_ne!(renewed, pem);
    assert!(told(&pem, "localhost", "6").is_err());
    let mut new = encrypted(port, &renewed, "localhost").expect("agreed");
    assert_eq!(said(&ask_encrypted(&mut new, &message("6", "19700101")).expect("an answer")), ("AA", "6"));
    let audit = session
        .ask("list_audit", json!({ "patient_id": null, "before_sequence": null, "limit": 100 }))
        .expect("the trail")
        .to_string();
    assert!(audit.contains("renew_interface_certificate") && !audit.contains("PRIVATE"));
}

#[test]
fn a_sender_that_trickles_does_not_hold_the_lock_up() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = free_port();
    let wanted = json!({ "on": true, "port": port, "allow": [], "encrypted": true, "known_as": [] });
    session.ask("set_interface", wanted).expect("on");
    let mut slow = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    // The head of a handshake record of 16 000 bytes (RFC 8446, 5.1), then a byte every few milliseconds.
    slow.write_all(&[0x16, 0x03, 0x01, 0x3e, 0x80]).expect("sent");
    let trickling = std::thread::spawn(move || {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) && slow.write_all(&[0]).is_ok() {
            std::thread::sleep(Duration::from_millis(10));
        }
    });
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    session.ask("lock", json!({})).expect("locked");
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
    trickling.join().expect("ended");
}

#[test]
fn two_who_change_the_interface_at_once_leave_it_as_one_of_them_said() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            let (clinic, token) = (&clinic, session.token.clone());
            scope.spawn(move || {
                for _ in 0..6 {
                    let input = json!({ "on": true, "port": free_port(), "allow": [] });
                    clinic.workstation.call("set_interface", Some(&token), input).expect("changed");
                    clinic.workstation.sweep();
                }
            });
        }
    });
    let state = session.ask("interface_state", json!({})).expect("state");
    let port = state["settings"]["port"].as_u64().expect("a port");
    assert_eq!(state["address"], format!("127.0.0.1:{port}"));
    assert_eq!(said(&Sender::to(port as u16).ask(&message("1", "19700101"))), ("AA", "1"));
}

#[test]
fn other_names_make_another_certificate_and_the_trail_says_so() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = free_port();
    let set = |known_as: &[&str]| {
        let wanted =
            json!({ "on": true, "port": port, "allow": [], "encrypted": true, "known_as": known_as });
        session.ask("set_interface", wanted).expect("on")["certificate"].clone()
    };
    let first = set(&["a.example", "b.example"]);
    assert_eq!(set(&["b.example", "a.example"])["pem"], first["pem"], "the same names in another order");
    let second = set(&["c.example"]);
    assert_ne!(second["pem"], first["pem"]);
    assert!(second["names"].as_array().expect("names").contains(&json!("c.example")));
    assert!(second["days_left"].as_i64().expect("days") > 1_800);
    let entries = clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
    let details: Vec<String> = entries.into_iter().filter_map(|p| p.entry.details).collect();
    assert_eq!(details.iter().filter(|d| d.contains("new certificate")).count(), 2, "{details:?}");
}

#[test]
fn a_program_that_ends_closes_port_and_vault() {
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&STAFF);
    let port = listen(&session);
    clinic.workstation.close();
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert!(session.ask("interface_state", json!({})).is_err(), "nobody is signed in any more");
}
