//! Photos and papers from files: who may, what is kept of them, what the trail says, and where they go with a merge.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustcare_test_support::{Session, TestClinic, form};
use rustcare_vault::audit::chain;
use rustcare_workstation::{Problem, ProblemCode, Reason, Role};
use serde_json::{Value, json};

const PDF: &[u8] = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n";
/// The SHA-1 of it in base64, as `openssl sha1 -binary | base64` says it.
const SHA1_OF_PDF: &str = "hYJPqPtHgxbua+a3oiTGXz2djL0=";

/// A picture of one colour with an Exif block: turned by 90 degrees, taken at 52 degrees north.
fn photo(width: u32, height: u32, grey: u8) -> Vec<u8> {
    let mut exif = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    exif.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26\0\0\0\0");
    exif.extend(b"\0\x01\0\x02\0\x05\0\0\0\x03\0\0\0\x38\0\0\0\0");
    exif.extend(b"\0\0\0\x34\0\0\0\x01\0\0\0\x1f\0\0\0\x01\0\0\0\x0c\0\0\0\x01");
    let mut file = Vec::new();
    let mut info = png::Info::with_size(width, height);
    info.color_type = png::ColorType::Grayscale;
    info.bit_depth = png::BitDepth::Eight;
    info.exif_metadata = Some(exif.into());
    let mut writer =
        png::Encoder::with_info(&mut file, info).expect("as made").write_header().expect("as made");
    writer.write_image_data(&vec![grey; (width * height) as usize]).expect("as made");
    writer.finish().expect("as made");
    file
}

struct Stage {
    clinic: TestClinic,
    patient: Value,
}

impl Stage {
    fn new() -> Self {
        let clinic = TestClinic::new();
        let patient = registered(&clinic, "Amina");
        fs::write(clinic.place().join("IMG_0001.png"), photo(3000, 2000, 90)).expect("as made");
        fs::write(clinic.place().join("letter.pdf"), PDF).expect("as made");
        Self { clinic, patient }
    }

    fn add(&self, session: &Session<'_>, file: &str, kind: &str) -> Result<Value, Problem> {
        let entry = session.entry("Test place", &[file]);
        let looked = session.ask("look_at_document", json!({ "entry_id": entry }))?;
        let input = json!({ "patient_id": self.patient, "entry_id": entry, "kind": kind, "title": "Quokka", "date": "",
            "content_hash": looked["content_hash"] });
        session.ask("add_document", input)
    }

    fn listed(&self, role: Role) -> Vec<Value> {
        let session = self.clinic.sign_in(&[role]);
        let chart = session.ask("open_chart", json!({ "patient_id": self.patient })).expect("as made");
        chart["added_documents"].as_array().expect("as made").clone()
    }

    fn bytes(&self, role: Role, name: &str, document: &Value) -> Result<Vec<u8>, Problem> {
        let session = self.clinic.sign_in(&[role]);
        let reply =
            self.clinic.workstation.call(name, Some(&session.token), json!({ "document_id": document }))?;
        match reply {
            rustcare_workstation::Reply::Bytes(bytes) => Ok(bytes),
            rustcare_workstation::Reply::Json(_) => panic!("not bytes"),
        }
    }

    fn told(&self, action: &str) -> Vec<(Option<String>, String, String)> {
        let entries = self.clinic.vault.read(|t| chain::range(t, 1, i64::MAX)).expect("the trail");
        let mine = entries.into_iter().map(|p| p.entry).filter(|e| e.action == action);
        mine.map(|e| (e.subject, format!("{:?}", e.outcome), e.details.unwrap_or_default())).collect()
    }
}

fn registered(clinic: &TestClinic, given: &str) -> Value {
    let desk = clinic.sign_in(&[Role::FrontDesk]);
    let done = desk.ask("register_patient", json!({ "form": form(given, "Yusuf", "1987-03-02") }));
    done.expect("registered")["patient_id"].clone()
}

