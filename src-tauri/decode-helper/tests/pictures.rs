//! Pictures made in memory: what is shown, how it is described, and what is refused for a doubt.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper;

use helper::builder::{FileBuilder, element};
use rustcare_decode_helper::answer::answer;
use rustcare_decode_helper::protocol::{
    Described, Display, FrameHeader, PixelKind, RefusalCode, Reply, Request,
};

fn frame_of(file: &[u8], frame: u32) -> (FrameHeader, Vec<u8>) {
    match answer(&Request::Frame { frame }, file) {
        (Reply::Frame(header), pixels) => (*header, pixels),
        (other, _) => panic!("{other:?}"),
    }
}

fn words(pixels: &[u8]) -> Vec<i16> {
    pixels.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
}

fn described(file: &[u8]) -> Described {
    match answer(&Request::Describe, file).0 {
        Reply::Described(described) => *described,
        other => panic!("{other:?}"),
    }
}

fn not_shown(file: FileBuilder) -> String {
    let file = file.build();
    let Display::No(reason) = described(&file).display else { panic!("it is displayable") };
    match answer(&Request::Frame { frame: 0 }, &file).0 {
        Reply::Refused(refusal) => {
            assert_eq!((refusal.code, &refusal.reason), (RefusalCode::NotDisplayable, &reason))
        }
        other => panic!("{other:?}"),
    }
    reason
}

fn colour(planar: u16, photometric: &str, pixels: Vec<u8>) -> FileBuilder {
    FileBuilder::new()
        .short(0x0028_0002, 3)
        .text(0x0028_0004, *b"CS", photometric)
        .short(0x0028_0006, planar)
        .short(0x0028_0010, 1)
        .short(0x0028_0011, 2)
        .short(0x0028_0100, 8)
        .short(0x0028_0101, 8)
        .short(0x0028_0102, 7)
        .value(0x7FE0_0010, *b"OB", pixels)
}

#[test]
fn signed_values_in_the_upper_bits_are_cut_out_and_extended() {
    let stored: [u16; 12] = std::array::from_fn(|at| (((at as i16 - 6) as u16) << 4) | 0xF);
    let file = FileBuilder::new()
        .short(0x0028_0101, 12)
        .short(0x0028_0102, 15)
        .short(0x0028_0103, 1)
        .value(0x7FE0_0010, *b"OW", stored.iter().flat_map(|word| word.to_le_bytes()).collect())
        .build();
    let (header, pixels) = frame_of(&file, 0);
    assert_eq!(header.kind, PixelKind::I16);
    assert_eq!(words(&pixels), [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]);
    assert_eq!((header.minimum, header.maximum), (-6, 5));
}

#[test]
fn packed_bits_of_the_second_frame_begin_within_a_byte() {
    // Two frames of 1 x 3 bits: 1 0 1, then 0 1 1; the first bit is the lowest (PS3.5 8.1.1).
    let file = FileBuilder::new()
        .short(0x0028_0010, 1)
        .short(0x0028_0011, 3)
        .text(0x0028_0008, *b"IS", "2")
        .short(0x0028_0100, 1)
        .short(0x0028_0101, 1)
        .short(0x0028_0102, 0)
        .value(0x7FE0_0010, *b"OB", vec![0b0011_0101, 0])
        .build();
    assert_eq!(words(&frame_of(&file, 0).1), [1, 0, 1]);
    assert_eq!(words(&frame_of(&file, 1).1), [0, 1, 1]);
}

#[test]
fn colours_come_by_pixel_and_by_plane() {
    let expected = [1, 2, 3, 255, 4, 5, 6, 255];
    let (header, pixels) = frame_of(&colour(0, "RGB", vec![1, 2, 3, 4, 5, 6]).build(), 0);
    assert_eq!((header.kind, pixels.as_slice()), (PixelKind::Rgba8, &expected[..]));
    assert_eq!(frame_of(&colour(1, "RGB", vec![1, 4, 2, 5, 3, 6]).build(), 0).1, expected);
    let (_, grey) = frame_of(&colour(0, "YBR_FULL_422", vec![10, 200, 128, 128]).build(), 0);
    assert_eq!(grey, [10, 10, 10, 255, 200, 200, 200, 255]);
}

