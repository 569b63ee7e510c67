//! Character sets: Specific Character Set (0008,0005) with code extensions (PS3.3 C.12.1.1.2, PS3.5 6.1.2.5).

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_3, ISO_8859_4, ISO_8859_5, ISO_8859_6,
    ISO_8859_7, ISO_8859_8, ISO_8859_15, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1252, WINDOWS_1254,
};

/// How the bytes of a segment become signs.
#[derive(Debug, Clone, Copy)]
enum Repertoire {
    /// ISO-IR 6 only; other bytes are not defined.
    Basic,
    /// A set that a published decoder knows as it stands.
    Known(&'static Encoding),
    /// Pairs of seven-bit codes in G0, that EUC-JP knows with the high bit set.
    Japanese { supplementary: bool },
}

/// The character sets a file declares, and whether a text did not fit them.
#[derive(Debug, Clone)]
pub struct CharacterSets {
    first: Repertoire,
    extensions: bool,
    uncertain: bool,
}

impl CharacterSets {
    /// Reads the value of Specific Character Set (0008,0005); an absent one is the default repertoire.
    pub fn declared(value: Option<&str>) -> Self {
        let mut terms = value.unwrap_or_default().split('\\').map(str::trim);
        let first = terms.next().unwrap_or_default();
        let repertoire = repertoire(first);
        CharacterSets {
            first: repertoire.unwrap_or(Repertoire::Basic),
            extensions: first.starts_with("ISO 2022") || terms.next().is_some(),
            uncertain: repertoire.is_none(),
        }
    }

    /// Whether a declared set is unknown, or a decoded text did not fit the declared sets.
    pub fn uncertain(&self) -> bool {
        self.uncertain
    }

    /// Decodes a value; what does not fit becomes U+FFFD and is remembered as uncertain.
    pub fn decode(&mut self, value: &[u8]) -> String {
        let mut text = String::with_capacity(value.len());
        let mut active = self.first;
        let mut rest = value;
        while !rest.is_empty() {
            let end = match self.extensions {
                true => rest.iter().position(|byte| *byte == 0x1B).unwrap_or(rest.len()),
                false => rest.len(),
            };
            self.segment(&rest[..end], active, &mut text);
            rest = &rest[end..];
            if let Some((next, length)) = escape(rest, self.first) {
                active = next;
                rest = &rest[length..];
            } else if !rest.is_empty() {
                self.uncertain = true;
                rest = &rest[1..]; // an escape sequence that the standard does not list
            }
        }
        text
    }

    fn segment(&mut self, bytes: &[u8], repertoire: Repertoire, text: &mut String) {
        let (decoded, failed) = match repertoire {
            Repertoire::Basic if bytes.is_ascii() => (String::from_utf8_lossy(bytes), false),
            // Not allowed by the standard and yet common: UTF-8 where it is valid, else the Western set.
            Repertoire::Basic => {
                self.uncertain = true;
                match std::str::from_utf8(bytes) {
                    Ok(utf8) => (utf8.into(), false),
                    Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes),
                }
            }
            Repertoire::Known(encoding) => encoding.decode_without_bom_handling(bytes),
            Repertoire::Japanese { supplementary } => {
                let mut euc = Vec::with_capacity(bytes.len() * 2);
                let mut pairs = bytes.chunks_exact(2);
                for pair in &mut pairs {
                    if supplementary {
                        euc.push(0x8F);
                    }
                    euc.extend(pair.iter().map(|byte| byte | 0x80));
                }
                let odd = !pairs.remainder().is_empty();
                let (decoded, failed) = EUC_JP.decode_without_bom_handling(&euc);
                (decoded.into_owned().into(), failed || odd)
            }
        };
        self.uncertain |= failed;
        text.push_str(&decoded);
    }
}

/// The repertoire of a defined term, with or without code extensions.
fn repertoire(term: &str) -> Option<Repertoire> {
    let number = term.strip_prefix("ISO_IR ").or_else(|| term.strip_prefix("ISO 2022 IR "));
    let known = match number.unwrap_or(term) {
        "" | "6" | "87" | "159" | "58" => return Some(Repertoire::Basic), // 87, 159, 58 come by escapes only
        "100" => WINDOWS_1252,
        "101" => ISO_8859_2,
        "109" => ISO_8859_3,
        "110" => ISO_8859_4,
        "144" => ISO_8859_5,
        "127" => ISO_8859_6,
        "126" => ISO_8859_7,
        "138" => ISO_8859_8,
        "148" => WINDOWS_1254,
        "203" => ISO_8859_15,
        "13" => SHIFT_JIS, // JIS X 0201 is its single-byte part
        "166" => WINDOWS_874,
        "149" => EUC_KR,
        "192" => UTF_8,
        "GB18030" => GB18030,
        "GBK" => GBK,
        "Big5" | "BIG5" => BIG5,
        _ => return None,
    };
    Some(Repertoire::Known(known))
}