#[test]
fn a_photo_is_kept_upright_smaller_and_without_its_place() {
    let stage = Stage::new();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let entry = desk.entry("Test place", &["IMG_0001.png"]);
    let looked = desk.ask("look_at_document", json!({ "entry_id": entry })).unwrap();
    assert_eq!(looked["size_before"], json!([2000, 3000]), "as it was seen through the camera");
    assert_eq!(looked["size_after"], json!([1707, 2560]));
    assert_eq!(looked["had_location"], true);
    assert!(looked["picture"].as_str().unwrap().len() > 100);

    let added = stage.add(&desk, "IMG_0001.png", "photo").unwrap();
    let chart = desk.ask("open_chart", json!({ "patient_id": stage.patient })).unwrap();
    assert_eq!(chart["banner"]["photo_id"], added["document_id"]);
    let kept = stage.bytes(Role::FrontDesk, "document_content", &added["document_id"]).unwrap();
    assert!(kept.starts_with(&[0xFF, 0xD8]) && !kept.windows(4).any(|w| w == b"Exif" || w == b"eXIf"));
    let small = stage.bytes(Role::FrontDesk, "document_thumbnail", &added["document_id"]).unwrap();
    assert!(small.starts_with(&[0xFF, 0xD8]) && small.len() < kept.len());

    let entries = stage.told("add_document");
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].0.as_deref(), stage.patient.as_str());
    assert!(!entries[0].2.contains("IMG_0001"), "a file's name can be a patient's: {}", entries[0].2);
    assert!(!entries[0].2.contains("Quokka"), "and so can a title: {}", entries[0].2);
}

