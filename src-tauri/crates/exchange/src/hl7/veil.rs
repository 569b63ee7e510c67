//! Numbers that are secrets in the register (social security, insurance) stand in clear in a message. What is taken is kept
//! without them; what waits in quarantine is kept byte for byte but shown without them, and a correction that leaves the
//! veil in place gets the number back.

use super::message::Separators;

/// What stands for a digit or letter of a secret.
const VEIL: char = '*';

/// Whole fields that hold a secret number.
const FIELDS: [(&str, usize); 7] =
    [("PID", 19), ("IN1", 36), ("IN1", 49), ("IN2", 2), ("GT1", 12), ("NK1", 37), ("IN2", 6)];
/// Fields of numbers, of which those of the kinds SS and SB are secret.
const NUMBERS: [(&str, usize); 5] = [("PID", 2), ("PID", 3), ("PID", 4), ("MRG", 1), ("NK1", 33)];

fn veiled_text(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { VEIL } else { c }).collect()
}

/// A field without its secrets; `None` where it has none.
fn veiled_field(name: &str, number: usize, field: &str, separators: Separators) -> Option<String> {
    if FIELDS.contains(&(name, number)) {
        return field.contains(char::is_alphanumeric).then(|| veiled_text(field));
    }
    if !NUMBERS.contains(&(name, number)) {
        return None;
    }
    let mut any = false;
    let repetitions: Vec<String> = field
        .split(separators.repetition)
        .map(|repetition| {
            let mut parts: Vec<String> = repetition.split(separators.component).map(str::to_owned).collect();
            if parts.get(4).is_some_and(|kind| matches!(kind.trim(), "SS" | "SB")) {
                any = true;
                parts[0] = veiled_text(&parts[0]);
            }
            parts.join(&separators.component.to_string())
        })
        .collect();
    any.then(|| repetitions.join(&separators.repetition.to_string()))
}

/// Goes through the fields of each line; `change` says what a field becomes.
fn with_fields(
    text: &str,
    separators: Separators,
    mut change: impl FnMut(&str, usize, usize, &str) -> Option<String>,
) -> String {
    let mut counts: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive(['\r', '\n']) {
        let bare = line.trim_end_matches(['\r', '\n']);
        let name = bare.get(..3).unwrap_or_default();
        if !FIELDS.iter().chain(&NUMBERS).any(|(n, _)| *n == name) {
            out.push_str(line);
            continue;
        }
        let nth = counts.entry(name.to_owned()).and_modify(|n| *n += 1).or_insert(1);
        let fields: Vec<String> = bare
            .split(separators.field)
            .enumerate()
            .map(|(number, field)| change(name, *nth, number, field).unwrap_or_else(|| field.to_owned()))
            .collect();
        out.push_str(&fields.join(&separators.field.to_string()));
        out.push_str(&line[bare.len()..]);
    }
    out
}

/// The text without secret numbers.
pub fn veiled(text: &str) -> String {
    let separators = Separators::read(text).unwrap_or_default();
    with_fields(text, separators, |name, _, number, field| veiled_field(name, number, field, separators))
}

/// A corrected text with the numbers of the original where their veil was left in place.
pub fn unveiled(corrected: &str, original: &str) -> String {
    let separators = Separators::read(original).unwrap_or_default();
    let mut secrets: std::collections::HashMap<(String, usize, usize), (String, String)> = Default::default();
    with_fields(original, separators, |name, nth, number, field| {
        if let Some(veil) = veiled_field(name, number, field, separators) {
            secrets.insert((name.to_owned(), nth, number), (veil, field.to_owned()));
        }
        None
    });
    let own = Separators::read(corrected).unwrap_or_default();
    with_fields(corrected, own, |name, nth, number, field| {
        let (veil, secret) = secrets.get(&(name.to_owned(), nth, number))?;
        (field == veil).then(|| secret.clone())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> String {
        let (pid, in1) = ("|".repeat(14), "|".repeat(35));
        format!(
            "MSH|^~\\&|A\rPID|1||7^^^H^MR~536-90-4399^^^U^SS||Ruiz^Ana{pid}536904399|DL1\rIN1|1{in1}POL-77\r"
        )
    }

    #[test]
    fn secrets_are_veiled_and_come_back_with_a_correction() {
        let text = text();
        let shown = veiled(&text);
        assert!(
            !shown.contains("4399")
                && !shown.contains("POL-77")
                && shown.contains("7^^^H^MR")
                && shown.contains("DL1")
        );
        let corrected = shown.replace("Ruiz", "Ruíz");
        assert_eq!(unveiled(&corrected, &text), text.replace("Ruiz", "Ruíz"));
        let other = shown.replace("|*********|", "|457554621|");
        assert!(unveiled(&other, &text).contains("|457554621|"), "a number that was typed anew stands");
    }

    proptest! {
        #[test]
        fn the_veil_loses_nothing_else(text in "MSH\\|\\^~\\\\&\\|(\r(PID|IN1|OBX)[|0-9A-Z^~é]{0,80}){0,5}") {
            prop_assert_eq!(unveiled(&veiled(&text), &text), text);
        }
    }
}
