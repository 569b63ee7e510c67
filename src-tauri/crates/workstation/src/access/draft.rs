//! Unsaved forms: kept for their owner, in the encrypted database.

use rustcare_model::reason::Reason;
use rustcare_vault::table::draft;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::access::{Draft, KeepDraft, TakeDraft};
use crate::problem::Problem;

const LONGEST: usize = 200_000;

pub fn keep_draft(call: &mut Call<'_>, input: KeepDraft) -> Result<Empty, Problem> {
    if input.body.len() > LONGEST {
        return Err(Problem::at("body", Reason::DraftTooLong));
    }
    let person = call.actor()?.person.clone();
    call.vault()?.write(|t| draft::keep(t, &person, &input.kind, &input.body))?;
    Ok(Empty {})
}

pub fn take_draft(call: &mut Call<'_>, input: TakeDraft) -> Result<Draft, Problem> {
    let person = call.actor()?.person.clone();
    let body = call.vault()?.write(|t| draft::take(t, &person, &input.kind))?;
    Ok(Draft { body: body.map(Into::into) })
}
