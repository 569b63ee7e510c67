//! Unsaved forms: kept for their owner, in the encrypted database.

use rustcare_model::reason::Reason;
use rustcare_vault::table::draft;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::access::{Draft, Drafts, KeepDraft, KeptDraft, TakeDraft};
use crate::problem::{Problem, ProblemCode};

const LONGEST: usize = 200_000;

pub fn keep_draft(call: &mut Call<'_>, input: KeepDraft) -> Result<Empty, Problem> {
    if input.body.len() > LONGEST {
        return Err(Problem::at("body", Reason::DraftTooLong));
    }
    let person = call.actor()?.person.clone();
    let kept = draft::Draft {
        kind: input.kind,
        kept_at: rustcare_vault::vault::timestamp(),
        body: input.body.to_string(),
    };
    if !call.vault()?.write(|t| draft::keep(t, &person, &kept))? {
        return Err(Problem::new(ProblemCode::Conflict, Reason::TooManyDrafts.with("count", draft::MOST)));
    }
    Ok(Empty {})
}

pub fn list_drafts(call: &mut Call<'_>, _: Empty) -> Result<Drafts, Problem> {
    let person = call.actor()?.person.clone();
    let drafts = call.vault()?.read(|t| draft::list(t, &person))?;
    let drafts = drafts
        .into_iter()
        .map(|d| KeptDraft {
            kept_at: Some(d.kept_at).filter(|at| !at.is_empty()),
            kind: d.kind,
            body: d.body.into(),
        })
        .collect();
    Ok(Drafts { drafts })
}

pub fn take_draft(call: &mut Call<'_>, input: TakeDraft) -> Result<Draft, Problem> {
    let person = call.actor()?.person.clone();
    let body = call.vault()?.write(|t| draft::take(t, &person, &input.kind))?;
    Ok(Draft { body: body.map(Into::into) })
}
