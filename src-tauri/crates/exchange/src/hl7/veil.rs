//! Numbers that are secrets in the register (social security, insurance) stand in clear in a message. What is taken is kept
//! without them; what waits in quarantine is kept byte for byte but shown without them. In each one's place stands `[sealed 3]`;
//! a correction that leaves the place gets the number back, wherever it stands then.

use zeroize::Zeroizing;

use super::message::{Message, Separators};
use crate::social_security::is_social_security;

/// Whole fields that hold a secret number.
const FIELDS: [(&str, usize); 6] =
    [("PID", 19), ("IN1", 36), ("IN2", 2), ("GT1", 12), ("NK1", 37), ("IN2", 6)];
/// Fields of numbers (CX), of which social security numbers are secret.
const NUMBERS: [(&str, usize); 6] = [("PID", 2), ("PID", 3), ("PID", 4), ("MRG", 1), ("MRG", 4), ("NK1", 33)];
/// Fields of numbers (CX) that are all secret.
const INSURANCE: [(&str, usize); 1] = [("IN1", 49)];
/// Fields whose nine digits are what they say: control ids, numbers of patients, visits and orders, telephones.
const OPEN: [(&str, usize); 18] = [
    ("PID", 2),
    ("PID", 3),
    ("PID", 4),
    ("PID", 13),
    ("PID", 14),
    ("PID", 18),
    ("PID", 40),
    ("MRG", 1),
    ("MRG", 3),
    ("MRG", 4),
    ("NK1", 5),
    ("NK1", 6),
    ("PV1", 19),
    ("PV1", 50),
    ("ORC", 2),
    ("ORC", 3),
    ("OBR", 2),
    ("OBR", 3),
];
/// What ends a line: of segments, and what senders put in their place.
const ENDS: [char; 5] = ['\r', '\n', '\u{b}', '\u{1c}', '\u{1e}'];

/// A place in a correction for which the message has no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the correction holds a place for a sealed number that the message does not have")]
pub struct UnknownPlace;

/// Takes secrets out of a text, one after the other.
struct Veil {
    /// `[sealed `, or longer where the text itself says that.
    opening: String,
    secrets: Vec<Zeroizing<String>>,
}

impl Veil {
    fn of(text: &str) -> Self {
        let mut opening = "[sealed ".to_owned();
        while text.contains(opening.trim_end()) {
            opening.insert(1, '_');
        }
        Self { opening, secrets: Vec::new() }
    }

    fn place(&mut self, secret: &str) -> String {
        self.secrets.push(Zeroizing::new(secret.to_owned()));
        format!("{}{}]", self.opening, self.secrets.len())
    }

    /// A text whose every part between separators is secret.
    fn whole(&mut self, text: &str, separators: Separators) -> String {
        let inside = [separators.repetition, separators.component, separators.subcomponent];
        let mut out = String::with_capacity(text.len());
        for part in text.split_inclusive(inside) {
            let bare = part.trim_end_matches(inside);
            match bare.contains(char::is_alphanumeric) {
                true => out.push_str(&self.place(bare)),
                false => out.push_str(bare),
            }
            out.push_str(&part[bare.len()..]);
        }
        out
    }

    /// A field of numbers.
    fn numbers(&mut self, field: &str, all: bool, separators: Separators) -> String {
        let one = |repetition: &str, veil: &mut Self| {
            let parts: Vec<&str> = repetition.split(separators.component).collect();
            let kind = parts.get(4).copied().unwrap_or_default();
            let mut given = parts.get(3).copied().unwrap_or_default().split(separators.subcomponent);
            let is_secret = all || given.any(|by| is_social_security(Some(by), [kind]));
            if !is_secret || !parts[0].contains(char::is_alphanumeric) {
                return repetition.to_owned();
            }
            format!("{}{}", veil.place(parts[0]), &repetition[parts[0].len()..])
        };
        let all: Vec<String> = field.split(separators.repetition).map(|r| one(r, self)).collect();
        all.join(&separators.repetition.to_string())
    }

