//! The characters of a file: a byte order mark, UTF-16, UTF-8, or what its letters look like.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes that a guess is made from; an accented letter far down in a long register still counts.
const GUESSED_FROM: usize = 4 << 20;

/// A file as text.
#[derive(Debug)]
pub(super) struct Decoded {
    pub text: String,
    /// The WHATWG name, for example `windows-1252`.
    pub encoding: &'static str,
    /// Some bytes are no letters of this encoding; they stand as U+FFFD.
    pub gaps: bool,
}

/// Decodes `bytes`, as `label` (a WHATWG label) where a person said so.
pub(super) fn decode(bytes: &[u8], label: Option<&str>) -> Decoded {
    let said = label.and_then(|l| Encoding::for_label(l.trim().as_bytes()));
    let encoding = said.unwrap_or_else(|| guess(bytes));
    // A byte order mark beats whatever was said: it is never a part of the first name.
    let (text, encoding, gaps) = encoding.decode(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name(), gaps }
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(GUESSED_FROM)], bytes.len() <= GUESSED_FROM);
    detector.guess(None, Utf8Detection::Allow)
}

/// Text in Latin letters has a zero in every second byte of UTF-16, and none elsewhere.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(4096) & !1];
    if start.len() < 4 {
        return None;
    }
    let zeros = |odd: usize| start.iter().skip(odd).step_by(2).filter(|b| **b == 0).count() * 2;
    let (even, odd) = (zeros(0), zeros(1));
    let most = start.len() * 3 / 4;
    match (even, odd) {
        (0, odd) if odd >= most => Some(UTF_16LE),
        (even, 0) if even >= most => Some(UTF_16BE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_and_zeros_tell_utf_16() {
        let le: Vec<u8> = "name;sex\nAna;F\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "name;sex\nAna;F\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&le, None).encoding, "UTF-16LE");
        assert_eq!(decode(&be, None).text, "name;sex\nAna;F\n");
        let marked = [&[0xFF, 0xFE], le.as_slice()].concat();
        assert_eq!(decode(&marked, None).text, "name;sex\nAna;F\n");
    }

    #[test]
    fn western_letters_are_guessed_and_can_be_corrected() {
        let bytes = b"nombre;ciudad\nJos\xe9 Mu\xf1oz;M\xe1laga\n";
        assert_eq!(decode(bytes, None).text, "nombre;ciudad\nJosé Muñoz;Málaga\n");
        assert_eq!(decode(bytes, Some("iso-8859-2")).encoding, "ISO-8859-2");
    }

    #[test]
    fn what_cannot_be_decoded_is_said() {
        assert!(decode(b"a;b\n\xff\xfe\xfd;1\n", Some("utf-8")).gaps);
        assert!(!decode("a;\u{FFFD}\n".as_bytes(), None).gaps, "it stood in the file");
    }
}