/// The repertoire that an escape sequence at the start of `bytes` calls up, and the length of the sequence.
fn escape(bytes: &[u8], first: Repertoire) -> Option<(Repertoire, usize)> {
    let known = |encoding| Repertoire::Known(encoding);
    let after = bytes.strip_prefix(&[0x1B])?;
    Some(match after {
        [b'$', b'B' | b'@', ..] => (Repertoire::Japanese { supplementary: false }, 3),
        [b'$', b'(', b'D', ..] => (Repertoire::Japanese { supplementary: true }, 4),
        [b'$', b')', b'C', ..] => (known(EUC_KR), 4),
        [b'$', b')', b'A', ..] => (known(GBK), 4),
        [b'(', b'B', ..] => (first, 3),
        [b'(', b'J', ..] | [b')', b'I', ..] => (known(SHIFT_JIS), 3),
        [b'-', b'A', ..] => (known(WINDOWS_1252), 3),
        [b'-', b'B', ..] => (known(ISO_8859_2), 3),
        [b'-', b'C', ..] => (known(ISO_8859_3), 3),
        [b'-', b'D', ..] => (known(ISO_8859_4), 3),
        [b'-', b'L', ..] => (known(ISO_8859_5), 3),
        [b'-', b'G', ..] => (known(ISO_8859_6), 3),
        [b'-', b'F', ..] => (known(ISO_8859_7), 3),
        [b'-', b'H', ..] => (known(ISO_8859_8), 3),
        [b'-', b'M', ..] => (known(WINDOWS_1254), 3),
        [b'-', b'T', ..] => (known(WINDOWS_874), 3),
        [b'-', b'b', ..] => (known(ISO_8859_15), 3),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(sets: &str, value: &[u8]) -> (String, bool) {
        let mut sets = CharacterSets::declared(Some(sets));
        let text = sets.decode(value);
        (text, sets.uncertain())
    }

    /// PS3.5 annex H.3.1: Yamada^Tarou with ISO 2022 IR 87.
    #[test]
    fn a_japanese_name_with_code_extensions_is_read() {
        let value = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B";
        let (text, uncertain) = decode("\\ISO 2022 IR 87", value);
        assert_eq!(text, "Yamada^Tarou=山田^太郎=やまだ^たろう");
        assert!(!uncertain);
    }

    /// PS3.5 annex I.2: Hong^Gildong with ISO 2022 IR 149.
    #[test]
    fn a_korean_name_with_code_extensions_is_read() {
        let value =
            b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf";
        let (text, uncertain) = decode("\\ISO 2022 IR 149", value);
        assert_eq!(text, "Hong^Gildong=洪^吉洞=홍^길동");
        assert!(!uncertain);
    }

    /// PS3.5 annex J: Wang^XiaoDong in UTF-8 and GB18030.
    #[test]
    fn chinese_names_are_read() {
        let (text, _) = decode("ISO_IR 192", "Wang^XiaoDong=王^小東".as_bytes());
        assert_eq!(text, "Wang^XiaoDong=王^小東");
        let (text, uncertain) = decode("GB18030", b"Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab");
        assert_eq!(text, "Wang^XiaoDong=王^小东");
        assert!(!uncertain);
    }

    #[test]
    fn single_byte_sets_are_read() {
        assert_eq!(decode("ISO_IR 100", b"Buc^J\xe9r\xf4me").0, "Buc^Jérôme");
        assert_eq!(decode("ISO_IR 144", b"\xbb\xee\xdace\xdc\xd1\xe3\xe0\xd3").0, "Люкceмбург".to_owned());
        assert_eq!(decode("ISO_IR 126", b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2").0, "Διονυσιος");
    }

    #[test]
    fn text_outside_its_declared_set_is_uncertain() {
        assert_eq!(decode("", b"M\xfcller"), ("Müller".to_owned(), true));
        assert_eq!(decode("", "Müller".as_bytes()), ("Müller".to_owned(), true));
        assert_eq!(decode("", b"Muller"), ("Muller".to_owned(), false));
        assert!(decode("ISO_IR 999", b"Muller").1);
        assert!(decode("ISO_IR 192", b"M\xfcller").1);
    }
}
