//! What FHIR R4 demands of a resource and nobody said: put in with a word that claims nothing, and told in the report.
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

/// Puts in what a resource of `kind` cannot be without.
pub(crate) fn required(kind: RecordKind, whole: &mut Tree, losses: &mut LossTally) {
    let mut assume = |name: &str, value: Tree| {
        if whole.get(name).is_none() {
            whole.put(name, value);
            losses.note(format!("{}.{name}", kind.resource_type()), Cause::Assumed);
        }
    };
    let unknown = || Tree::text("unknown");
    match kind {
        RecordKind::Encounter => {
            assume("status", unknown());
            assume(
                "class",
                Tree::object([
                    ("system", Some(Tree::text("http://terminology.hl7.org/CodeSystem/v3-NullFlavor"))),
                    ("code", Some(Tree::text("UNK"))),
                ]),
            );
        }
        RecordKind::Observation | RecordKind::Procedure | RecordKind::DiagnosticReport => {
            assume("status", unknown());
        }
        RecordKind::MedicationRequest => {
            assume("status", unknown());
            assume("intent", Tree::text("order"));
        }
        RecordKind::CarePlan => {
            assume("status", unknown());
            assume("intent", Tree::text("plan"));
        }
        RecordKind::Immunization => assume("status", Tree::text("completed")),
        RecordKind::MedicationAdministration => assume("status", unknown()),
        RecordKind::DocumentReference => {
            assume("status", Tree::text("current"));
            assume("content", Tree::list_of(Tree::object([("attachment", Some(absent()))])));
        }
        RecordKind::Coverage => {
            assume("status", Tree::text("active"));
            assume("payor", Tree::list_of(Tree::object([("display", Some(unknown()))])));
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
