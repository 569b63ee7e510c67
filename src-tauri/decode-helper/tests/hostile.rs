//! Files that lie, and a helper that goes wrong: refused at once, or fenced in.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper;

use std::time::{Duration, Instant};

use helper::builder::{FileBuilder, element, meta};
use helper::{Helper, data};
use proptest::prelude::*;
use rustcare_decode_helper::answer::answer;
use rustcare_decode_helper::protocol::{Display, RefusalCode, Reply, Request};

const EXPLICIT: &str = "1.2.840.10008.1.2.1";

fn refusal(file: &[u8]) -> RefusalCode {
    let began = Instant::now();
    let (reply, body) = answer(&Request::Describe, file);
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });
    assert!(began.elapsed() < limit);
    assert!(body.is_empty());
    match reply {
        Reply::Refused(refusal) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn not_displayable(file: &[u8]) -> String {
    match answer(&Request::Describe, file).0 {
        Reply::Described(described) => match described.display {
            Display::No(reason) => reason,
            Display::Yes => panic!("it is displayable"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn ten_thousand_nested_sequences_are_refused() {
    let mut explicit = meta(EXPLICIT);
    let mut implicit = meta("1.2.840.10008.1.2");
    for _ in 0..10_000 {
        explicit.extend([0x08, 0, 0x40, 0x11, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        explicit.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
        implicit.extend([0x08, 0, 0x40, 0x11, 0xFF, 0xFF, 0xFF, 0xFF]);
        implicit.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
    assert_eq!(refusal(&explicit), RefusalCode::OverLimit);
    assert_eq!(refusal(&implicit), RefusalCode::OverLimit);
}

#[test]
fn a_four_gibibyte_length_in_a_small_file_is_refused() {
    for length in [0xFFFF_FFF0_u32, 0x7FFF_FFFF, 4096] {
        let mut file = meta(EXPLICIT);
        file.extend([0x08, 0, 0x05, 0, b'U', b'T', 0, 0]);
        file.extend(length.to_le_bytes());
        file.resize(2048, b'x');
        assert_eq!(refusal(&file), RefusalCode::Truncated);
    }
}

#[test]
fn an_item_that_reaches_beyond_its_sequence_is_refused() {
    let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
    item.extend(500_u32.to_le_bytes());
    let mut file = meta(EXPLICIT);
    file.extend(element(0x0008_1140, *b"SQ", &item));
    file.resize(file.len() + 1000, 1);
    assert_eq!(refusal(&file), RefusalCode::Malformed);
}

#[test]
fn more_than_a_million_elements_are_refused() {
    let mut file = meta(EXPLICIT);
    for _ in 0..1_000_001 {
        file.extend(element(0x0009_0010, *b"LO", &[]));
    }
    assert_eq!(refusal(&file), RefusalCode::OverLimit);
}

#[test]
fn a_picture_that_claims_more_than_the_file_holds_is_not_displayable() {
    let huge = FileBuilder::new()
        .short(0x0028_0010, 65_535)
        .short(0x0028_0011, 65_535)
        .text(0x0028_0008, *b"IS", "65535")
        .build();
    assert_eq!(not_displayable(&huge), "a frame is larger than 256 MiB");
    let many = FileBuilder::new().text(0x0028_0008, *b"IS", "100000").build();
    assert_eq!(not_displayable(&many), "the pixel data is shorter than the picture it declares");
    let mut coded = FileBuilder::new();
    coded.transfer_syntax = "1.2.840.10008.1.2.5";
    assert_eq!(not_displayable(&coded.build()), "the picture is not coded as the file declares");
}

#[test]
fn a_deflated_data_set_that_grows_without_end_is_refused() {
    let mut file = meta("1.2.840.10008.1.2.1.99");
    let mut encoder = flate2::write::DeflateEncoder::new(&mut file, flate2::Compression::fast());
    let zeros = vec![0; 1 << 20];
    for _ in 0..300 {
        std::io::Write::write_all(&mut encoder, &zeros).unwrap();
    }
    encoder.finish().unwrap();
    assert!(file.len() < 4 << 20);
    let (reply, _) = answer(&Request::Describe, &file);
    assert!(matches!(reply, Reply::Refused(refusal) if refusal.code == RefusalCode::OverLimit));
}

#[test]
fn no_refusal_names_the_patient() {
    let file = FileBuilder::new().build();
    for end in 0..file.len() {
        for request in [Request::Describe, Request::Frame { frame: 0 }, Request::Thumbnail { frame: 9 }] {
            if let (Reply::Refused(refusal), _) = answer(&request, &file[..end]) {
                assert!(!refusal.reason.to_lowercase().contains("canary"), "{}", refusal.reason);
            }
        }
    }
    let described = answer(&Request::Describe, &file).0;
    assert!(!format!("{described:?}").contains("Canary"));
}

#[test]
fn every_fence_stands_where_the_kernel_has_it() {
    let helper = Helper::start();
    println!("{:?}", helper.hello.fences);
    if cfg!(target_os = "linux") {
        assert!(helper.hello.fences.all(), "{:?}", helper.hello.fences);
    }
}

#[cfg(not(debug_assertions))]
#[test]
fn a_release_build_knows_no_misbehaviour() {
    let request = serde_json::from_str::<Request>(r#"{"request":"misbehave","how":"spin"}"#);
    assert!(request.is_err());
}

#[cfg(debug_assertions)]
mod misbehaving {
    use super::*;
    use rustcare_decode_helper::framing::FramingError;
    use rustcare_decode_helper::protocol::Misbehaviour;

    fn told(how: Misbehaviour) -> Result<RefusalCode, FramingError> {
        let mut helper = Helper::start();
        let (reply, _) = helper.ask(&Request::Misbehave { how }, &[])?;
        // It lives on and does its work.
        let (next, _) = helper.ask(&Request::Describe, &FileBuilder::new().build())?;
        assert!(matches!(next, Reply::Described(_)));
        match reply {
            Reply::Refused(refusal) => Ok(refusal.code),
            other => panic!("{other:?}"),
        }
    }

    /// The control: without fences the same acts succeed.
    #[test]
    fn files_sockets_and_programs_are_within_reach_without_fences() {
        for how in [Misbehaviour::OpenFile, Misbehaviour::Connect, Misbehaviour::StartProgram] {
            let (reply, _) = answer(&Request::Misbehave { how }, &[]);
            assert!(
                matches!(reply, Reply::Refused(refusal) if refusal.code == RefusalCode::Internal),
                "{how:?}"
            );
        }
    }

    #[test]
    fn files_sockets_and_programs_are_out_of_reach() {
        for how in [Misbehaviour::OpenFile, Misbehaviour::Connect, Misbehaviour::StartProgram] {
            assert_eq!(told(how).unwrap(), RefusalCode::Fenced, "{how:?}");
        }
    }

    #[test]
    fn a_panic_costs_only_the_request() {
        assert_eq!(told(Misbehaviour::Panic).unwrap(), RefusalCode::Internal);
    }

    #[test]
    fn memory_stack_and_abort_cost_only_the_helper() {
        for how in [Misbehaviour::Allocate, Misbehaviour::OverflowStack, Misbehaviour::Abort] {
            assert!(told(how).is_err(), "{how:?}");
        }
    }
}

fn all_requests(file: &[u8]) {
    for request in [Request::Describe, Request::Frame { frame: 0 }, Request::Thumbnail { frame: 0 }] {
        let (reply, body) = answer(&request, file);
        if let Reply::Frame(header) = reply {
            assert_eq!(body.len(), header.pixel_bytes());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), dressed in any::<bool>()) {
        let mut file = if dressed { meta(EXPLICIT) } else { Vec::new() };
        file.extend(bytes);
        all_requests(&file);
    }

    #[test]
    fn changed_files_never_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut file = FileBuilder::new().text(0x0028_0008, *b"IS", "1").build();
        for (at, byte) in changes {
            let at = 132 + at.index(file.len() - 132);
            file[at] = byte;
        }
        all_requests(&file);
    }
}

/// Real files with each coding that is decoded, changed at random places.
#[test]
fn changed_real_files_never_panic() {
    let Some(data) = data() else { return };
    let names = [
        "CT_small.dcm",
        "MR_small_RLE.dcm",
        "SC_rgb_rle_16bit.dcm",
        "SC_rgb_small_odd_jpeg.dcm",
        "SC_rgb_jpeg_gdcm.dcm",
        "SC_rgb_dcmtk_+eb+cy+s2.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "image_dfl.dcm",
        "liver_1frame.dcm",
    ];
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random % below as u64) as usize
    };
    for name in names {
        let whole = std::fs::read(data.join("pydicom").join(name)).unwrap();
        for round in 0..60 {
            let mut file = whole.clone();
            for _ in 0..=round % 6 {
                let at = next(file.len());
                file[at] = next(256) as u8;
            }
            file.truncate(if round % 3 == 0 { next(file.len()) } else { file.len() });
            // The helper catches panics of the decoders it stands on; here they would fail the test of our own code.
            let outcome = std::panic::catch_unwind(|| all_requests(&file));
            assert!(outcome.is_ok(), "{name}, round {round}");
        }
    }
}
