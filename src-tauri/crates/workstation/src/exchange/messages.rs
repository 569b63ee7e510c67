//! What came, what waits in quarantine, correcting and dismissing.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::{Connection, Transaction};
use rustcare_exchange::ImportContext;
use rustcare_exchange::hl7::receive::{Inbox, Takes};
use rustcare_exchange::hl7::refusal::AckCode;
use rustcare_exchange::hl7::{charset, veil};
use rustcare_model::reason::{Reason, Why};
use rustcare_patients::{PatientHit, find};
use rustcare_vault::table::hl7_message::{self, ListedMessage, MessageState};
use rustcare_vault::table::{patient, patient_merge, resource};
use rustcare_vault::{AuditEntry, Outcome, VaultError, VaultResult};

use super::import_messages::{MergedBy, merge_two};
use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::messages::{
    DismissMessage, ListMessages, MessageCounts, MessageList, MessageReplayed, MessageRow, MessageView,
    OneMessage, ReplayMessage,
};
use crate::problem::{Problem, ProblemCode};

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, Reason::RecordUnknown.with("what", "message"))
}

fn no_longer_waits() -> Problem {
    Problem::new(ProblemCode::Conflict, Reason::MessageNotWaiting)
}

fn number(id: &str) -> Result<i64, Problem> {
    id.parse().map_err(|_| unknown())
}

fn hit(t: &Connection, row: Option<i64>, today: jiff::civil::Date) -> VaultResult<Option<PatientHit>> {
    match row {
        Some(row) => {
            let row = patient_merge::survivor_of(t, row)?;
            Ok(find::hits_of_rows(t, &[row], today)?.pop())
        }
        None => Ok(None),
    }
}

fn row(t: &Connection, listed: ListedMessage, today: jiff::civil::Date) -> VaultResult<MessageRow> {
    let why: Option<Why> = listed.why.as_deref().and_then(|json| serde_json::from_str(json).ok());
    Ok(MessageRow {
        message_id: listed.row.to_string(),
        at: listed.at,
        origin: listed.origin,
        sender: listed.sender.unwrap_or_default().replace('|', " · "),
        control_id: listed.control_id,
        kind: listed.kind,
        state: listed.state,
        patient: hit(t, listed.patient, today)?,
        reason: why.as_ref().map(Why::sentence).unwrap_or_default(),
        why,
        place: listed.spot.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        left_out: listed.left_out.split_whitespace().map(str::to_owned).collect(),
        ack_code: listed.ack_code.as_deref().map(AckCode::of_word),
        corrects: listed.corrects.map(|n| n.to_string()),
        decided_by: listed.decided_by,
        decided_at: listed.decided_at,
        decision: listed.decision,
    })
}

pub fn list_messages(call: &mut Call<'_>, input: ListMessages) -> Result<MessageList, Problem> {
    let today = call.settings()?.today();
    call.read(|t, told| {
        let listed = hl7_message::list(t, input.state, input.limit, input.offset)?;
        told.details = Some(format!("{} messages", listed.len()));
        let messages = listed.into_iter().map(|m| row(t, m, today)).collect::<VaultResult<_>>()?;
        let mut counts = MessageCounts::default();
        for (state, count) in hl7_message::counts(t)? {
            match state {
                MessageState::Taken => counts.taken = count,
                MessageState::Quarantined => counts.quarantined = count,
                MessageState::Replayed => counts.replayed = count,
                MessageState::Dismissed => counts.dismissed = count,
            }
        }
        Ok(MessageList { messages, counts })
    })
}

fn one(t: &Connection, number: i64) -> Result<ListedMessage, Problem> {
    hl7_message::one(t, number).map_err(|error| match error {
        VaultError::NotFound(_) => unknown(),
        error => error.into(),
    })
}

pub fn open_message(call: &mut Call<'_>, input: OneMessage) -> Result<MessageView, Problem> {
    let number = number(&input.message_id)?;
    let today = call.settings()?.today();
    call.read(|t, told| {
        let listed = one(t, number)?;
        told.details = Some(format!("message {number}"));
        // A message holds what a chart holds: reading it is in the trail of whom it is about.
        if let Some(record) = listed.patient {
            let survivor = patient_merge::survivor_of(t, record)?;
            told.subject = Some(patient::by_row(t, survivor)?.patient.id.to_string());
        }
        let text = veil::shown(&charset::shown(&hl7_message::raw(t, number)?));
        let lines = lines_of(&text).map(str::to_owned).collect();
        Ok(MessageView { row: row(t, listed, today)?, lines })
    })
}