#[test]
fn clinical_documents_are_for_those_who_see_charts() {
    let stage = Stage::new();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let refused = stage.add(&desk, "letter.pdf", "referral").unwrap_err();
    assert_eq!((refused.code, refused.reason), (ProblemCode::NotPermitted, Reason::DocumentClinical));
    let told = stage.told("add_document");
    assert_eq!(told[0].0.as_deref(), stage.patient.as_str(), "whom a refused act was about is in the trail");
    stage.add(&desk, "letter.pdf", "consent").unwrap();
    let nurse = stage.clinic.sign_in(&[Role::Nurse]);
    let clinical = stage.add(&nurse, "letter.pdf", "referral").unwrap()["document_id"].clone();

    let kinds = |role| stage.listed(role).iter().map(|d| d["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(kinds(Role::FrontDesk), [json!("consent")]);
    assert_eq!(kinds(Role::Nurse), [json!("referral"), json!("consent")]);
    for name in ["document_content", "document_thumbnail"] {
        let refused = stage.bytes(Role::FrontDesk, name, &clinical).unwrap_err();
        assert_eq!(refused.code, ProblemCode::NotPermitted, "{name}");
    }
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    for (name, more) in [("save_document", "place_id"), ("withdraw_document", "reason")] {
        let refused = desk.ask(name, json!({ "document_id": clinical, more: "not theirs" })).unwrap_err();
        assert_eq!(refused.code, ProblemCode::NotPermitted, "{name}");
    }
    assert!(stage.told("document_content").iter().any(|(_, outcome, _)| outcome.contains("Refused")));
    assert_eq!(stage.bytes(Role::Clinician, "document_content", &clinical).unwrap(), PDF);
}

#[test]
fn what_cannot_be_taken_is_refused_by_its_reason_and_leaves_nothing() {
    let stage = Stage::new();
    let nurse = stage.clinic.sign_in(&[Role::Nurse]);
    let place = stage.clinic.place();
    let mut heic = b"\0\0\0\x18ftypheic".to_vec();
    heic.resize(64, 0);
    let picture = photo(64, 64, 7);
    for (file, bytes, kind, field, reason) in [
        ("note.docx", b"PK\x03\x04".to_vec(), "letter", "entry_id", Reason::DocumentOtherKind),
        ("phone.heic", heic, "photo", "entry_id", Reason::DocumentHeic),
        ("cut.png", picture[..picture.len() - 20].to_vec(), "photo", "entry_id", Reason::DocumentCutShort),
        ("cut.pdf", PDF[..40].to_vec(), "letter", "entry_id", Reason::DocumentCutShort),
        ("empty.jpg", Vec::new(), "photo", "entry_id", Reason::DocumentOtherKind),
        ("face.pdf", PDF.to_vec(), "photo", "kind", Reason::DocumentFaceIsPicture),
    ] {
        fs::write(place.join(file), bytes).unwrap();
        let refused = stage.add(&nurse, file, kind).unwrap_err();
        assert_eq!((refused.reason, refused.field.as_deref()), (reason, Some(field)), "{file}");
    }
    fs::File::create(place.join("huge.jpg")).unwrap().set_len(65 << 20).unwrap();
    assert_eq!(stage.add(&nurse, "huge.jpg", "photo").unwrap_err().reason, Reason::DocumentTooLarge);

    let letter = nurse.entry("Test place", &["letter.pdf"]);
    let looked = nurse.ask("look_at_document", json!({ "entry_id": letter })).unwrap();
    let mut input = json!({ "patient_id": stage.patient, "entry_id": letter,
        "kind": "letter", "title": "", "date": "31 Feb 2020", "content_hash": looked["content_hash"] });
    assert_eq!(nurse.ask("add_document", input.clone()).unwrap_err().field.as_deref(), Some("date"));
    input["date"] = json!("1 Jan 2999");
    assert_eq!(nurse.ask("add_document", input.clone()).unwrap_err().reason, Reason::DocumentDateInFuture);
    let before = stage.clinic.vault.blobs().bytes();
    input["date"] = json!("");
    input["patient_id"] = json!("0198c0de-0000-7000-8000-000000000000");
    assert_eq!(nurse.ask("add_document", input).unwrap_err().code, ProblemCode::NotFound);
    assert_eq!(stage.clinic.vault.blobs().bytes(), before, "no file without a row");
    assert!(stage.listed(Role::Nurse).is_empty());

    stage.add(&nurse, "letter.pdf", "letter").unwrap();
    let before = stage.clinic.vault.blobs().bytes();
    let again = stage.add(&nurse, "letter.pdf", "letter").unwrap_err();
    assert_eq!(again.reason, Reason::DocumentThere, "not twice in a chart");
    assert_eq!(stage.clinic.vault.blobs().bytes(), before);
    let refused = stage.told("add_document");
    assert!(refused.iter().all(|(subject, ..)| subject.is_some()), "whose chart it was about: {refused:?}");
}

#[test]
fn what_was_not_seen_does_not_come_into_a_chart() {
    let stage = Stage::new();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let scan = stage.clinic.place().join("scan.png");
    fs::write(&scan, photo(60, 40, 90)).unwrap();
    let entry = desk.entry("Test place", &["scan.png"]);
    let looked = desk.ask("look_at_document", json!({ "entry_id": entry })).unwrap();
    // The scanner writes the next person's card over it.
    fs::write(&scan, photo(60, 40, 200)).unwrap();
    let input = json!({ "patient_id": stage.patient, "entry_id": entry, "kind": "identity", "title": "", "date": "",
        "content_hash": looked["content_hash"] });
    let refused = desk.ask("add_document", input).unwrap_err();
    assert_eq!((refused.reason, refused.field.as_deref()), (Reason::DocumentChanged, Some("entry_id")));
    assert!(stage.listed(Role::FrontDesk).is_empty());
    stage.add(&desk, "scan.png", "identity").unwrap();
}

#[test]
fn what_was_taken_out_stays_named_and_the_photo_before_comes_back() {
    let stage = Stage::new();
    fs::write(stage.clinic.place().join("newer.png"), photo(40, 40, 200)).unwrap();
    let desk = stage.clinic.sign_in(&[Role::FrontDesk]);
    let first = stage.add(&desk, "IMG_0001.png", "photo").unwrap()["document_id"].clone();
    let second = stage.add(&desk, "newer.png", "photo").unwrap()["document_id"].clone();
    let shown = || {
        desk.ask("open_chart", json!({ "patient_id": stage.patient })).unwrap()["banner"]["photo_id"].clone()
    };
    assert_eq!(shown(), second);
    let blank =
        desk.ask("withdraw_document", json!({ "document_id": second, "reason": "  .  " })).unwrap_err();
    assert_eq!(blank.field.as_deref(), Some("reason"));
    let input = json!({ "document_id": second, "reason": "another patient" });
    desk.ask("withdraw_document", input.clone()).unwrap();
    assert_eq!(desk.ask("withdraw_document", input).unwrap_err().reason, Reason::DocumentWithdrawn);
    assert_eq!(shown(), first);
    let listed = stage.listed(Role::FrontDesk);
    assert_eq!(listed[0]["withdrawn"]["reason"], "another patient");
    assert_eq!((&listed[0]["has_thumbnail"], &listed[1]["has_thumbnail"]), (&json!(false), &json!(true)));
    assert!(listed[1]["withdrawn"].is_null());

    // It may have been another patient's wound: it is told, seen by those who see charts, and handed on by nobody.
    let refused = stage.bytes(Role::FrontDesk, "document_content", &second).unwrap_err();
    assert_eq!(
        (refused.code, refused.reason),
        (ProblemCode::NotPermitted, Reason::DocumentWithdrawnClinical)
    );
    assert!(stage.bytes(Role::Clinician, "document_content", &second).is_ok());
    let refused = stage.bytes(Role::Clinician, "document_thumbnail", &second).unwrap_err();
    assert_eq!(refused.reason, Reason::DocumentWithdrawn);
    let clinician = stage.clinic.sign_in(&[Role::Clinician]);
    let places = clinician.ask("list_places", json!({})).unwrap();
    let input = json!({ "document_id": second, "place_id": places["places"][0]["place_id"] });
    assert_eq!(clinician.ask("save_document", input).unwrap_err().reason, Reason::DocumentWithdrawn);
}

#[test]
fn what_a_picture_says_beside_its_pixels_does_not_make_it_a_pdf() {
    let stage = Stage::new();
    let mut file = photo(60, 40, 90);
    // A comment chunk after the header (8 signature, 25 IHDR) that reads as the two ends of a PDF.
    let text = b"tEXtComment\0%PDF-1.4 %%EOF";
    let mut chunk = (text.len() as u32 - 4).to_be_bytes().to_vec();
    chunk.extend(text);
    chunk.extend(crc(text).to_be_bytes());
    file.splice(33..33, chunk);
    fs::write(stage.clinic.place().join("crafted.png"), file).unwrap();
    let nurse = stage.clinic.sign_in(&[Role::Nurse]);
    let added = stage.add(&nurse, "crafted.png", "clinical_photo").unwrap();
    let kept = stage.bytes(Role::Nurse, "document_content", &added["document_id"]).unwrap();
    assert!(kept.starts_with(&[0xFF, 0xD8]) && !kept.windows(5).any(|w| w == b"%PDF-"));
    let refused = stage.bytes(Role::FrontDesk, "document_thumbnail", &added["document_id"]).unwrap_err();
    assert_eq!(refused.code, ProblemCode::NotPermitted);
}

/// The check of a PNG chunk (ISO/IEC 15948 annex D).
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

#[test]
fn a_pdf_with_a_few_bytes_before_it_is_offered_and_a_full_folder_says_what_it_leaves_out() {
    let stage = Stage::new();
    let mut late = b"\n\n\n".to_vec();
    late.extend(PDF);
    let place = stage.clinic.place();
    fs::write(place.join("late.pdf"), late).unwrap();
    let nurse = stage.clinic.sign_in(&[Role::Nurse]);
    let listed = |folder: Value| {
        let places = nurse.ask("list_places", json!({})).unwrap();
        let input = json!({ "place_id": places["places"][0]["place_id"], "folder": folder });
        nurse.ask("list_place_entries", input).unwrap()
    };
    let kinds = listed(Value::Null);
    let late = kinds["entries"].as_array().unwrap().iter().find(|e| e["name"] == "late.pdf").unwrap();
    assert_eq!((&late["kind"], &late["is_folder"]), (&json!("document"), &json!(false)));
    stage.add(&nurse, "late.pdf", "letter").unwrap();

    // A folder of messages can be looked into like any other.
    fs::create_dir(place.join("inbox")).unwrap();
    for n in 0..2_003 {
        fs::write(
            place.join("inbox").join(format!("m{n:04}.hl7")),
            "MSH|^~\\&|A|B|C|D|2026||ADT^A04|1|P|2.5\r",
        )
        .unwrap();
    }
    let top = listed(Value::Null);
    let inbox = top["entries"].as_array().unwrap().iter().find(|e| e["name"] == "inbox").unwrap();
    assert_eq!((&inbox["kind"], &inbox["is_folder"]), (&json!("hl7"), &json!(true)));
    let inside = listed(inbox["entry_id"].clone());
    assert_eq!((inside["entries"].as_array().unwrap().len(), &inside["left_out"]), (2_000, &json!(3)));
    assert_eq!(inside["entries"][0]["name"], "m0000.hl7");
}

#[test]
fn a_merge_takes_documents_along_and_an_unmerge_gives_them_back() {
    let stage = Stage::new();
    let other = registered(&stage.clinic, "Aminah");
    let desk = stage.clinic.sign_in(&[Role::FrontDesk, Role::Clinician]);
    let photo = stage.add(&desk, "IMG_0001.png", "photo").unwrap()["document_id"].clone();
    let seen = desk
        .ask("preview_merge", json!({ "survivor_id": other, "retired_id": stage.patient, "chosen": [] }))
        .unwrap();
    assert_eq!(seen["moves"]["documents"], 1);
    let merged = desk
        .ask(
            "merge_patients",
            json!({ "survivor_id": other, "retired_id": stage.patient, "chosen": [], "reason": "same person",
            "survivor_version": seen["survivor_version"], "retired_version": seen["retired_version"] }),
        )
        .unwrap();
    let photo_of = |patient: &Value| {
        desk.ask("open_chart", json!({ "patient_id": patient })).unwrap()["banner"]["photo_id"].clone()
    };
    assert_eq!(photo_of(&other), photo);
    let back = desk.ask("preview_unmerge", json!({ "merge_id": merged["merge_id"] })).unwrap();
    desk.ask(
        "unmerge_patients",
        json!({ "merge_id": merged["merge_id"], "reason": "two people", "different": true,
        "survivor_version": back["survivor_version"] }),
    )
    .unwrap();
    assert_eq!((photo_of(&other), photo_of(&stage.patient)), (Value::Null, photo));
}

#[test]
fn a_document_is_saved_under_a_name_that_tells_nothing() {
    let stage = Stage::new();
    let nurse = stage.clinic.sign_in(&[Role::Nurse]);
    let letter = stage.add(&nurse, "letter.pdf", "letter").unwrap()["document_id"].clone();
    let places = nurse.ask("list_places", json!({})).unwrap();
    let input = json!({ "document_id": letter, "place_id": places["places"][0]["place_id"] });
    let saved = nurse.ask("save_document", input).unwrap();
    let name = saved["file"].as_str().unwrap();
    assert_eq!(fs::read(stage.clinic.place().join(name)).unwrap(), PDF);
    assert!(!name.to_lowercase().contains("yusuf"), "{name}");
    let entries = stage.told("save_document");
    assert_eq!((entries.len(), entries[0].0.as_deref()), (1, stage.patient.as_str()));
}

/// Documents go out with their files, withdrawn ones without; the photo of the face stands in the patient. What comes back in is
/// kept with its files, and the report says that these are not opened here.
#[test]
fn documents_go_out_as_fhir_with_their_files() {
    let stage = Stage::new();
    let session = stage.clinic.sign_in(&[Role::Clinician]);
    stage.add(&session, "IMG_0001.png", "photo").unwrap();
    stage.add(&session, "letter.pdf", "referral").unwrap();
    let wrong = stage.add(&session, "letter.pdf", "consent").unwrap()["document_id"].clone();
    session.ask("withdraw_document", json!({ "document_id": wrong, "reason": "another person's" })).unwrap();
    let photo = stage
        .bytes(Role::Clinician, "document_content", &stage.listed(Role::Clinician)[2]["document_id"])
        .unwrap();
    let place = session.ask("list_places", json!({})).unwrap()["places"][0]["place_id"].clone();
    for format in ["fhir_bundle", "fhir_ndjson"] {
        let input = json!({ "whom": { "kind": "everybody" }, "format": format, "purpose": "treatment", "purpose_words": "",
            "recipient": "X", "with_ssn": false, "protection": { "kind": "open", "reason": "test" }, "place_id": place });
        let job = session.finish(&session.ask("export_records", input).unwrap());
        assert_eq!(job["state"], "done", "{job}");
        let losses = job["receipt"]["losses"].as_array().unwrap();
        assert!(!losses.iter().any(|l| l["path"] == "document"), "{losses:?}");
        let file = job["receipt"]["file"].as_str().unwrap();
        let bytes = fs::read(stage.clinic.place().join(file)).unwrap();
        let resources: Vec<Value> = if format == "fhir_bundle" {
            let bundle: Value = serde_json::from_slice(&bytes).unwrap();
            bundle["entry"].as_array().unwrap().iter().map(|e| e["resource"].clone()).collect()
        } else {
            let all = crate::round_trip::of_zip(&bytes);
            all.values().flatten().map(|t| serde_json::from_str(&t.to_json()).unwrap()).collect()
        };
        let patient = resources.iter().find(|r| r["resourceType"] == "Patient").unwrap();
        let decode = |a: &Value| STANDARD.decode(a["data"].as_str().unwrap()).unwrap();
        let face = &patient["photo"][0];
        assert_eq!((&face["contentType"], &face["size"]), (&json!("image/jpeg"), &json!(photo.len())));
        assert_eq!(decode(face), photo);
        let documents: Vec<&Value> =
            resources.iter().filter(|r| r["resourceType"] == "DocumentReference").collect();
        assert_eq!(documents.len(), 2, "the photo stands in the patient");
        let of = |kind: &str| *documents.iter().find(|d| d["type"]["coding"][0]["code"] == kind).unwrap();
        let referral = of("referral");
        assert_eq!(
            (&referral["status"], &referral["type"]["coding"][1]["code"]),
            (&json!("current"), &json!("57133-1"))
        );
        let attachment = &referral["content"][0]["attachment"];
        assert_eq!(decode(attachment), PDF);
        assert_eq!(attachment["hash"], SHA1_OF_PDF);
        let consent = of("consent");
        assert_eq!(consent["status"], "entered-in-error");
        assert!(consent["content"][0]["attachment"]["data"].is_null());
        for resource in &resources {
            let issues = rustcare_test_support::exchange::fhir::r4::check(&resource.to_string());
            assert!(issues.is_empty(), "{issues:?}");
        }
        let empty = TestClinic::new();
        fs::write(empty.place().join(file), &bytes).unwrap();
        let other = empty.sign_in(&[Role::Clinician]);
        let entry = other.entry("Test place", &[file]);
        let job = other.finish(&other.ask("import_fhir", json!({ "entry_id": entry })).unwrap());
        assert_eq!(
            (&job["report"]["rejected"], &job["report"]["attachments"]),
            (&json!(0), &json!(2)),
            "{job}"
        );
    }
}
