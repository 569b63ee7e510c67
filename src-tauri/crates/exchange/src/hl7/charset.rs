//! Bytes to text by MSH-18 (HL7 table 0211).

use encoding_rs::Encoding;
use rustcare_model::reason::Reason;

use super::refusal::{Place, Refusal};

/// What a message is written in.
enum Named {
    /// Says nothing, or ASCII: UTF-8 where it is, else Windows-1252, as old senders write it.
    Nothing,
    /// One that is known.
    Known(&'static Encoding),
    /// Another word.
    Unknown,
}

fn named(word: &str) -> Named {
    let upper = word.trim().to_ascii_uppercase();
    let label: &[u8] = match upper.as_str() {
        "" | "ASCII" | "US-ASCII" | "ISO IR6" | "ISO IR14" => return Named::Nothing,
        "UNICODE UTF-8" | "UTF-8" | "UTF8" | "UNICODE" => b"utf-8",
        "UNICODE UTF-16" | "UNICODE UTF-32" => return Named::Unknown,
        "8859/1" => b"iso-8859-1",
        "8859/2" => b"iso-8859-2",
        "8859/3" => b"iso-8859-3",
        "8859/4" => b"iso-8859-4",
        "8859/5" => b"iso-8859-5",
        "8859/6" => b"iso-8859-6",
        "8859/7" => b"iso-8859-7",
        "8859/8" => b"iso-8859-8",
        "8859/9" => b"iso-8859-9",
        "8859/15" => b"iso-8859-15",
        "ISO IR87" | "ISO IR159" => b"iso-2022-jp",
        "GB 18030-2000" => b"gb18030",
        "KS X 1001" => b"euc-kr",
        "BIG-5" => b"big5",
        other => other.as_bytes(),
    };
    Encoding::for_label(label).map_or(Named::Unknown, Named::Known)
}

/// The word of MSH-18, found in the bytes: everything up to it is ASCII in all sets of the table.
fn word(bytes: &[u8]) -> String {
    let Some(&separator) = bytes.get(3) else { return String::new() };
    let end = bytes.iter().position(|b| matches!(b, b'\r' | b'\n')).unwrap_or(bytes.len());
    let field = bytes[..end].split(|b| *b == separator).nth(17).unwrap_or_default();
    let first = field.split(|b| *b == *bytes.get(5).unwrap_or(&b'~')).next().unwrap_or_default();
    String::from_utf8_lossy(&first[..first.len().min(40)]).into_owned()
}

/// The text of a message.
///
/// # Errors
/// A set that is not known, or bytes that are not of the set which is named.
pub fn decode(bytes: &[u8]) -> Result<String, Refusal> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let place = || Place::field("MSH", 1, 18);
    match named(&word(bytes)) {
        Named::Unknown => Err(Refusal::not_understood(Reason::Hl7CharacterSet).at(place())),
        Named::Nothing => Ok(match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        }),
        Named::Known(encoding) => {
            let (text, malformed) = encoding.decode_without_bom_handling(bytes);
            if malformed {
                return Err(Refusal::content(Reason::Hl7NotInCharacterSet, 102).at(place()));
            }
            Ok(text.into_owned())
        }
    }
}

/// The text of a message to be shown: what is not of its set comes out as Windows-1252 has it.
pub fn shown(bytes: &[u8]) -> String {
    decode(bytes).unwrap_or_else(|_| match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    })
}

/// The bytes of a text in the set that it names; UTF-8 where it names none that is known. A letter that the set lacks is
/// written as the escape of its UTF-8 bytes.
pub fn encode(text: &str) -> Vec<u8> {
    let Named::Known(encoding) = named(&word(text.as_bytes())) else { return text.as_bytes().to_vec() };
    let (bytes, _, unmappable) = encoding.encode(text);
    if !unmappable {
        return bytes.into_owned();
    }
    let escape = text.chars().nth(6).unwrap_or('\\');
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        let one = c.to_string();
        let (bytes, _, unmappable) = encoding.encode(&one);
        if unmappable {
            let digits: String = one.bytes().map(|b| format!("{b:02X}")).collect();
            out.extend_from_slice(format!("{escape}X{digits}{escape}").as_bytes());
        } else {
            out.extend_from_slice(&bytes);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(set: &str, name: &[u8]) -> Vec<u8> {
        let mut bytes = format!("MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5||||||{set}\rPID|||1||").into_bytes();
        bytes.extend_from_slice(name);
        bytes
    }

    #[test]
    fn each_set_is_read_as_it_says() {
        for (set, name) in [
            ("", "Muñoz".as_bytes()),
            ("", b"Mu\xf1oz"),
            ("ASCII", b"Mu\xf1oz"),
            ("8859/1", b"Mu\xf1oz"),
            ("8859/1~UNICODE UTF-8", b"Mu\xf1oz"),
            ("UNICODE UTF-8", "Muñoz".as_bytes()),
            ("windows-1252", b"Mu\xf1oz"),
        ] {
            assert!(decode(&message(set, name)).unwrap().ends_with("Muñoz"), "{set}");
        }
        assert!(decode(&message("8859/5", b"\xb8")).unwrap().ends_with('И'));
    }

    #[test]
    fn a_corrected_text_is_written_in_its_own_set() {
        let text = decode(&message("8859/1", b"Mu\xf1oz")).unwrap();
        assert_eq!(encode(&text), message("8859/1", b"Mu\xf1oz"));
        assert!(encode(&text.replace('ñ', "И")).ends_with(b"Mu\\XD098\\oz"));
        assert_eq!(shown(&message("UNICODE UTF-8", b"Mu\xf1oz")), message_text("UNICODE UTF-8"));
    }

    fn message_text(set: &str) -> String {
        String::from_utf8(message(set, "Muñoz".as_bytes())).unwrap()
    }

    #[test]
    fn an_unknown_set_and_a_wrong_one_are_refused() {
        let reason = |bytes: Vec<u8>| decode(&bytes).unwrap_err().why.reason;
        assert_eq!(reason(message("KLINGON", b"x")), Reason::Hl7CharacterSet);
        assert_eq!(reason(message("UNICODE UTF-8", b"Mu\xf1oz")), Reason::Hl7NotInCharacterSet);
    }
}