    /// Whatever looks like a social security number: nine digits, alone or as 3-2-4.
    fn digits(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let (mut from, mut at) = (0, 0);
        while at < text.len() {
            match number_at(text.as_bytes(), at) {
                Some(length) => {
                    out.push_str(&text[from..at]);
                    out.push_str(&self.place(&text[at..at + length]));
                    at += length;
                    from = at;
                }
                None => at += 1,
            }
        }
        out.push_str(&text[from..]);
        out
    }
}

/// Length of the number that begins at `at`.
fn number_at(text: &[u8], at: usize) -> Option<usize> {
    let is_digit = |n: usize| text.get(n).is_some_and(u8::is_ascii_digit);
    let decimal = |n: usize| text.get(n) == Some(&b'.') && is_digit(n + 1);
    if !is_digit(at) || (at > 0 && (is_digit(at - 1) || (text[at - 1] == b'.' && at > 1 && is_digit(at - 2))))
    {
        return None;
    }
    if (0..9).all(|n| is_digit(at + n)) {
        return (!is_digit(at + 9) && !decimal(at + 9)).then_some(9);
    }
    let between = text.get(at + 3).copied().filter(|b| matches!(b, b'-' | b' ' | b'.'))?;
    let shape =
        |n: usize| if matches!(n, 3 | 6) { text.get(at + n) == Some(&between) } else { is_digit(at + n) };
    ((0..11).all(shape) && !is_digit(at + 11)).then_some(11)
}

/// A text without its secrets; `deep`: also without whatever looks like one, wherever it stands.
fn cut(text: &str, deep: bool) -> (String, Veil) {
    let mut veil = Veil::of(text);
    // Where it cannot be read as a message, no field is what its place says.
    let is_read = Message::parse(text.to_owned()).is_ok();
    let separators = Separators::read(text.trim_start()).unwrap_or_default();
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive(ENDS) {
        let bare = line.trim_end_matches(ENDS);
        let name = bare.trim_start().get(..3).unwrap_or_default();
        let mut fields = Vec::new();
        for (number, field) in bare.split(separators.field).enumerate() {
            let spot = (name, number);
            let mut field = if FIELDS.contains(&spot) {
                veil.whole(field, separators)
            } else if NUMBERS.contains(&spot) || INSURANCE.contains(&spot) {
                veil.numbers(field, INSURANCE.contains(&spot), separators)
            } else {
                field.to_owned()
            };
            if deep && !(is_read && (name == "MSH" || OPEN.contains(&spot))) {
                field = veil.digits(&field);
            }
            fields.push(field);
        }
        out.push_str(&fields.join(&separators.field.to_string()));
        out.push_str(&line[bare.len()..]);
    }
    (out, veil)
}

/// The text without the fields that hold secret numbers, as a message that is taken is kept.
pub fn veiled(text: &str) -> String {
    cut(text, false).0
}

/// The text as a person sees it: also without whatever looks like a social security number, in any line.
pub fn shown(text: &str) -> String {
    cut(text, true).0
}

