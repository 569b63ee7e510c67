//! What FHIR R4 demands of a resource and nobody said: put in with a word that claims nothing, or as absent, and told in the report.
//!
//! Source: the cardinalities of HL7 FHIR R4 (4.0.1), <https://hl7.org/fhir/R4/resourcelist.html>.

use rustcare_model::clinical_record::RecordKind;

use super::loss::{Cause, LossTally};
use super::tree::Tree;

const DATA_ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

fn absent() -> Tree {
    Tree::object([(
        "extension",
        Some(Tree::list_of(Tree::object([
            ("url", Some(Tree::text(DATA_ABSENT))),
            ("valueCode", Some(Tree::text("unknown"))),
        ]))),
    )])
}

/// Puts in what a resource of `kind` cannot be without. A status "unknown" is put in where the value set has one; elsewhere the
/// element stands there without a value, and says so (FHIR R4, data-absent-reason): nobody is said to have been vaccinated,
/// covered or prescribed for who was not.
pub(crate) fn required(kind: RecordKind, whole: &mut Tree, losses: &mut LossTally) {
    let resource_type = kind.resource_type();
    let mut assume = |name: &str, value: Option<Tree>| {
        let beside = format!("_{name}");
        if whole.get(name).is_none() && whole.get(&beside).is_none() {
            match value {
                Some(value) => whole.put(name, value),
                None => whole.put(&beside, absent()),
            }
            losses.note(format!("{resource_type}.{name}"), Cause::Assumed);
        }
    };
    let unknown = || Some(Tree::text("unknown"));
    match kind {
        RecordKind::Encounter => {
            assume("status", unknown());
            let class = Tree::object([
                ("system", Some(Tree::text("http://terminology.hl7.org/CodeSystem/v3-NullFlavor"))),
                ("code", Some(Tree::text("UNK"))),
            ]);
            assume("class", Some(class));
        }
        RecordKind::Observation | RecordKind::Procedure | RecordKind::DiagnosticReport => {
            assume("status", unknown());
        }
        RecordKind::MedicationRequest | RecordKind::CarePlan => {
            assume("status", unknown());
            assume("intent", None);
        }
        RecordKind::Immunization => assume("status", None),
        RecordKind::MedicationAdministration => assume("status", unknown()),
        RecordKind::DocumentReference => {
            assume("status", None);
            let content = Tree::object([("attachment", Some(absent()))]);
            assume("content", Some(Tree::list_of(content)));
        }
        RecordKind::Coverage => {
            assume("status", None);
            assume("payor", Some(Tree::list_of(Tree::object([("display", unknown())]))));
        }
        RecordKind::Condition | RecordKind::AllergyIntolerance | RecordKind::Device => {}
    }
    let choice = match kind {
        RecordKind::Immunization => Some(("occurrence", "_occurrenceDateTime")),
        RecordKind::MedicationAdministration => Some(("effective", "_effectiveDateTime")),
        _ => None,
    };
    if let (Some((stem, name)), Tree::Object(members)) = (choice, &mut *whole)
        && !members.iter().any(|(n, _)| n.trim_start_matches('_').starts_with(stem))
    {
        members.push((name.to_owned(), absent()));
        losses.note(format!("{}.{stem}[x]", kind.resource_type()), Cause::Assumed);
    }
}
