//! Photos and scans: upright, smaller, and nothing left of what the file said beside the picture.

use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use jpeg_encoder::{ColorType, Encoder};
use proptest::prelude::*;
use rustcare_decode_helper::photo::renewed;
use rustcare_decode_helper::protocol::{PhotoHeader, RefusalCode};

const RED: [u8; 3] = [220, 20, 20];
const GREEN: [u8; 3] = [20, 200, 20];
const BLUE: [u8; 3] = [20, 20, 220];
const GREY: [u8; 3] = [128, 128, 128];

/// Red at the upper left, green at the upper right, blue at the lower left, grey at the lower right.
fn four_corners(width: usize, height: usize) -> Vec<u8> {
    let colour = |x: usize, y: usize| match (x * 2 < width, y * 2 < height) {
        (true, true) => RED,
        (false, true) => GREEN,
        (true, false) => BLUE,
        (false, false) => GREY,
    };
    (0..height).flat_map(|y| (0..width).flat_map(move |x| colour(x, y))).collect()
}

fn exif_block(turn: u16, with_place: bool) -> Vec<u8> {
    let degrees =
        vec![Rational { num: 52, denom: 1 }, Rational { num: 31, denom: 1 }, Rational { num: 12, denom: 1 }];
    let field = |tag, value| Field { tag, ifd_num: In::PRIMARY, value };
    let fields = [
        field(Tag::Orientation, Value::Short(vec![turn])),
        field(Tag::Make, Value::Ascii(vec![b"SECRET-CAMERA".to_vec()])),
        field(Tag::GPSLatitudeRef, Value::Ascii(vec![b"N".to_vec()])),
        field(Tag::GPSLatitude, Value::Rational(degrees)),
    ];
    let mut writer = Writer::new();
    fields.iter().take(if with_place { 4 } else { 2 }).for_each(|f| writer.push_field(f));
    let mut block = std::io::Cursor::new(Vec::new());
    writer.write(&mut block, false).expect("as made");
    block.into_inner()
}

fn jpeg(width: u16, height: u16, exif: Option<&[u8]>) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 95);
    if let Some(block) = exif {
        encoder.add_app_segment(1, [b"Exif\0\0".as_slice(), block].concat()).expect("as made");
    }
    let samples = four_corners(usize::from(width), usize::from(height));
    encoder.encode(&samples, width, height, ColorType::Rgb).expect("as made");
    file
}

fn decoded(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = jpeg_decoder::Decoder::new(file);
    let samples = decoder.decode().expect("as made");
    let info = decoder.info().expect("as made");
    assert_eq!(info.pixel_format, jpeg_decoder::PixelFormat::RGB24);
    (usize::from(info.width), usize::from(info.height), samples)
}

/// Colours in the middle of the four quarters: upper left, upper right, lower left, lower right.
fn quarters(file: &[u8]) -> [[u8; 3]; 4] {
    let (width, height, samples) = decoded(file);
    [(1, 1), (3, 1), (1, 3), (3, 3)].map(|(x, y)| {
        let at = (y * height / 4 * width + x * width / 4) * 3;
        [samples[at], samples[at + 1], samples[at + 2]]
    })
}

fn is_near(found: [u8; 3], wanted: [u8; 3]) -> bool {
    found.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) < 12)
}

#[test]
fn every_orientation_comes_out_upright() {
    // What a viewer that honours the tag shows (CIPA DC-008, 4.6.5.1.1: row 0 and column 0 of each value).
    let expected = [
        (1, [RED, GREEN, BLUE, GREY]),
        (2, [GREEN, RED, GREY, BLUE]),
        (3, [GREY, BLUE, GREEN, RED]),
        (4, [BLUE, GREY, RED, GREEN]),
        (5, [RED, BLUE, GREEN, GREY]),
        (6, [BLUE, RED, GREY, GREEN]),
        (7, [GREY, GREEN, BLUE, RED]),
        (8, [GREEN, GREY, RED, BLUE]),
    ];
    for (turn, corners) in expected {
        let (header, out) = renewed(&jpeg(96, 64, Some(&exif_block(turn, false))), 2560).unwrap();
        let (width, height) = if turn >= 5 { (64, 96) } else { (96, 64) };
        let wanted =
            PhotoHeader { width, height, from_width: width, from_height: height, had_location: false };
        assert_eq!(header, wanted, "orientation {turn}");
        for (found, wanted) in quarters(&out).into_iter().zip(corners) {
            assert!(is_near(found, wanted), "orientation {turn}: {found:?} is not {wanted:?}");
        }
    }
}

