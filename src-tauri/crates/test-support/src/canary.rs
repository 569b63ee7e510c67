//! Looking for planted text in files, as it stands and as programs like to wrap it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

/// The encodings that a search knows.
pub struct Encodings;

impl Encodings {
    /// UTF-8, UTF-16 LE and BE, base64 at its three offsets, hexadecimal, gzip.
    pub const COUNT: usize = 8;
}

fn utf16(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(unit).collect()
}

/// The inner part of base64 that does not depend on what stands around it.
fn base64_core(text: &str, offset: usize) -> Vec<u8> {
    let padded = [vec![0; offset], text.as_bytes().to_vec()].concat();
    let whole = BASE64.encode(&padded);
    let start = (offset * 8).div_ceil(6);
    let end = padded.len() * 8 / 6;
    whole.as_bytes()[start..end].to_vec()
}

/// `text` in each encoding, as a program might write it, with a name for each.
pub fn written_as(text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    let zipped = gzip.write_all(text.as_bytes()).and_then(|()| gzip.finish()).unwrap_or_default();
    let wrapped = |offset: usize| {
        BASE64.encode([vec![b'x'; offset], text.as_bytes().to_vec(), b"tail".to_vec()].concat()).into_bytes()
    };
    vec![
        ("utf8", text.as_bytes().to_vec()),
        ("utf16le", utf16(text, u16::to_le_bytes)),
        ("utf16be", utf16(text, u16::to_be_bytes)),
        ("base64-0", wrapped(0)),
        ("base64-1", wrapped(1)),
        ("base64-2", wrapped(2)),
        ("hex", text.bytes().map(|b| format!("{b:02x}")).collect::<String>().into_bytes()),
        ("gzip", zipped),
    ]
}

fn needles(text: &str) -> Vec<Vec<u8>> {
    let mut needles = vec![
        text.as_bytes().to_vec(),
        utf16(text, u16::to_le_bytes),
        utf16(text, u16::to_be_bytes),
        text.bytes().map(|b| format!("{b:02x}")).collect::<String>().into_bytes(),
    ];
    needles.extend((0..3).map(|offset| base64_core(text, offset)));
    needles
}

fn holds(bytes: &[u8], needles: &[Vec<u8>]) -> bool {
    needles.iter().any(|n| !n.is_empty() && bytes.windows(n.len()).any(|w| w.eq_ignore_ascii_case(n)))
}

/// Files below `folder` in whose content or name `text` stands.
pub fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let needles = needles(text);
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let in_name = entry.file_name().to_string_lossy().to_lowercase().contains(&text.to_lowercase());
            if path.is_dir() {
                folders.push(path.clone());
            }
            if in_name || (path.is_file() && in_file(&path, &needles)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn in_file(path: &Path, needles: &[Vec<u8>]) -> bool {
    let Ok(bytes) = std::fs::read(path) else {
        return false;
    };
    if holds(&bytes, needles) {
        return true;
    }
    // Every place that begins like gzip is unpacked, wherever in the file it stands.
    bytes.windows(3).enumerate().filter(|(_, w)| *w == [0x1f, 0x8b, 8]).any(|(at, _)| {
        let mut unpacked = Vec::new();
        let _ = GzDecoder::new(&bytes[at..]).take(64 << 20).read_to_end(&mut unpacked);
        holds(&unpacked, needles)
    })
}
