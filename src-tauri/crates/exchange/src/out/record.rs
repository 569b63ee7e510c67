//! A record of the chart → its FHIR R4 resource, element by element the mirror of [`crate::fhir::record`].

use rustcare_model::clinical_record::{Amount, ClinicalRecord, EncounterDiagnosis, Qualifier, RecordKind};
use rustcare_model::code::Code;

use super::patient::coding;
use super::tree::Tree;

const TERMINOLOGY: &str = "http://terminology.hl7.org/CodeSystem/";
/// UCUM in FHIR.
const UCUM: &str = "http://unitsofmeasure.org";

fn text(value: &Option<String>) -> Option<Tree> {
    value.clone().map(Tree::Text)
}

fn of_system(system: &str, code: &str) -> Code {
    Code { system: format!("{TERMINOLOGY}{system}"), code: code.to_owned(), display: None }
}

fn concept_of_code(code: &Code) -> Tree {
    Tree::object([("coding", Some(Tree::list_of(coding(code))))])
}

/// What the record is about: its codes and its own words.
fn concept(record: &ClinicalRecord) -> Tree {
    let codings: Vec<Tree> = record.codes.iter().map(coding).collect();
    Tree::object([
        ("coding", (!codings.is_empty()).then_some(Tree::Array(codings))),
        ("text", Some(Tree::text(&*record.title))),
    ])
}

/// A logical id as FHIR R4 allows it: the source's own, or one that is made of it where the source is no FHIR.
pub(crate) fn fhir_id(id: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    if (1..=64).contains(&id.len()) && id.bytes().all(plain) {
        return id.to_owned();
    }
    blake3::hash(id.as_bytes()).to_hex().as_str()[..32].to_owned()
}

/// A reference to `Type/id`.
fn reference_to(name: &str) -> Tree {
    match name.split_once('/') {
        Some((kind, id)) => reference(&format!("{kind}/{}", fhir_id(id))),
        None => reference(name),
    }
}

/// A reference.
pub(crate) fn reference(to: &str) -> Tree {
    Tree::object([("reference", Some(Tree::text(to)))])
}

/// A quantity: the comparator apart, the decimal as written.
fn quantity(amount: &Amount) -> Tree {
    let comparators = ["<=", ">=", "<", ">"];
    let comparator = comparators.into_iter().find(|c| amount.written.starts_with(c));
    let digits = comparator.map_or(amount.written.as_str(), |c| &amount.written[c.len()..]);
    Tree::object([
        ("value", Some(Tree::Bare(digits.to_owned()))),
        ("comparator", comparator.map(Tree::text)),
        ("unit", text(&amount.unit)),
        ("system", amount.ucum.as_ref().map(|_| Tree::text(UCUM))),
        ("code", text(&amount.ucum)),
    ])
}

/// Whether a text is a decimal as JSON writes it.
fn is_decimal(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
        && serde_json::from_str::<&serde_json::value::RawValue>(text).is_ok()
}

fn is_amount(amount: &Amount) -> bool {
    is_decimal(amount.written.trim_start_matches(['<', '>', '=']))
}

/// `3–5`, `≥ 3` and `≤ 5` were read from two numbers and are two numbers again; anything else is text.
fn range(written: &str) -> Tree {
    let number = |digits: &str| {
        is_decimal(digits).then(|| Tree::object([("value", Some(Tree::Bare(digits.to_owned())))]))
    };
    let (low, high) = if let Some((low, high)) = written.split_once('–') {
        (number(low), number(high))
    } else if let Some(low) = written.strip_prefix("≥ ") {
        (number(low), None)
    } else {
        (None, written.strip_prefix("≤ ").and_then(number))
    };
    let both_needed = written.contains('–');
    if (low.is_none() && high.is_none()) || (both_needed && (low.is_none() || high.is_none())) {
        return Tree::object([("text", Some(Tree::text(written)))]);
    }
    Tree::object([("low", low), ("high", high)])
}

fn period(record: &ClinicalRecord) -> Option<Tree> {
    let date = |d: &Option<rustcare_model::date_reading::PartialDate>| {
        d.as_ref().map(|d| Tree::text(d.as_written()))
    };
    let period = Tree::object([("start", date(&record.start)), ("end", date(&record.end))]);
    (!period.is_empty()).then_some(period)
}

/// What was measured or found: members of an observation or of a component.
fn value_members(record: &ClinicalRecord, into: &mut Tree) {
    if let Some(amount) = &record.amount {
        if is_amount(amount) {
            into.put("valueQuantity", quantity(amount));
        } else {
            let unit = amount.unit.as_deref().map(|u| format!(" {u}")).unwrap_or_default();
            into.put("valueString", Tree::text(format!("{}{unit}", amount.written)));
        }
    } else if let Some(detail) = &record.detail {
        into.put("valueString", Tree::text(&**detail));
    }
    if let Some(all) = &record.interpretation {
        into.put("interpretation", Tree::Array(all.split(';').map(interpretation).collect()));
    }
    if let Some(written) = &record.reference_range {
        into.put("referenceRange", Tree::list_of(range(written)));
    }
}

