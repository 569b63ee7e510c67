//! What the register knows of a patient → FHIR R4 `Patient`, element by element the mirror of [`crate::fhir::patient`].

use rustcare_model::birth::Birth;
use rustcare_model::code::Code;
use rustcare_model::name::PersonName;
use rustcare_model::patient::{Address, ContactPerson, Demographics, ForeignIdentifier};
use rustcare_model::secret::Ssn;

use super::loss::{Cause, LossTally};
use super::tree::Tree;
use crate::social_security::{SSN_SYSTEM, is_social_security};

/// HL7 v2 table 0203, identifier types.
const IDENTIFIER_TYPE: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";
/// BCP 47 language tags in FHIR.
const LANGUAGE: &str = "urn:ietf:bcp:47";
/// R4's own extension for the need of an interpreter.
const INTERPRETER: &str = "http://hl7.org/fhir/StructureDefinition/patient-interpreterRequired";

fn text(value: &Option<String>) -> Option<Tree> {
    value.clone().map(Tree::Text)
}

/// A coding.
pub(crate) fn coding(code: &Code) -> Tree {
    let system = (!code.system.is_empty()).then(|| Tree::text(&*code.system));
    Tree::object([
        ("system", system),
        ("code", Some(Tree::text(&*code.code))),
        ("display", text(&code.display)),
    ])
}

fn name(name: &PersonName) -> Option<Tree> {
    let mut given: Vec<Tree> = name.given.iter().map(Tree::text).collect();
    // `Mary Ann` as one middle name or as two is the same text when it is read.
    let middle = name.middle.iter().flat_map(|m| m.split(' ')).filter(|m| !m.is_empty());
    given.extend(middle.map(Tree::text));
    let list = |part: &Option<String>| part.as_deref().map(|p| Tree::list_of(Tree::text(p)));
    let named = Tree::object([
        ("use", Some(Tree::text("official"))),
        ("family", text(&name.family)),
        ("given", (!given.is_empty()).then_some(Tree::Array(given))),
        ("prefix", list(&name.prefix)),
        ("suffix", list(&name.suffix)),
    ]);
    (named.get("family").is_some() || named.get("given").is_some()).then_some(named)
}

fn identifier(i: &ForeignIdentifier) -> Tree {
    let kind = Code { system: IDENTIFIER_TYPE.into(), code: i.kind.clone(), display: None };
    let period = Tree::object([("start", text(&i.period_start)), ("end", text(&i.period_end))]);
    let kind = Tree::object([("coding", Some(Tree::list_of(coding(&kind))))]);
    Tree::object([
        ("type", (!i.kind.is_empty()).then_some(kind)),
        ("system", Some(Tree::text(&*i.authority))),
        ("value", Some(Tree::text(&*i.value))),
        ("period", (!period.is_empty()).then_some(period)),
    ])
}

/// A register filled by an earlier version may hold a social security number as an identifier; none goes out as one.
pub(crate) fn is_sealed(i: &ForeignIdentifier) -> bool {
    is_social_security(Some(&i.authority), [i.kind.as_str()])
}

/// The clinic's own record number.
pub(crate) fn own_number(system: &str, mrn: &str) -> Tree {
    let kind = Code { system: IDENTIFIER_TYPE.into(), code: "MR".into(), display: None };
    Tree::object([
        ("use", Some(Tree::text("usual"))),
        ("type", Some(Tree::object([("coding", Some(Tree::list_of(coding(&kind))))]))),
        ("system", Some(Tree::text(system))),
        ("value", Some(Tree::text(mrn))),
    ])
}

/// A record that this one stands for since they were merged (`Patient.link`, link type `replaces`).
pub(crate) fn replaced(system: &str, mrn: &str) -> Tree {
    Tree::object([
        ("other", Some(Tree::object([("identifier", Some(own_number(system, mrn)))]))),
        ("type", Some(Tree::text("replaces"))),
    ])
}

/// A social security number; only for an export that may carry it.
pub(crate) fn social_security_number(ssn: &Ssn) -> Tree {
    let kind = Code { system: IDENTIFIER_TYPE.into(), code: "SS".into(), display: None };
    Tree::object([
        ("type", Some(Tree::object([("coding", Some(Tree::list_of(coding(&kind))))]))),
        ("system", Some(Tree::text(SSN_SYSTEM))),
        ("value", Some(Tree::text(ssn.reveal()))),
    ])
}

