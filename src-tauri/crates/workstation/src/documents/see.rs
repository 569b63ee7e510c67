//! Opening and saving what was added.

use rustcare_model::reason::Reason;
use rustcare_vault::Outcome;
use rustcare_vault::table::document;

use super::{check_is_in_chart, check_sees_charts, permitted, told};
use crate::choke_point::{Bytes, Call};
use crate::contract::documents::{OneDocument, SaveDocument};
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_new;
use crate::problem::Problem;

pub fn document_content(call: &mut Call<'_>, input: OneDocument) -> Result<Bytes, Problem> {
    let (row, patient) = permitted(call, &input.document_id)?;
    if row.withdrawn.is_some() {
        check_sees_charts(call, Reason::DocumentWithdrawnClinical)?;
    }
    call.tell(Outcome::Done, &told(&patient, &row, "opened"))?;
    Ok(Bytes(call.vault()?.blobs().read(row.blob)?))
}

/// The small pictures of a chart are covered by the entry of opening it, when this session did.
pub fn document_thumbnail(call: &mut Call<'_>, input: OneDocument) -> Result<Bytes, Problem> {
    let (row, patient) = permitted(call, &input.document_id)?;
    check_is_in_chart(&row)?;
    let vault = call.vault()?.clone();
    let picture = vault.read(|t| document::thumbnail(t, row.document))?;
    if call.workstation.has_opened_chart(call.token(), &patient) {
        call.is_covered();
    } else {
        call.tell(Outcome::Done, &told(&patient, &row, "small picture seen"))?;
    }
    Ok(Bytes(picture))
}

/// A document that leaves has its entry first; its file's name tells nothing of the patient.
pub fn save_document(call: &mut Call<'_>, input: SaveDocument) -> Result<HandedOut, Problem> {
    let (row, patient) = permitted(call, &input.document_id)?;
    check_is_in_chart(&row)?;
    let place = call.workstation.place(&input.place_id)?;
    let bytes = call.vault()?.blobs().read(row.blob)?;
    call.tell(Outcome::Done, &told(&patient, &row, "saved to a file"))?;
    let file = format!("RustCare-document-{}.{}", row.document, row.media_type.ending());
    Ok(HandedOut { file: write_new(&place.path, &file, &bytes)? })
}
