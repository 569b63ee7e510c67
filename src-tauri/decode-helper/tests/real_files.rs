//! The files that pydicom's own tests use, and a real MR series: each is described or refused with a reason, and each
//! picture that is shown has the pixels that pydicom decodes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper;

use std::collections::BTreeMap;

use helper::{Helper, data, rows};
use rustcare_decode_helper::protocol::{FrameHeader, PixelKind, RefusalCode, Reply, Request};
use sha2::{Digest, Sha256};

/// Pictures that the table holds before conversion to RGB: mean of the RGB samples by pydicom 3.0.2's own conversion
/// (`pixel_array` without `raw`, `apply_color_lut`).
const AS_COLOURS: [(&str, f64); 3] = [
    ("examples_palette.dcm", 20.4930),
    ("examples_ybr_color.dcm", 10.4908),
    ("SC_ybr_full_422_uncompressed.dcm", 127.7333),
];

#[derive(Debug)]
#[expect(dead_code, reason = "the contents are printed")]
enum Outcome {
    Equal,
    Different(String),
    NotShown(String),
    Refused(RefusalCode),
}

#[test]
fn every_pydicom_file_has_a_stated_outcome_and_shown_pixels_are_equal() {
    let Some(data) = data() else { return };
    let outcomes = check_table(&data.join("pydicom"), rows(data.join("pydicom_expected_pixels.csv")));
    let count = |test: fn(&Outcome) -> bool| outcomes.values().filter(|outcome| test(outcome)).count();
    let equal = count(|outcome| matches!(outcome, Outcome::Equal));
    for (file, outcome) in &outcomes {
        println!("{file}: {outcome:?}");
    }
    println!("{} files, {equal} equal to pydicom's pixels", outcomes.len());
    let different: Vec<_> = outcomes.iter().filter(|(_, o)| matches!(o, Outcome::Different(_))).collect();
    assert!(different.is_empty(), "{different:#?}");
    assert_eq!(outcomes.len(), 167);
    assert_eq!(equal, 68, "each file that is shown is counted, so that none is lost unseen");
}

#[test]
fn every_slice_of_the_mr_series_is_equal() {
    let Some(data) = data() else { return };
    let outcomes = check_table(&data.join("t1_mr_384"), rows(data.join("t1_expected_pixels.csv")));
    assert_eq!(outcomes.len(), 384);
    let others: Vec<_> = outcomes.iter().filter(|(_, outcome)| !matches!(outcome, Outcome::Equal)).collect();
    assert!(others.is_empty(), "{others:#?}");
}

fn check_table(folder: &std::path::Path, rows: Vec<Vec<String>>) -> BTreeMap<String, Outcome> {
    let mut helper = Helper::start();
    rows.into_iter()
        .map(|row| {
            let file = std::fs::read(folder.join(&row[0])).unwrap();
            (row[0].clone(), outcome(&mut helper, &file, &row))
        })
        .collect()
}

fn outcome(helper: &mut Helper, file: &[u8], row: &[String]) -> Outcome {
    let (described, _) = helper.ask(&Request::Describe, file).expect("the helper lives");
    match described {
        Reply::Described(described) => assert!(!described.sop_instance_uid.is_empty()),
        Reply::Refused(refusal) => assert!(!refusal.reason.is_empty()),
        other => panic!("{other:?}"),
    }
    let frames: u32 = row[4].parse().unwrap_or(1);
    let mut samples = Samples::default();
    for frame in 0..frames {
        match helper.ask(&Request::Frame { frame }, file).expect("the helper lives") {
            (Reply::Frame(header), pixels) => samples.add(&header, &pixels, row),
            (Reply::Refused(refusal), _) if refusal.code == RefusalCode::NotDisplayable => {
                return Outcome::NotShown(refusal.reason);
            }
            (Reply::Refused(refusal), _) => return Outcome::Refused(refusal.code),
            other => panic!("{other:?}"),
        }
    }
    samples.compare(row)
}

#[derive(Default)]
struct Samples {
    hash: Sha256,
    count: u64,
    sum: f64,
    minimum: i64,
    maximum: i64,
}

impl Samples {
    fn add(&mut self, header: &FrameHeader, pixels: &[u8], row: &[String]) {
        assert_eq!(pixels.len(), header.pixel_bytes());
        assert_eq!([header.rows.to_string(), header.columns.to_string()], [row[5].clone(), row[6].clone()]);
        let bytes = row[8].parse::<u32>().unwrap() <= 8;
        let mut see = |value: i64| {
            (self.minimum, self.maximum) = match self.count {
                0 => (value, value),
                _ => (self.minimum.min(value), self.maximum.max(value)),
            };
            self.count += 1;
            self.sum += value as f64;
        };
        match header.kind {
            PixelKind::Rgba8 => {
                pixels.chunks_exact(4).flat_map(|rgba| &rgba[..3]).for_each(|c| see(i64::from(*c)))
            }
            kind => {
                for pair in pixels.chunks_exact(2) {
                    let bits = u16::from_le_bytes([pair[0], pair[1]]);
                    see(if kind == PixelKind::I16 { i64::from(bits as i16) } else { i64::from(bits) });
                    self.hash.update(if bytes { &pair[..1] } else { pair });
                }
            }
        }
    }

    fn compare(self, row: &[String]) -> Outcome {
        let mean = self.sum / self.count as f64;
        if let Some((_, expected)) = AS_COLOURS.iter().find(|(file, _)| *file == row[0]) {
            return match (mean - expected).abs() < 0.01 {
                true => Outcome::Equal,
                false => Outcome::Different(format!("mean {mean}, expected {expected}")),
            };
        }
        // Colours of 16 bits are shown with their upper 8.
        let scale = if row[7] == "3" && row[8] == "16" { 257.0 } else { 1.0 };
        let found = format!("min {} max {} mean {mean:.4}", self.minimum, self.maximum);
        let expected = format!("min {} max {} mean {} ({})", row[12], row[13], row[14], row[15]);
        let different = Outcome::Different(format!("found {found}, expected {expected}"));
        let Ok(expected_mean) = row[14].parse::<f64>() else {
            return different;
        };
        let extremes = [&row[12], &row[13]].map(|text| (text.parse::<f64>().unwrap() / scale) as i64);
        let extremes = extremes == [self.minimum, self.maximum];
        let lossless = row[10] == "True";
        let mean_fits = (mean - expected_mean / scale).abs() <= if lossless { 1e-3 } else { 1.5 };
        let hash: String = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let hash_fits = row[11].is_empty() || row[11] == hash;
        if mean_fits && hash_fits && (extremes || !lossless) { Outcome::Equal } else { different }
    }
}