/// The lines as the parser counts them.
fn lines_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\r', '\n']).filter(|line| !line.trim().is_empty())
}

pub fn replay_message(call: &mut Call<'_>, input: ReplayMessage) -> Result<MessageReplayed, Problem> {
    let number = number(&input.message_id)?;
    let settings = call.settings()?;
    let vault = Arc::clone(call.vault()?);
    let original = vault.read(|t| -> Result<Vec<u8>, Problem> {
        if one(t, number)?.state != MessageState::Quarantined {
            return Err(no_longer_waits());
        }
        Ok(hl7_message::raw(t, number)?)
    })?;
    let bytes = match &input.lines {
        Some(lines) => {
            let mut text = lines.join("\r");
            text.push('\r');
            let whole = veil::unveiled(&text, &charset::shown(&original))
                .map_err(|_| Problem::new(ProblemCode::InvalidInput, Reason::Hl7SealedUnknown))?;
            charset::encode(&whole)
        }
        None => original,
    };
    let actor = Arc::clone(call.actor()?);
    let role = call.role().to_owned();
    let corrected = if input.lines.is_some() { "corrected" } else { "as it came" };
    let done = call.entry(Outcome::Done, &Told::default());
    let on_commit = |t: &Transaction<'_>, counts: &str| -> VaultResult<()> {
        let details = Some(format!("message {number} {corrected}; {counts}"));
        vault.record(t, &AuditEntry { details, ..done.clone() })
    };
    let by = MergedBy { vault: &vault, person: &actor.person, role: &role };
    let merge = |t: &Transaction<'_>, stay: i64, go: i64| merge_two(t, (stay, go), &by);
    let cancel = AtomicBool::new(false);
    let context = ImportContext {
        vault: &vault,
        phone_region: settings.phone_region.clone(),
        today: settings.today(),
        mrn_prefix: settings.mrn_prefix.clone(),
        mrn_first: settings.mrn_first_number,
        secrets: actor.secrets.clone(),
        person: actor.person.clone(),
        role: role.clone(),
        job: format!("message {number}"),
        on_commit: &on_commit,
        watch: &|_| {},
        progress: &|_| {},
        cancel: &cancel,
    };
    let origin = Arc::from(format!("correction of {number}"));
    let inbox = Inbox { context: &context, zone: settings.zone(), origin, takes: Takes::All, merge: &merge };
    let received = inbox.replay(number, &bytes).map_err(|error| match error {
        VaultError::Stale => no_longer_waits(),
        error => error.into(),
    })?;
    if let Some(refusal) = received.refusal {
        let reason = refusal.why.reason.name();
        let details = Some(format!("message {number} {corrected}: refused again, {reason}"));
        call.tell(Outcome::Invalid, &Told { subject: None, details })?;
        return Ok(MessageReplayed {
            taken: false,
            patient: None,
            reason: refusal.why.sentence(),
            why: Some(refusal.why),
            place: refusal.place.map(|place| place.located(&charset::shown(&bytes))),
        });
    }
    call.is_covered();
    let today = settings.today();
    let patient = vault.read(|t| -> VaultResult<_> {
        let id = received.patient_id.as_deref().unwrap_or_default();
        let known = resource::find(t, "Patient", id)?.and_then(|k| k.patient);
        hit(t, known, today)
    })?;
    let why = received.note.map(Why::from);
    let reason = why.as_ref().map(Why::sentence).unwrap_or_default();
    Ok(MessageReplayed { taken: true, patient, why, reason, place: None })
}

pub fn dismiss_message(call: &mut Call<'_>, input: DismissMessage) -> Result<Empty, Problem> {
    let number = number(&input.message_id)?;
    let person = call.actor()?.person.clone();
    let at = rustcare_vault::vault::timestamp();
    call.write(|t, told| {
        one(t, number)?;
        let reason = input.reason.trim();
        if !hl7_message::decide(t, number, MessageState::Dismissed, &at, &person, Some(reason))? {
            return Err(no_longer_waits());
        }
        told.details = Some(format!("message {number}"));
        Ok(Empty {})
    })
}
