//! Images: a real series in, linked, opened, its pixels those of another decoder.

use rustcare_test_support::{TestClinic, data_or_skip, form};
use rustcare_workstation::{ProblemCode, Reply, Role};
use serde_json::{Value, json};

const RADIOGRAPHER: [Role; 2] = [Role::Radiographer, Role::FrontDesk];

#[test]
fn a_series_of_384_slices_comes_in_once_and_opens_in_order() {
    if data_or_skip("t1_mr_384").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&RADIOGRAPHER);
    let entry = session.entry("Data", &["dicom", "t1_mr_384"]);
    let import =
        || session.finish(&session.ask("import_dicom", json!({ "entry_id": entry })).expect("started"));
    let first = import();
    assert_eq!(
        (&first["state"], &first["report"]["taken"]),
        (&json!("done"), &json!(384)),
        "{}",
        first["problem"]
    );
    let again = import();
    assert_eq!((&again["report"]["taken"], &again["report"]["already_there"]), (&json!(0), &json!(384)));

    let listed = session
        .ask("list_studies", json!({ "patient_id": null, "state": "unmatched", "text": "" }))
        .expect("studies");
    let study = listed["studies"][0].clone();
    assert_eq!((&study["images"], &study["modality"]), (&json!(384), &json!("MR")));
    let opened = session.ask("open_study", json!({ "study_id": study["study_id"] })).expect("opened");
    let images = opened["series"][0]["images"].as_array().expect("images");
    let positions = frames(&clinic, &session.token, &images[190..194]);
    assert!(positions.windows(2).all(|w| w[0] != w[1]), "neighbours are different slices");

    let amina = session
        .ask("register_patient", json!({ "form": form("Amina", "Yusuf", "1987-03-02") }))
        .expect("registered");
    let link = json!({ "study_id": study["study_id"], "patient_id": amina["patient_id"] });
    session.ask("link_study", link).expect("linked");
    let chart = clinic
        .sign_in(&[Role::Clinician])
        .ask("open_chart", json!({ "patient_id": amina["patient_id"] }))
        .expect("chart");
    assert_eq!(chart["studies"][0]["study_id"], study["study_id"]);
    session.ask("unlink_study", json!({ "study_id": study["study_id"] })).expect("unlinked");
    let nobody = session.ask("link_study", json!({ "study_id": "999", "patient_id": amina["patient_id"] }));
    assert_eq!(nobody.expect_err("unknown").code, ProblemCode::NotFound);
}

/// The frames' headers' positions; each frame has as many pixels as its header says.
fn frames(clinic: &TestClinic, token: &str, images: &[Value]) -> Vec<String> {
    images
        .iter()
        .map(|image| {
            let input = json!({ "image_id": image["image_id"], "frame": 0 });
            let Ok(Reply::Bytes(bytes)) = clinic.workstation.call("image_frame", Some(token), input) else {
                panic!("no frame")
            };
            assert_eq!(&bytes[..4], &0x5243_4631_u32.to_le_bytes());
            let length = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize;
            let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("a header");
            let pixels = bytes.len() - (8 + length).next_multiple_of(4);
            let expected =
                header["rows"].as_u64().expect("rows") * header["columns"].as_u64().expect("columns") * 2;
            assert_eq!(pixels as u64, expected);
            header["row_position"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}

#[test]
fn broken_files_go_to_quarantine_with_their_reason() {
    if data_or_skip("pydicom").is_none() {
        return;
    }
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Radiographer, Role::Administrator]);
    let entry = session.entry("Data", &["dicom", "pydicom"]);
    let job = session.finish(&session.ask("import_dicom", json!({ "entry_id": entry })).expect("started"));
    assert_eq!(job["state"], "done", "{}", job["problem"]);
    let report = &job["report"];
    assert!(report["taken"].as_u64() > Some(60), "{}", report["taken"]);
    assert!(
        report["rejections"]
            .as_array()
            .is_some_and(|r| r.iter().all(|r| !r["reason"].as_str().unwrap_or("").is_empty()))
    );
    let health = session.ask("vault_health", json!({})).expect("health");
    assert!(health["quarantined"].as_i64() > Some(0));
}

/// A copy of a file in which text of the same length stands in another's place.
fn changed(from: &std::path::Path, to: &std::path::Path, changes: &[(&str, &str)]) {
    let mut bytes = std::fs::read(from).expect("the file");
    for (old, new) in changes {
        assert_eq!(old.len(), new.len());
        let places: Vec<usize> =
            (0..bytes.len() - old.len()).filter(|at| bytes[*at..].starts_with(old.as_bytes())).collect();
        assert!(!places.is_empty(), "{old} is not in the file");
        for at in places {
            bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
        }
    }
    std::fs::write(to, bytes).expect("written");
}

#[test]
fn images_of_two_people_under_one_study_or_series_are_kept_apart() {
    let Some(data) = data_or_skip("images of two people") else {
        return;
    };
    let clinic = TestClinic::new();
    let session = clinic.sign_in(&[Role::Radiographer, Role::Administrator]);
    let ct = data.join("dicom/pydicom/CT_small.dcm");
    let sop = "1.3.6.1.4.1.5962.1.1.1.1.1.20040119072730.12322";
    let study = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322";
    let sop2 = "1.3.6.1.4.1.5962.1.1.1.1.2.20040119072730.12322";
    let sop3 = "1.3.6.1.4.1.5962.1.1.1.1.3.20040119072730.12322";
    let study3 = "1.3.6.1.4.1.5962.1.2.3.20040119072730.12322";
    let make = |folder: &str, changes: &[(&str, &str)]| {
        let folder = clinic.place().join(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        changed(&ct, &folder.join("image.dcm"), changes);
    };
    make("first", &[]);
    make(
        "other person",
        &[(sop, sop2), ("CompressedSamples^CT1", "CompressedSomeone^CT2"), ("1CT1", "2CT2")],
    );
    make("other study, same series", &[(sop, sop3), (study, study3)]);
    let import = |folder: &str| {
        let entry = session.entry("Test place", &[folder]);
        let job =
            session.finish(&session.ask("import_dicom", json!({ "entry_id": entry })).expect("started"));
        assert_eq!(job["state"], "done", "{}", job["problem"]);
        job["report"].clone()
    };
    assert_eq!(import("first")["taken"], 1);
    for folder in ["other person", "other study, same series"] {
        let report = import(folder);
        assert_eq!((&report["taken"], &report["rejected"]), (&json!(0), &json!(1)), "{folder}: {report}");
    }
    let listed = session
        .ask("list_studies", json!({ "patient_id": null, "state": "unmatched", "text": "" }))
        .expect("studies");
    let images: Vec<&Value> =
        listed["studies"].as_array().expect("studies").iter().map(|s| &s["images"]).collect();
    assert_eq!(images, [&json!(1)], "only the first one's");
    assert_eq!(session.ask("vault_health", json!({})).expect("health")["quarantined"], 2);
}
