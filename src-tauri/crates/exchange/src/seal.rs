//! Secret numbers of a source, sealed apart from all else.

use rusqlite::Transaction;
use rustcare_model::patient::PatientSecrets;
use rustcare_model::reason::Reason;
use rustcare_vault::VaultResult;
use rustcare_vault::table::{patient, patient_secret};

use crate::fhir::patient::ReadPatient;
use crate::import::{ImportContext, Piece};
use crate::report::{Rejection, Tally};

/// Which secrets of a source are sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seal {
    /// Those that it says, over what is known.
    All,
    /// Those that are not known yet.
    Missing,
}

/// Seals what a source says, where whoever imports may; else says that it was left out.
///
/// # Errors
/// Database errors.
pub(crate) fn seal_secrets(
    t: &Transaction<'_>,
    context: &ImportContext<'_>,
    (row, which): (i64, Seal),
    piece: &Piece,
    read: &ReadPatient,
    tally: &mut Tally,
) -> VaultResult<()> {
    let secrets = &read.secrets;
    if secrets.ssn.is_none() && secrets.insurance_number.is_none() {
        return Ok(());
    }
    if let Some(key) = &context.secrets {
        let id = patient::by_row(t, row)?.patient.id;
        let known = patient_secret::open(t, row, id, key)?;
        let is_news = |is_known: bool, is_same: bool| !is_same && (which == Seal::All || !is_known);
        let ssn = secrets
            .ssn
            .clone()
            .filter(|n| is_news(known.ssn.is_some(), known.ssn.as_ref().is_some_and(|old| old.matches(n))));
        let insurance_number = secrets.insurance_number.clone().filter(|n| {
            let old = known.insurance_number.as_ref();
            is_news(old.is_some(), old.is_some_and(|old| old.matches(n)))
        });
        if ssn.is_some() || insurance_number.is_some() {
            patient_secret::put(t, row, id, key, &PatientSecrets { ssn, insurance_number })?;
        }
        return Ok(());
    }
    let left_out = [
        (secrets.ssn.is_some(), "ssn", Reason::SsnLeftOut),
        (secrets.insurance_number.is_some(), "insurance_number", Reason::InsuranceLeftOut),
    ];
    for (said, field, reason) in left_out {
        if said && patient_secret::masked(t, row, field)?.is_none() {
            tally.reject(Rejection::new(&piece.file, piece.line, None, reason));
        }
    }
    Ok(())
}