#[test]
fn palettes_are_looked_up_with_their_first_value() {
    let table = |base: u16| (0..4_u16).flat_map(|at| ((base + at) << 8).to_le_bytes()).collect::<Vec<u8>>();
    let descriptor: Vec<u8> = [4_u16, 2, 16].iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut file = FileBuilder::new()
        .text(0x0028_0004, *b"CS", "PALETTE COLOR")
        .short(0x0028_0010, 1)
        .short(0x0028_0011, 4)
        .short(0x0028_0100, 8)
        .short(0x0028_0101, 8)
        .short(0x0028_0102, 7)
        .value(0x7FE0_0010, *b"OB", vec![0, 2, 5, 9]);
    for channel in 0..3 {
        file = file.value(0x0028_1101 + channel, *b"US", descriptor.clone()).value(
            0x0028_1201 + channel,
            *b"OW",
            table(channel as u16 * 10),
        );
    }
    let expected = [0, 10, 20, 255, 0, 10, 20, 255, 3, 13, 23, 255, 3, 13, 23, 255];
    assert_eq!(frame_of(&file.build(), 0).1, expected);
    let missing = file.without(0x0028_1202);
    assert_eq!(not_shown(missing), "its table of colours is missing or invalid");
}

#[test]
fn the_header_tells_windows_rescaling_and_place() {
    let file = FileBuilder::new()
        .text(0x0008_0060, *b"CS", "CT")
        .text(0x0028_0004, *b"CS", "MONOCHROME1")
        .text(0x0028_1050, *b"DS", "40\\-600")
        .text(0x0028_1051, *b"DS", "400\\1500")
        .text(0x0028_1055, *b"LO", "SOFT\\LUNG")
        .text(0x0028_1052, *b"DS", "-1024")
        .text(0x0028_1053, *b"DS", "1")
        .value(0x0028_0120, *b"US", 1100_u16.to_le_bytes().to_vec())
        .text(0x0028_0030, *b"DS", "0.7\\0.8")
        .text(0x0020_0032, *b"DS", "-100\\-80\\-42.25")
        .text(0x0020_0037, *b"DS", "1\\0\\0\\0\\1\\0")
        .text(0x0028_2110, *b"CS", "01")
        .build();
    let (header, _) = frame_of(&file, 0);
    assert_eq!((header.slope, header.intercept, header.unit.as_deref()), (1.0, -1024.0, Some("HU")));
    assert_eq!((header.window_center, header.window_width), (Some(40.0), Some(400.0)));
    let names: Vec<&str> = header.presets.iter().map(|preset| preset.name.as_str()).collect();
    assert_eq!(names, ["SOFT", "LUNG"]);
    assert_eq!(header.maximum, 1000, "pixel padding is left out");
    assert_eq!(header.pixel_spacing_mm, Some([0.7, 0.8]));
    assert_eq!(header.orientation.unwrap(), ["R", "L", "A", "P"]);
    assert_eq!(header.row_position.as_deref(), Some("F 42.2 mm"));
    assert!(header.invert && header.lossy);
}

/// PS3.3 C.7.6.16: a frame's own functional group goes before the shared one.
#[test]
fn functional_groups_give_each_frame_its_own_values() {
    let item = |content: Vec<u8>| {
        let mut item = vec![0xFE, 0xFF, 0x00, 0xE0];
        item.extend((content.len() as u32).to_le_bytes());
        item.extend(content);
        item
    };
    let window = |center: &[u8]| {
        let mut voi = element(0x0028_1050, *b"DS", center);
        voi.extend(element(0x0028_1051, *b"DS", b"10"));
        item(element(0x0028_9132, *b"SQ", &item(voi)))
    };
    let spacing = element(0x0028_9110, *b"SQ", &item(element(0x0028_0030, *b"DS", b"2\\2 ")));
    let per_frame = [window(b"11"), window(b"22")].concat();
    let file = FileBuilder::new()
        .short(0x0028_0010, 1)
        .short(0x0028_0011, 6)
        .text(0x0028_0008, *b"IS", "2")
        .value(0x5200_9229, *b"SQ", item(spacing))
        .value(0x5200_9230, *b"SQ", per_frame)
        .build();
    let (first, second) = (frame_of(&file, 0).0, frame_of(&file, 1).0);
    assert_eq!((first.window_center, second.window_center), (Some(11.0), Some(22.0)));
    assert_eq!(second.pixel_spacing_mm, Some([2.0, 2.0]));
}

