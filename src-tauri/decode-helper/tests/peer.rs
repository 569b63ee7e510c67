//! Our values against those of dicom-object, the parser of dicom-rs, over pydicom's files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper;

use dicom_core::VR;
use dicom_object::{OpenFileOptions, Tag};
use helper::data;
use rustcare_decode_helper::answer::answer;
use rustcare_decode_helper::protocol::{Described, Reply, Request};

#[test]
fn values_agree_with_dicom_object() {
    let Some(data) = data() else { return };
    let mut compared = 0;
    for file in std::fs::read_dir(data.join("pydicom")).unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            continue;
        }
        let Reply::Described(described) = answer(&Request::Describe, &std::fs::read(&path).unwrap()).0 else {
            continue;
        };
        let Ok(object) = OpenFileOptions::new().read_until(Tag(0x7FE0, 0x0010)).open_file(&path) else {
            continue;
        };
        let theirs = |tag: Tag| -> Option<String> {
            let text = object.get(tag)?.to_str().ok()?.trim_matches([' ', '\0']).to_owned();
            (!text.is_empty()).then_some(text)
        };
        // Written with VR UN, which dicom-object leaves as bytes.
        let unknown = |tag: Tag| object.get(tag).is_some_and(|element| element.vr() == VR::UN);
        for (tag, ours) in texts(&described).into_iter().filter(|(tag, _)| !unknown(*tag)) {
            assert_eq!(ours, theirs(tag), "{tag} of {}", path.display());
        }
        for (tag, ours) in numbers(&described).into_iter().filter(|(tag, _)| !unknown(*tag)) {
            // What stands in functional groups only is not at the top, where this looks for theirs.
            let Some(element) = object.get(tag) else { continue };
            let theirs = element.to_multi_float64().ok().filter(|numbers| !numbers.is_empty());
            assert_eq!(ours, theirs, "{tag} of {}", path.display());
        }
        compared += 1;
    }
    println!("{compared} files compared with dicom-object");
    assert!(compared > 50);
}

fn texts(described: &Described) -> Vec<(Tag, Option<String>)> {
    let some = |text: &str| Some(text.to_owned());
    vec![
        (Tag(0x0008, 0x0018), some(&described.sop_instance_uid)),
        (Tag(0x0020, 0x000D), some(&described.study_instance_uid)),
        (Tag(0x0020, 0x000E), some(&described.series_instance_uid)),
        (Tag(0x0010, 0x0010), described.patient.name.clone()),
        (Tag(0x0010, 0x0020), described.patient.identifier.clone()),
        (Tag(0x0010, 0x0030), described.patient.birth_date.clone()),
        (Tag(0x0010, 0x0040), described.patient.sex.clone()),
        (Tag(0x0008, 0x0020), described.study_date.clone()),
        (Tag(0x0008, 0x0060), described.modality.clone()),
        (Tag(0x0008, 0x103E), described.series_description.clone()),
        (Tag(0x0008, 0x1030), described.study_description.clone()),
    ]
}

fn numbers(described: &Described) -> Vec<(Tag, Option<Vec<f64>>)> {
    let Some(pixels) = &described.pixels else {
        return Vec::new();
    };
    vec![
        (Tag(0x0028, 0x0010), Some(vec![f64::from(pixels.rows)])),
        (Tag(0x0028, 0x0011), Some(vec![f64::from(pixels.columns)])),
        (Tag(0x0028, 0x0100), Some(vec![f64::from(pixels.bits_allocated)])),
        (Tag(0x0020, 0x0032), pixels.image_position_mm.map(|numbers| numbers.to_vec())),
        (Tag(0x0020, 0x0037), pixels.image_orientation.map(|numbers| numbers.to_vec())),
        (Tag(0x0028, 0x0030), pixels.pixel_spacing_mm.map(|numbers| numbers.to_vec())),
    ]
}