fn address(address: &Address) -> Option<Tree> {
    let lines: Vec<Tree> = address.line.iter().flat_map(|l| l.split(", ")).map(Tree::text).collect();
    let tree = Tree::object([
        ("line", (!lines.is_empty()).then_some(Tree::Array(lines))),
        ("city", text(&address.city)),
        ("state", text(&address.state)),
        ("postalCode", text(&address.postal_code)),
        ("country", text(&address.country)),
    ]);
    (!tree.is_empty()).then_some(tree)
}

fn contact(contact: &ContactPerson) -> Option<Tree> {
    let relationship =
        contact.relationship.as_deref().map(|r| Tree::list_of(Tree::object([("text", Some(Tree::text(r)))])));
    let phone = contact.phone.as_deref().map(|p| Tree::list_of(telecom("phone", p)));
    let named = contact.name.as_deref().map(|n| Tree::object([("text", Some(Tree::text(n)))]));
    let tree = Tree::object([("relationship", relationship), ("name", named), ("telecom", phone)]);
    (!tree.is_empty()).then_some(tree)
}

fn telecom(system: &str, value: &str) -> Tree {
    Tree::object([("system", Some(Tree::text(system))), ("value", Some(Tree::text(value)))])
}

/// The `Patient` that the register's fields say.
pub(crate) fn render(id: &str, d: &Demographics) -> Tree {
    let mut names: Vec<Tree> = name(&d.name).into_iter().collect();
    if let Some(preferred) = &d.name.preferred {
        names.push(Tree::object([
            ("use", Some(Tree::text("nickname"))),
            ("given", Some(Tree::list_of(Tree::text(preferred)))),
        ]));
    }
    let mut telecoms: Vec<Tree> = d.phones.iter().map(|p| telecom("phone", &p.as_written)).collect();
    telecoms.extend(d.email.as_ref().map(|e| telecom("email", e.as_str())));
    let birth = match &d.birth {
        Birth::Known { date } => Some(date.date().to_string()),
        Birth::Partial { written } => Some(written.as_written().to_owned()),
        Birth::Estimated { .. } => d.birth.reference_day().map(|day| format!("{:04}", day.year())),
        Birth::NotRecorded => None,
    };
    let interpreter = d.interpreter_needed.then(|| {
        Tree::list_of(Tree::object([
            ("url", Some(Tree::text(INTERPRETER))),
            ("valueBoolean", Some(Tree::truth(true))),
        ]))
    });
    let language = d.language.as_deref().map(|l| {
        let code = Code { system: LANGUAGE.into(), code: l.to_owned(), display: None };
        let language = Tree::object([("coding", Some(Tree::list_of(coding(&code))))]);
        Tree::list_of(Tree::object([("language", Some(language))]))
    });
    let list = |items: Vec<Tree>| (!items.is_empty()).then_some(Tree::Array(items));
    Tree::object([
        ("resourceType", Some(Tree::text("Patient"))),
        ("id", Some(Tree::text(id))),
        ("extension", interpreter),
        ("identifier", list(d.identifiers.iter().filter(|i| !is_sealed(i)).map(identifier).collect())),
        ("name", list(names)),
        ("telecom", list(telecoms)),
        ("gender", Some(Tree::text(d.sex.as_str()))),
        ("birthDate", birth.map(Tree::Text)),
        ("deceasedBoolean", (d.deceased && d.deceased_on.is_none()).then(|| Tree::truth(true))),
        ("deceasedDateTime", d.deceased_on.map(|day| Tree::text(day.to_string()))),
        ("address", address(&d.address).map(Tree::list_of)),
        ("contact", contact(&d.contact).map(Tree::list_of)),
        ("communication", language),
    ])
}

/// The fields of the register that FHIR R4 has no element for.
pub(crate) fn without_place(d: &Demographics, losses: &mut LossTally) {
    if d.unknown_person {
        losses.note("patient.unknown_person", Cause::NoPlace);
    }
    if matches!(d.birth, Birth::Estimated { .. }) {
        losses.note("patient.birth.age_years", Cause::NoPlace);
    }
    if d.consent_to_contact.is_some() {
        losses.note("patient.consent_to_contact", Cause::NoPlace);
    }
}