/// Codes of the system are capitals and signs; anything else are words.
fn interpretation(said: &str) -> Tree {
    if said.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'<' | b'>' | b'-')) {
        return concept_of_code(&of_system("v3-ObservationInterpretation", said));
    }
    Tree::object([("text", Some(Tree::text(said)))])
}

fn component(record: &ClinicalRecord) -> Tree {
    let mut tree = Tree::object([("code", Some(concept(record)))]);
    value_members(record, &mut tree);
    tree
}

fn diagnosis(d: &EncounterDiagnosis) -> Tree {
    Tree::object([
        ("condition", Some(reference_to(&d.condition))),
        ("use", d.role.as_deref().map(|r| concept_of_code(&of_system("diagnosis-role", r)))),
        ("rank", d.rank.map(|r| Tree::Bare(r.to_string()))),
    ])
}

/// Reads a reaction back from its words: `Hives, severe`.
fn reaction(detail: &str) -> Tree {
    let (words, severity) = match detail.rsplit_once(", ") {
        Some((words, word @ ("mild" | "moderate" | "severe"))) => (Some(words), Some(word)),
        None if matches!(detail, "mild" | "moderate" | "severe") => (None, Some(detail)),
        _ => (Some(detail), None),
    };
    let manifestation = words.map(|w| Tree::list_of(Tree::object([("text", Some(Tree::text(w)))])));
    Tree::list_of(Tree::object([("manifestation", manifestation), ("severity", severity.map(Tree::text))]))
}

fn qualifier_members(record: &ClinicalRecord, tree: &mut Tree) {
    let Some(qualifier) = record.qualifier else { return };
    match (record.kind, qualifier) {
        (_, Qualifier::DoNotPerform) => tree.put("doNotPerform", Tree::Bare("true".into())),
        (RecordKind::MedicationRequest, intent) => tree.put("intent", Tree::text(intent.as_str())),
        // Refuted and entered in error say more than that it was uncertain before.
        _ if matches!(record.status.as_deref(), Some("refuted" | "entered-in-error")) => {}
        (RecordKind::AllergyIntolerance, word) => {
            let code = of_system("allergyintolerance-verification", word.as_str());
            tree.put("verificationStatus", concept_of_code(&code));
        }
        (_, word) => {
            let code = of_system("condition-ver-status", word.as_str());
            tree.put("verificationStatus", concept_of_code(&code));
        }
    }
}

fn status_members(record: &ClinicalRecord, tree: &mut Tree) {
    let Some(status) = record.status.as_deref() else { return };
    let (clinical, verification) = match record.kind {
        RecordKind::Condition => ("condition-clinical", "condition-ver-status"),
        RecordKind::AllergyIntolerance => ("allergyintolerance-clinical", "allergyintolerance-verification"),
        _ => return tree.put("status", Tree::text(status)),
    };
    if matches!(status, "refuted" | "entered-in-error") {
        tree.put("verificationStatus", concept_of_code(&of_system(verification, status)));
    } else {
        tree.put("clinicalStatus", concept_of_code(&of_system(clinical, status)));
    }
}

fn category(record: &ClinicalRecord) -> Option<Tree> {
    let code = record.category.as_deref()?;
    let system = match record.kind {
        RecordKind::AllergyIntolerance => return Some(Tree::list_of(Tree::text(code))),
        RecordKind::Condition => format!("{TERMINOLOGY}condition-category"),
        RecordKind::Observation => format!("{TERMINOLOGY}observation-category"),
        RecordKind::MedicationRequest => format!("{TERMINOLOGY}medicationrequest-category"),
        RecordKind::DiagnosticReport => format!("{TERMINOLOGY}v2-0074"),
        _ => String::new(),
    };
    let concept = concept_of_code(&Code { system, code: code.to_owned(), display: None });
    Some(match record.kind {
        // One concept, where the others have a list.
        RecordKind::Procedure | RecordKind::MedicationAdministration => concept,
        _ => Tree::list_of(concept),
    })
}

/// Whether the words are only what [`crate::fhir::record`] falls back to.
fn is_fallback(record: &ClinicalRecord, fallback: &str) -> bool {
    record.codes.is_empty() && record.title == fallback
}

