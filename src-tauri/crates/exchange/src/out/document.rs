//! Photos and papers that were added from files → FHIR R4 `DocumentReference`, and the photo of the face as `Patient.photo`.
//!
//! Kinds go out under our own codes, which say all, and where LOINC has a class for them under that too. Sources: HL7 FHIR R4
//! (4.0.1), `Attachment` (`hash` is the SHA-1 of the bytes), value set "Document Class Value Set" (LOINC), value set "Consent
//! Category Codes".

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustcare_model::code::{Code, LOINC};
use rustcare_model::document::DocumentKind;
use rustcare_vault::Vault;
use rustcare_vault::table::document::DocumentRow;
use sha1::{Digest as _, Sha1};

use super::loss::{Cause, LossTally};
use super::patient::coding;
use super::record::{fhir_id, reference};
use super::tree::Tree;

/// System of our own kinds of documents.
const KIND_SYSTEM: &str = "urn:rustcare:document-kind";

/// The LOINC class of a kind, where there is one that says no more than the kind does.
fn loinc_class(kind: DocumentKind) -> Option<(&'static str, &'static str)> {
    match kind {
        DocumentKind::Referral => Some(("57133-1", "Referral note")),
        DocumentKind::Consent => Some(("59284-0", "Patient Consent")),
        DocumentKind::Letter => Some(("47049-2", "Non-patient Communication")),
        DocumentKind::Result => Some(("47045-0", "Study report Document")),
        DocumentKind::Photo
        | DocumentKind::Identity
        | DocumentKind::Insurance
        | DocumentKind::ClinicalPhoto
        | DocumentKind::Other => None,
    }
}

fn kind(kind: DocumentKind) -> Tree {
    let own = Code { system: KIND_SYSTEM.into(), code: kind.as_str().into(), display: None };
    let loinc = loinc_class(kind).map(|(code, display)| Code {
        system: LOINC.into(),
        code: code.into(),
        display: Some(display.into()),
    });
    let codings = std::iter::once(own).chain(loinc).map(|c| coding(&c)).collect();
    Tree::object([("coding", Some(Tree::Array(codings)))])
}

/// The file: its type, its length and its SHA-1, with its bytes where it was not withdrawn.
fn attachment(vault: &Vault, row: &DocumentRow, losses: &mut LossTally) -> Tree {
    let bytes = match row.withdrawn {
        Some(_) => None,
        None => vault.blobs().read(row.blob).ok(),
    };
    if bytes.is_none() && row.withdrawn.is_none() {
        losses.note("document", Cause::SourceGone);
    }
    let title = Some(row.title.trim()).filter(|t| !t.is_empty());
    Tree::object([
        ("contentType", Some(Tree::text(row.media_type.as_str()))),
        ("data", bytes.as_ref().map(|b| Tree::text(STANDARD.encode(b)))),
        ("size", Some(Tree::Bare(row.bytes.to_string()))),
        ("hash", bytes.as_ref().map(|b| Tree::text(STANDARD.encode(Sha1::digest(b))))),
        ("title", title.map(Tree::text)),
        ("creation", row.date.as_deref().map(Tree::text)),
    ])
}

/// The photo of the face for `Patient.photo`.
pub(super) fn photo(vault: &Vault, row: &DocumentRow, losses: &mut LossTally) -> Tree {
    attachment(vault, row, losses)
}

/// The `DocumentReference` of a document. One that was taken out of the chart says so, and holds no file.
pub(super) fn render(
    vault: &Vault,
    own_system: &str,
    row: &DocumentRow,
    patient: &str,
    losses: &mut LossTally,
) -> Tree {
    let status = if row.withdrawn.is_some() { "entered-in-error" } else { "current" };
    let title = Some(row.title.trim()).filter(|t| !t.is_empty());
    let content = Tree::object([("attachment", Some(attachment(vault, row, losses)))]);
    Tree::object([
        ("resourceType", Some(Tree::text("DocumentReference"))),
        ("id", Some(Tree::text(fhir_id(&format!("{own_system}:document:{}", row.document))))),
        ("status", Some(Tree::text(status))),
        ("type", Some(kind(row.kind))),
        ("subject", Some(reference(&format!("Patient/{patient}")))),
        ("date", Some(Tree::text(&*row.added_at))),
        ("description", title.map(Tree::text)),
        ("content", Some(Tree::list_of(content))),
    ])
}
