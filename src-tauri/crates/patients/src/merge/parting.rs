//! What a survivor's demographics would be had one of its merges not been.
//!
//! Merges into one patient need not be taken back newest first: the wrong one may be the oldest, and the right ones after it
//! stand. So the history of the survivor is gone through again from that merge on, field by field: what the merge brought is
//! left out, what later merges and people did stays, and what the later merges are remembered to have found and left is put
//! right, so that taking *them* back later does not bring the parted person's values again.

use rustcare_model::Phone;
use rustcare_model::patient::{Demographics, ForeignIdentifier};
use rustcare_vault::table::patient_merge::Merge;

use super::fields::{MergeField, same_identifier, same_phone};

/// The survivor without one of its merges.
#[derive(Debug, Clone)]
pub struct Parted {
    /// What is known of the survivor then.
    pub demographics: Demographics,
    /// Fields that were changed by people since, and stay as they are now.
    pub kept: Vec<MergeField>,
    /// What each later merge found and left, in their order.
    pub later: Vec<(Demographics, Demographics)>,
}

/// The survivor as `now` without the merge `undone`; `later` are the standing merges into it since, the oldest first.
pub fn parted(undone: &Merge, later: &[Merge], now: &Demographics) -> Parted {
    let mut parted = Parted {
        demographics: now.clone(),
        kept: Vec::new(),
        later: later.iter().map(|m| (m.survivor_before.clone(), m.survivor_after.clone())).collect(),
    };
    for field in MergeField::ALL.into_iter().filter(|field| !field.joins()) {
        part_field(field, undone, later, now, &mut parted);
    }
    part_lists(undone, later, now, &mut parted);
    parted.kept.sort_unstable();
    parted
}

/// A field that has one value.
fn part_field(field: MergeField, undone: &Merge, later: &[Merge], now: &Demographics, parted: &mut Parted) {
    let (mut own, mut was) = (undone.survivor_before.clone(), &undone.survivor_after);
    for (merge, (before, after)) in later.iter().zip(&mut parted.later) {
        if !field.is_same(&merge.survivor_before, was) {
            // A person changed it between the two merges.
            field.copy(&merge.survivor_before, &mut own);
        }
        field.copy(&own, before);
        if !field.is_same(&merge.survivor_after, &merge.survivor_before) {
            field.copy(&merge.survivor_after, &mut own);
        } else if field.is_blank(&own) && !field.is_blank(&merge.retired_before) {
            // It would have filled the blank.
            field.copy(&merge.retired_before, &mut own);
        }
        field.copy(&own, after);
        was = &merge.survivor_after;
    }
    if field.is_same(now, was) {
        field.copy(&own, &mut parted.demographics);
    } else if !field.is_same(now, &own) {
        parted.kept.push(field);
    }
}

/// Telephones and identifiers, of which both records' are kept: those that only the undone merge brought go, unless they were said
/// again since.
fn part_lists(undone: &Merge, later: &[Merge], now: &Demographics, parted: &mut Parted) {
    let mut brought = Brought::by(undone);
    let mut was = &undone.survivor_after;
    for (merge, (before, after)) in later.iter().zip(&mut parted.later) {
        brought.leave_to(was, &merge.survivor_before);
        brought.leave_out(before);
        // The other record has it too.
        brought.phones.retain(|p| !merge.retired_before.phones.iter().any(|own| same_phone(own, p)));
        brought.leave_out(after);
        was = &merge.survivor_after;
    }
    brought.leave_to(was, now);
    brought.leave_out(&mut parted.demographics);
    let mut own = was.clone();
    brought.leave_out(&mut own);
    for field in [MergeField::Phone, MergeField::Identifiers] {
        if !field.is_same(now, was) && !field.is_same(now, &own) {
            parted.kept.push(field);
        }
    }
}

struct Brought {
    phones: Vec<Phone>,
    identifiers: Vec<ForeignIdentifier>,
}

impl Brought {
    fn by(merge: &Merge) -> Self {
        let (before, after) = (&merge.survivor_before, &merge.survivor_after);
        let is_new = |p: &&Phone| !before.phones.iter().any(|own| same_phone(own, p));
        let is_new_number =
            |i: &&ForeignIdentifier| !before.identifiers.iter().any(|own| same_identifier(own, i));
        Self {
            phones: after.phones.iter().filter(is_new).cloned().collect(),
            identifiers: after.identifiers.iter().filter(is_new_number).cloned().collect(),
        }
    }

    /// Leaves the survivor the telephones that somebody has said of them since: those that stand in front of one that they stood
    /// behind, or are left where that one went. A list that only grew says nothing of what was in it.
    fn leave_to(&mut self, was: &Demographics, is: &Demographics) {
        let place = |of: &Demographics, phone: &Phone| of.phones.iter().position(|p| same_phone(p, phone));
        let is_confirmed = |phone: &Phone| {
            let (Some(before), Some(now)) = (place(was, phone), place(is, phone)) else { return false };
            was.phones[..before].iter().any(|other| place(is, other).is_none_or(|other| other > now))
        };
        self.phones.retain(|phone| !is_confirmed(phone));
    }

    fn leave_out(&self, of: &mut Demographics) {
        of.phones.retain(|p| !self.phones.iter().any(|gone| same_phone(gone, p)));
        of.identifiers.retain(|i| !self.identifiers.iter().any(|gone| same_identifier(gone, i)));
    }
}