#[test]
fn what_is_in_doubt_is_not_shown_and_says_why() {
    let plain = FileBuilder::new;
    let cases = [
        (plain().without(0x7FE0_0010), "the file holds no picture"),
        (plain().without(0x0028_0010), "the number of rows is missing or invalid"),
        (plain().without(0x0028_0004), "it is not told what its samples mean"),
        (plain().text(0x0028_0008, *b"IS", "1A"), "the number of frames is invalid"),
        (plain().short(0x0028_0100, 12), "its samples take neither 1, 8, 16 nor 32 bits"),
        (plain().short(0x0028_0102, 3), "the position of the stored bits is invalid"),
        (plain().short(0x0028_0103, 2), "whether its values are signed is not told validly"),
        (plain().short(0x0028_0002, 4), "it has neither one nor three samples a pixel"),
        (
            plain().value(0x0028_3000, *b"SQ", Vec::new()),
            "its values go through a modality table, which is not applied yet",
        ),
        (colour(0, "YBR_FULL_422", vec![0; 6]), "whether its colours are subsampled is in doubt"),
        (colour(0, "HSV", vec![0; 6]), "its samples mean a colour or grey that is not read yet"),
    ];
    for (file, reason) in cases {
        assert_eq!(not_shown(file), reason);
    }
    for (syntax, reason) in [
        ("1.2.840.10008.1.2.4.80", "JPEG-LS is not read yet"),
        ("1.2.840.10008.1.2.4.90", "JPEG 2000 is not read yet"),
        ("1.2.840.10008.1.2.4.102", "it is a video, which is not shown yet"),
        ("1.2.3.4.5", "the way its pixels are coded is not known"),
    ] {
        let mut file = plain();
        file.transfer_syntax = syntax;
        assert_eq!(not_shown(file), reason);
    }
}

#[test]
fn a_bare_data_set_is_recognised_in_its_three_encodings() {
    let explicit = FileBuilder::new().data_set();
    assert_eq!(described(&explicit).transfer_syntax_uid, "1.2.840.10008.1.2.1");
    let mut implicit = Vec::new();
    for (tag, value) in
        [(0x0008_0018_u32, &b"1.2.3.4\0"[..]), (0x0020_000D, b"1.2.3\0"), (0x0020_000E, b"1.2.3.1\0")]
    {
        implicit.extend(((tag >> 16) as u16).to_le_bytes());
        implicit.extend((tag as u16).to_le_bytes());
        implicit.extend((value.len() as u32).to_le_bytes());
        implicit.extend(value);
    }
    assert_eq!(described(&implicit).transfer_syntax_uid, "1.2.840.10008.1.2");
    let mut big = Vec::new();
    for (tag, value) in
        [(0x0008_0018_u32, &b"1.2.3.4\0"[..]), (0x0020_000D, b"1.2.3\0"), (0x0020_000E, b"1.2.3.1\0")]
    {
        big.extend(tag.to_be_bytes());
        big.extend(b"UI");
        big.extend((value.len() as u16).to_be_bytes());
        big.extend(value);
    }
    assert_eq!(described(&big).transfer_syntax_uid, "1.2.840.10008.1.2.2");
}

#[test]
fn an_instance_without_identifiers_is_refused() {
    for tag in [0x0008_0018, 0x0020_000D, 0x0020_000E] {
        let file = FileBuilder::new().without(tag).build();
        let (reply, _) = answer(&Request::Describe, &file);
        assert!(matches!(reply, Reply::Refused(refusal) if refusal.code == RefusalCode::Unidentified));
    }
    let file = FileBuilder::new().text(0x0020_000D, *b"UI", "1.2/../3").build();
    let (reply, _) = answer(&Request::Describe, &file);
    assert!(matches!(reply, Reply::Refused(refusal) if refusal.code == RefusalCode::Unidentified));
}