fn type_members(record: &ClinicalRecord, tree: &mut Tree) {
    let start = || record.start.as_ref().map(|d| Tree::text(d.as_written()));
    let end = || record.end.as_ref().map(|d| Tree::text(d.as_written()));
    let mut put = |name: &str, value: Option<Tree>| {
        if let Some(value) = value {
            tree.put(name, value);
        }
    };
    let detail = record.detail.as_deref();
    match record.kind {
        RecordKind::Encounter => {
            let class = detail.map(|d| coding(&of_system("v3-ActCode", d)));
            put("class", class);
            put("type", (!is_fallback(record, "Encounter")).then(|| Tree::list_of(concept(record))));
            put("period", period(record));
            let diagnoses: Vec<Tree> = record.diagnoses.iter().map(diagnosis).collect();
            put("diagnosis", (!diagnoses.is_empty()).then_some(Tree::Array(diagnoses)));
        }
        RecordKind::Condition => {
            put("code", Some(concept(record)));
            put("onsetDateTime", start());
            put("abatementDateTime", end());
        }
        RecordKind::Observation => {
            put("code", Some(concept(record)));
            put("effectiveDateTime", start());
        }
        RecordKind::MedicationRequest => {
            put("medicationCodeableConcept", Some(concept(record)));
            put("authoredOn", start());
            let dosage = |d| Tree::list_of(Tree::object([("text", Some(Tree::text(d)))]));
            put("dosageInstruction", detail.map(dosage));
        }
        RecordKind::MedicationAdministration => {
            put("medicationCodeableConcept", Some(concept(record)));
            if record.end.is_some() {
                put("effectivePeriod", period(record));
            } else {
                put("effectiveDateTime", start());
            }
            put("dosage", detail.map(|d| Tree::object([("text", Some(Tree::text(d)))])));
        }
        RecordKind::Procedure => {
            put("code", Some(concept(record)));
            if record.end.is_some() {
                put("performedPeriod", period(record));
            } else {
                put("performedDateTime", start());
            }
        }
        RecordKind::Immunization => {
            put("vaccineCode", Some(concept(record)));
            put("occurrenceDateTime", start());
        }
        RecordKind::AllergyIntolerance => {
            put("code", (!is_fallback(record, "Allergy without a name")).then(|| concept(record)));
            put("onsetDateTime", start());
            put("reaction", detail.map(reaction));
        }
        RecordKind::DocumentReference => {
            if record.codes.is_empty() {
                put("description", (record.title != "Document").then(|| Tree::text(&*record.title)));
            } else {
                put("type", Some(concept(record)));
            }
            put("date", start());
        }
        RecordKind::DiagnosticReport => {
            put("code", Some(concept(record)));
            if record.end.is_some() {
                put("effectivePeriod", period(record));
            } else {
                put("effectiveDateTime", start());
            }
            put("conclusion", detail.map(Tree::text));
        }
        RecordKind::CarePlan => {
            put("title", Some(Tree::text(&*record.title)));
            put("description", detail.map(Tree::text));
            put("period", period(record));
        }
        RecordKind::Coverage => {
            put("type", (!is_fallback(record, "Coverage")).then(|| concept(record)));
            put("period", period(record));
        }
        RecordKind::Device => {
            put("type", Some(concept(record)));
            put("manufactureDate", start());
            put("expirationDate", end());
        }
    }
}

fn encounter_members(record: &ClinicalRecord, tree: &mut Tree) {
    let Some(encounter) = record.encounter.as_deref() else { return };
    match record.kind {
        RecordKind::DocumentReference => {
            let list = Tree::list_of(reference_to(encounter));
            tree.put("context", Tree::object([("encounter", Some(list))]));
        }
        RecordKind::MedicationAdministration => tree.put("context", reference_to(encounter)),
        _ => tree.put("encounter", reference_to(encounter)),
    }
}

/// The member that names the patient.
pub(crate) fn patient_member(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Immunization | RecordKind::AllergyIntolerance | RecordKind::Device => "patient",
        RecordKind::Coverage => "beneficiary",
        _ => "subject",
    }
}

/// The resource that a record and its components say. The first record is the resource itself.
pub(crate) fn render(id: &str, patient: &str, records: &[ClinicalRecord]) -> Option<Tree> {
    let (record, components) = records.split_first()?;
    let mut tree = Tree::object([
        ("resourceType", Some(Tree::text(record.kind.resource_type()))),
        ("id", Some(Tree::text(fhir_id(id)))),
    ]);
    status_members(record, &mut tree);
    qualifier_members(record, &mut tree);
    if let Some(category) = category(record) {
        tree.put("category", category);
    }
    tree.put(patient_member(record.kind), reference(&format!("Patient/{patient}")));
    encounter_members(record, &mut tree);
    type_members(record, &mut tree);
    if let Some(issued) = &record.issued {
        tree.put("issued", Tree::text(issued.as_written()));
    }
    if record.kind == RecordKind::Observation {
        value_members(record, &mut tree);
        if !components.is_empty() {
            tree.put("component", Tree::Array(components.iter().map(component).collect()));
        }
    }
    Some(tree)
}
