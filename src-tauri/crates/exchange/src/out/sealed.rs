//! Sealed numbers on their way out: taken out of every text, or put back where the export may carry them.

use rustcare_model::patient::PatientSecrets;

use super::loss::{Cause, LossTally};
use super::patient::social_security_number;
use super::tree::Tree;

/// What stands in place of a number.
const IN_PLACE: &str = "sealed";

fn is_social_security(identifier: &Tree) -> bool {
    let system = identifier.get("system").and_then(Tree::as_text);
    let codings = identifier.get("type").and_then(|t| t.get("coding")).map_or(&[][..], Tree::items);
    let kinds = codings.iter().filter_map(|c| c.get("code").and_then(Tree::as_text));
    crate::social_security::is_social_security(system, kinds)
}

/// Takes the social security identifiers out of a `Patient`; answers with them.
pub(crate) fn take_identifiers(patient: &mut Tree) -> Vec<Tree> {
    let Some(Tree::Array(identifiers)) = patient.get_mut("identifier") else { return Vec::new() };
    let (taken, left) = std::mem::take(identifiers).into_iter().partition(is_social_security);
    *identifiers = left;
    if patient.get("identifier").is_some_and(Tree::is_empty) {
        patient.take("identifier");
    }
    taken
}

/// Adds an item to a list of an object, making the list where there is none.
pub(crate) fn add_item(to: &mut Tree, list: &str, item: Tree) {
    match to.get_mut(list) {
        Some(Tree::Array(items)) => items.push(item),
        _ => to.put(list, Tree::list_of(item)),
    }
}

/// Puts the social security number back: into the identifier that it was taken from, or into one of its own.
pub(crate) fn put_back(patient: &mut Tree, taken: Vec<Tree>, secrets: &PatientSecrets) {
    let Some(ssn) = &secrets.ssn else { return };
    let mut identifier = taken.into_iter().next().unwrap_or_else(|| social_security_number(ssn));
    identifier.put("value", Tree::text(ssn.reveal()));
    add_item(patient, "identifier", identifier);
}

/// Takes whatever looks like a social security number, and the patient's own numbers where they are known, out of every
/// text of a resource.
pub(crate) fn take_out(resource: &mut Tree, secrets: Option<&PatientSecrets>, losses: &mut LossTally) {
    let resource_type = resource.get("resourceType").and_then(Tree::as_text).unwrap_or("").to_owned();
    resource.texts(&mut vec![resource_type], &mut |path, text| {
        let secrets = secrets.filter(|_| !is_structural(path.last().map_or("", String::as_str)));
        if let Some(clean) = without_numbers(text, secrets) {
            *text = clean;
            losses.note(path.join("."), Cause::Sealed);
        }
    });
}

/// Elements that hold ids, references, codes and dates, none of which anybody types a number into: a short insurance number
/// that is part of one of them takes nothing out of it. What looks like a social security number goes everywhere.
fn is_structural(element: &str) -> bool {
    matches!(
        element,
        "id" | "reference"
            | "resourceType"
            | "system"
            | "url"
            | "code"
            | "versionId"
            | "date"
            | "start"
            | "end"
            | "issued"
            | "recorded"
            | "authoredOn"
            | "lastUpdated"
            | "fullUrl"
    ) || element.ends_with("Date")
        || element.ends_with("DateTime")
}

/// A text with each occurrence of `number` that stands by itself replaced: between other letters or digits it is part of
/// something else.
fn replaced(text: &str, number: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(number) {
        let before = text[..at].chars().next_back();
        let after = text[at + number.len()..].chars().next();
        if [before, after].into_iter().flatten().any(char::is_alphanumeric) {
            continue;
        }
        out.push_str(&text[from..at]);
        out.push_str(IN_PLACE);
        from = at + number.len();
    }
    out.push_str(&text[from..]);
    out
}

/// A text without numbers that are sealed; `None` when it holds none.
pub(crate) fn without_numbers(text: &str, secrets: Option<&PatientSecrets>) -> Option<String> {
    let mut clean = crate::parse::without_social_security_numbers(text);
    if let Some(secrets) = secrets {
        let own =
            [secrets.ssn.as_ref().map(|s| s.reveal()), secrets.insurance_number.as_ref().map(|s| s.reveal())];
        for number in own.into_iter().flatten().filter(|n| n.len() >= 5) {
            clean = replaced(&clean, number);
        }
    }
    (clean != text).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn social_security_numbers_under_any_name_are_taken_out() {
        let json = r#"{"resourceType":"Patient","identifier":[
            {"system":"urn:oid:2.16.840.1.113883.4.1","value":"536904399"},
            {"type":{"coding":[{"code":"PI"},{"code":"SS"}]},"system":"x","value":"536904399"},
            {"type":{"coding":[{"code":"MR"}]},"system":"x","value":"7"}]}"#;
        let mut patient = Tree::parse(json).unwrap();
        assert_eq!(take_identifiers(&mut patient).len(), 2);
        assert!(!patient.to_json().contains("536904399") && patient.to_json().contains("\"7\""));
    }

    #[test]
    fn a_number_is_taken_out_where_it_stands_by_itself_and_out_of_no_id_or_date() {
        assert_eq!(replaced("card 12345, RC0012345X; (12345)", "12345"), "card sealed, RC0012345X; (sealed)");
        assert_eq!(replaced("1234512345", "12345"), "1234512345");
        let secrets = PatientSecrets {
            ssn: None,
            insurance_number: Some(rustcare_model::secret::InsuranceNumber::parse("20240203").unwrap()),
        };
        let mut tree = Tree::parse(
            r#"{"resourceType":"Coverage","id":"20240203","subscriberId":"20240203","period":{"start":"20240203"},
                "note":"card 20240203"}"#,
        )
        .unwrap();
        take_out(&mut tree, Some(&secrets), &mut LossTally::default());
        let json = tree.to_json();
        assert!(json.contains(r#""id":"20240203""#) && json.contains(r#""start":"20240203""#), "{json}");
        assert!(json.contains(r#""subscriberId":"sealed""#) && json.contains("card sealed"), "{json}");
    }

    #[test]
    fn one_that_an_earlier_version_registered_as_an_identifier_goes_out_no_more() {
        let json = r#"{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"7"}]}"#;
        let today = jiff::civil::date(2026, 11, 27);
        let mut demographics = crate::fhir::patient::read(json, "US", today).unwrap().demographics;
        let mut number = demographics.identifiers[0].clone();
        (number.authority, number.value) = ("urn:oid:2.16.840.1.113883.4.1".into(), "536904399".into());
        demographics.identifiers.push(number);
        let out = crate::out::patient::render("a", &demographics).to_json();
        assert!(out.contains("urn:x") && !out.contains("536904399"), "{out}");
    }
}