#[test]
fn place_camera_and_every_other_segment_are_left_behind() {
    let file = jpeg(96, 64, Some(&exif_block(6, true)));
    assert!(file.windows(13).any(|w| w == b"SECRET-CAMERA"), "the source names its camera");
    let (header, out) = renewed(&file, 2560).unwrap();
    assert!(header.had_location);
    assert!(!out.windows(13).any(|w| w == b"SECRET-CAMERA"));
    assert!(
        exif::Reader::new().read_from_container(&mut std::io::Cursor::new(&out)).is_err(),
        "no Exif is left"
    );
    // JFIF (APP0) is the only application segment, and there is no comment.
    let mut at = 2;
    while out[at + 1] != 0xDA {
        let marker = out[at + 1];
        assert!(!(0xE1..=0xEF).contains(&marker) && marker != 0xFE, "segment {marker:02X}");
        at += 2 + usize::from(u16::from_be_bytes([out[at + 2], out[at + 3]]));
    }
}

#[test]
fn a_large_picture_is_made_smaller_and_keeps_its_shape() {
    let (header, out) = renewed(&jpeg(3000, 2000, None), 600).unwrap();
    assert_eq!((header.width, header.height, header.from_width, header.from_height), (600, 400, 3000, 2000));
    for (found, wanted) in quarters(&out).into_iter().zip([RED, GREEN, BLUE, GREY]) {
        assert!(is_near(found, wanted));
    }
    let (header, _) = renewed(&jpeg(300, 200, None), 600).unwrap();
    assert_eq!((header.width, header.height), (300, 200), "a small one is not made larger");
}

#[test]
fn a_png_is_flattened_on_white_and_its_exif_is_honoured() {
    let mut file = Vec::new();
    let mut info = png::Info::with_size(2, 1);
    info.color_type = png::ColorType::Rgba;
    info.bit_depth = png::BitDepth::Eight;
    info.exif_metadata = Some(exif_block(3, true).into());
    let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
    writer.write_image_data(&[0, 0, 0, 0, 200, 0, 0, 255]).unwrap();
    writer.finish().unwrap();
    let (header, out) = renewed(&file, 100).unwrap();
    assert!(header.had_location);
    let (width, height, samples) = decoded(&out);
    assert_eq!((width, height), (2, 1));
    // Turned around: the red one comes first; the transparent one is white, not black.
    assert!(samples[0] > 150 && samples[1] < 90, "{samples:?}");
    assert!(samples[3..].iter().all(|s| *s > 180), "{samples:?}");
}

#[test]
fn what_is_no_picture_is_refused_by_its_reason() {
    let code = |file: &[u8]| renewed(file, 100).unwrap_err().code;
    assert_eq!(code(b""), RefusalCode::NotAPhoto);
    assert_eq!(code(b"%PDF-1.7"), RefusalCode::NotAPhoto);
    assert_eq!(code(b"\0\0\0\x18ftypheic"), RefusalCode::NotAPhoto);
    let whole = jpeg(64, 64, None);
    assert_eq!(code(&whole[..200]), RefusalCode::DamagedPixels);
    // 60 000 × 60 000 pixels are declared in 57 bytes: nothing is allocated for them.
    let mut huge = Vec::new();
    let mut info = png::Info::with_size(60_000, 60_000);
    info.color_type = png::ColorType::Grayscale;
    png::Encoder::with_info(&mut huge, info).unwrap().write_header().unwrap();
    assert_eq!(code(&huge), RefusalCode::OverLimit);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn changed_bytes_never_panic_and_never_bring_the_place_back(
        changes in proptest::collection::vec((0_usize..6000, any::<u8>()), 1..20),
        cut in 0_usize..6000,
    ) {
        let mut file = jpeg(64, 48, Some(&exif_block(6, true)));
        let length = file.len();
        for (at, byte) in changes {
            // The first two tell what it is.
            file[3 + at % (length - 3)] = byte;
        }
        file.truncate((length - cut % length).max(1));
        if let Ok((_, out)) = renewed(&file, 64) {
            prop_assert!(!out.windows(6).any(|w| w == b"Exif\0\0"));
        }
    }
}
