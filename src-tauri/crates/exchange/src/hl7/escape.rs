//! Escape sequences (HL7 v2.8.2 chapter 2.7): `\F\ \S\ \T\ \R\ \E\` are the separators, `\X41\` are bytes, `\.br\` is a new
//! line. Highlighting is dropped; what is no sequence stays as it came.

use super::message::Separators;

/// Longest sequence; a longer one is text.
const LONGEST: usize = 2_000;

/// The text that `written` stands for.
pub fn decode(written: &str, separators: Separators) -> String {
    if !written.contains(separators.escape) {
        return written.to_owned();
    }
    let mut out = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find(separators.escape) {
        out.push_str(&rest[..at]);
        let after = &rest[at + separators.escape.len_utf8()..];
        let end = after.find(separators.escape).filter(|end| *end <= LONGEST);
        let meaning = end.and_then(|end| meaning(&after[..end], separators));
        match (end, meaning) {
            (Some(end), Some(text)) => {
                out.push_str(&text);
                rest = &after[end + separators.escape.len_utf8()..];
            }
            // Not a sequence: the character itself, and what follows may still begin one.
            _ => {
                out.push(separators.escape);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

fn meaning(sequence: &str, separators: Separators) -> Option<String> {
    let one = |c: char| Some(c.to_string());
    match sequence {
        "F" => one(separators.field),
        "S" => one(separators.component),
        "T" => one(separators.subcomponent),
        "R" => one(separators.repetition),
        "E" => one(separators.escape),
        "H" | "N" => Some(String::new()),
        // 2.9's truncation character.
        "P" => one('#'),
        _ if sequence.starts_with('.') => formatting(&sequence[1..]),
        _ if sequence.starts_with('X') => hexadecimal(&sequence[1..]),
        _ => None,
    }
}

/// `.br`, `.sp`, `.sp+2`, `.ce`: a new line; `.fi`, `.nf`, `.in+4`, `.ti-2`, `.sk+3`: nothing that a chart shows.
fn formatting(command: &str) -> Option<String> {
    let name = command.get(..2)?;
    let count = command[2..].trim().trim_start_matches(['+', '-', '<', '>']);
    if !count.is_empty() && count.parse::<u16>().is_err() {
        return None;
    }
    match name {
        "br" | "sp" | "ce" => Some("\n".into()),
        "sk" => Some(" ".into()),
        "fi" | "nf" | "in" | "ti" => Some(String::new()),
        _ => None,
    }
}

/// Bytes in hexadecimal: UTF-8 where they are, else one Latin-1 letter each.
fn hexadecimal(digits: &str) -> Option<String> {
    if digits.is_empty() || !digits.len().is_multiple_of(2) || !digits.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return None;
    }
    let bytes: Option<Vec<u8>> =
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok()).collect();
    let bytes = bytes?;
    Some(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(error.as_bytes()).0.into_owned(),
    })
}

/// `text` so that it can stand in a field.
pub fn encode(text: &str, separators: Separators) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let sequence = match c {
            _ if c == separators.field => "F",
            _ if c == separators.component => "S",
            _ if c == separators.subcomponent => "T",
            _ if c == separators.repetition => "R",
            _ if c == separators.escape => "E",
            '\n' => ".br",
            '\r' => "X0D",
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push(separators.escape);
        out.push_str(sequence);
        out.push(separators.escape);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sequences_of_the_standard() {
        let usual = Separators::default();
        let decoded = |text: &str| decode(text, usual);
        assert_eq!(decoded(r"NHS (inc.A\T\E)"), "NHS (inc.A&E)");
        assert_eq!(decoded(r"a\F\b\S\c\R\d\E\e"), r"a|b^c~d\e");
        assert_eq!(decoded(r"one\.br\two\.sp+2\three"), "one\ntwo\nthree");
        assert_eq!(decoded(r"\H\bold\N\ \X4A6F73C3A9\ \XE9\"), "bold José é");
        // No sequences: kept.
        for text in [r"C:\temp\file", r"50\", r"\X4\", r"\Zxx\", r"\.in+x\", r"\\server"] {
            assert_eq!(decoded(text), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_comes_back(text in "[ -~éñ漢\n\r|^&~\\\\]{0,60}") {
            let usual = Separators::default();
            let encoded = encode(&text, usual);
            prop_assert!(!encoded.contains(['|', '^', '&', '~', '\n', '\r']));
            prop_assert_eq!(decode(&encoded, usual), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}|[\\\\XE.brF0-9]{0,80}") {
            let _ = decode(&text, Separators::default());
        }
    }
}
