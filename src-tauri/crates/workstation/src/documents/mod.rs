//! Photos and papers that are added to a chart from a file.
//!
//! A picture is read and written anew by a decode helper, so that neither its bytes nor what it says of place and time come
//! into the vault; a PDF is kept as it is and never interpreted here. Who sees no charts sees no clinical documents, and none
//! that was taken out of a chart: it may have been another patient's wound, filed as a face.

pub mod add;
pub mod see;

use rusqlite::Transaction;
use rustcare_model::document::DocumentKind;
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::document::{self, DocumentRow, MediaType};
use rustcare_vault::table::patient;

use crate::choke_point::{Call, Told};
use crate::contract::documents::{DocumentEntry, DocumentForm, WithdrawnEntry};
use crate::contract::patients::SEE_CHART;
use crate::problem::{Problem, ProblemCode};

/// Clinical documents are for those who see charts.
fn check_kind(call: &mut Call<'_>, kind: DocumentKind) -> Result<(), Problem> {
    if kind.is_clinical() { check_sees_charts(call, Reason::DocumentClinical) } else { Ok(()) }
}

/// Those who see charts, whatever the document is.
fn check_sees_charts(call: &mut Call<'_>, otherwise: Reason) -> Result<(), Problem> {
    let role = call.actor()?.role_among(SEE_CHART);
    let role = role.ok_or_else(|| Problem::new(ProblemCode::NotPermitted, otherwise))?;
    call.acts_as(role);
    Ok(())
}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| unknown())
}

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, Reason::DocumentUnknown)
}

/// A document that the caller may see; its patient is noted.
fn permitted(call: &mut Call<'_>, document_id: &str) -> Result<(DocumentRow, String), Problem> {
    let number = number(document_id)?;
    let vault = call.vault()?.clone();
    let (row, patient) = vault.read(|t| {
        let row = document::by_number(t, number).map_err(|_| unknown())?;
        let patient = patient::by_row(t, row.patient)?.patient.id.to_string();
        Ok::<_, Problem>((row, patient))
    })?;
    call.is_about(patient.clone());
    check_kind(call, row.kind)?;
    Ok((row, patient))
}

/// What was taken out of a chart is told, not handed on.
fn check_is_in_chart(row: &DocumentRow) -> Result<(), Problem> {
    match row.withdrawn {
        None => Ok(()),
        Some(_) => Err(Problem::new(ProblemCode::Conflict, Reason::DocumentWithdrawn)),
    }
}

fn told(patient: &str, row: &DocumentRow, what: &str) -> Told {
    let details = format!("document {} ({}) {what}", row.document, row.kind.as_str());
    Told { subject: Some(patient.to_owned()), details: Some(details) }
}

fn form_of(media_type: MediaType) -> DocumentForm {
    match media_type {
        MediaType::Jpeg => DocumentForm::Jpeg,
        MediaType::Pdf => DocumentForm::Pdf,
    }
}

/// The documents of a chart for its list; clinical ones only for those who see charts.
pub(crate) fn listed(t: &Transaction<'_>, patient: i64, clinical: bool) -> VaultResult<Vec<DocumentEntry>> {
    let rows = document::of_patient(t, patient)?;
    let seen = rows.into_iter().filter(|row| clinical || !row.kind.is_clinical());
    Ok(seen
        .map(|row| DocumentEntry {
            document_id: row.document.to_string(),
            kind: row.kind,
            title: row.title,
            date: row.date,
            added_at: row.added_at,
            person: row.person,
            form: form_of(row.media_type),
            bytes: row.bytes as u64,
            has_thumbnail: row.has_thumbnail && row.withdrawn.is_none(),
            withdrawn: row.withdrawn.map(|w| WithdrawnEntry { at: w.at, person: w.person, reason: w.reason }),
        })
        .collect())
}