/// A corrected text with the numbers of the original in the places that were left for them.
///
/// # Errors
/// [`UnknownPlace`]: a place that the shown message did not have, or a damaged one.
pub fn unveiled(corrected: &str, original: &str) -> Result<String, UnknownPlace> {
    let (_, veil) = cut(original, true);
    let mut out = String::with_capacity(corrected.len());
    let mut rest = corrected;
    while let Some(at) = rest.find(veil.opening.trim_end()) {
        out.push_str(&rest[..at]);
        let place = rest[at..].strip_prefix(&veil.opening).ok_or(UnknownPlace)?;
        let (number, after) = place.split_once(']').ok_or(UnknownPlace)?;
        let number: usize = number.parse().map_err(|_| UnknownPlace)?;
        let secret = number.checked_sub(1).and_then(|n| veil.secrets.get(n)).ok_or(UnknownPlace)?;
        out.push_str(secret);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> String {
        let (pid, in1) = ("|".repeat(14), "|".repeat(35));
        format!(
            "MSH|^~\\&|A\rPID|1||7^^^H^MR~536-90-4399^^^U^SS||Ruiz^Ana{pid}536904399|DL1\rIN1|1{in1}POL-77\rIN1|2{in1}POL-88\r"
        )
    }

    #[test]
    fn secrets_are_veiled_and_come_back_with_a_correction() {
        let text = text();
        let shown = shown(&text);
        assert!(!shown.contains("4399") && !shown.contains("POL-77"), "{shown}");
        assert!(shown.contains("7^^^H^MR") && shown.contains("DL1"));
        assert!(!veiled(&text).contains("4399"));
        let corrected = shown.replace("Ruiz", "Ruíz");
        assert_eq!(unveiled(&corrected, &text), Ok(text.replace("Ruiz", "Ruíz")));
        let other = shown.replace("[sealed 2]", "457554621");
        assert!(unveiled(&other, &text).is_ok_and(|t| t.contains("|457554621|")), "typed anew, it stands");
    }

    #[test]
    fn a_number_goes_where_its_place_went_and_nobody_gets_anothers() {
        let text = text();
        let shown = shown(&text);
        // The first insurance is deleted: the second keeps its own number.
        let lines: Vec<&str> =
            shown.split_inclusive('\r').filter(|line| !line.starts_with("IN1|1")).collect();
        let corrected = unveiled(&lines.concat(), &text).expect("a text");
        assert!(corrected.contains("POL-88") && !corrected.contains("POL-77"));
        // Another repetition of the field is corrected.
        let corrected = unveiled(&shown.replace("7^^^H^MR", "8^^^H^MR"), &text).expect("a text");
        assert!(corrected.contains("8^^^H^MR~536-90-4399^^^U^SS"));
        for wrong in ["[sealed 9]", "[sealed 0]", "[sealed x]", "[sealed", "[sealed 1"] {
            assert_eq!(unveiled(&format!("MSH|^~\\&|\rNTE|1||{wrong}"), &text), Err(UnknownPlace), "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_read_shows_no_such_number_either() {
        let pid = format!("PID|1||7^^^H^MR||Ruiz^Ana{}536904399", "|".repeat(14));
        for text in [
            format!("MSH|^~\\&|A\r {pid}"),
            format!("MSH|^~\\&|A\u{1e}{pid}\u{1e}"),
            format!("stray\u{b}{pid}"),
            "PID#1##536904399*x\nPID#1##536-90-4399".into(),
            "MSH|^~\\&|A\rMRG|7^^^H^MR|||536904399^^^U^SS".into(),
            "MSH|^~\\&|A\rPID|1||536904399^^^&2.16.840.1.113883.4.1&ISO^PI".into(),
            "MSH|^~\\&|A\rNTE|1||her number is 536-90-4399, or 536 90 4399, or SSN536904399".into(),
        ] {
            let shown = shown(&text);
            assert!(!shown.contains("4399"), "{shown}");
            assert_eq!(unveiled(&shown, &text).as_deref(), Ok(&*text));
        }
        let open = "MSH|^~\\&|A|||||||123456789\rPID|1||123456789^^^H^MR||||||||||915551234\rOBX|1|NM|x||123456789.5";
        assert_eq!(shown(open), open, "numbers that are none stay");
    }

    proptest! {
        #[test]
        fn the_veil_loses_nothing(text in "MSH\\|\\^~\\\\&\\|(\r(PID|IN1|OBX| PID)[|0-9A-Z^~é\\[\\]a-z ]{0,80}){0,5}") {
            prop_assert_eq!(unveiled(&shown(&text), &text), Ok(text.clone()));
        }
    }
}
