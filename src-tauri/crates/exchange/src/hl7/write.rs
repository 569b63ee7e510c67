//! What a message says, into the vault: the right patient first, then all of the message or nothing of it.

use rusqlite::Transaction;
use rustcare_model::patient::ForeignIdentifier;
use rustcare_model::reason::Reason;
use rustcare_vault::VaultError;
use rustcare_vault::table::{patient, patient_merge, resource};
use serde_json::{Value, json};

use super::map::{Act, Mapped};
use super::person::{Number, Person};
use super::receive::{Inbox, MergeRefused};
use super::refusal::{Place, Refusal};
use super::who::{self, Told, mrg, read_of, rows_of};
use super::{again, said};
use crate::fhir;
use crate::fhir::patient::ReadPatient;
use crate::import::{Group, ImportContext};
use crate::report::Tally;
use crate::same_person::{Agreement, Birthdays, Verdict};
use crate::write;

/// Why a transaction ends without a commit.
pub(super) enum Stop {
    /// The message is refused.
    Refused(Box<Refusal>),
    /// The vault failed.
    Vault(VaultError),
}

impl From<VaultError> for Stop {
    fn from(error: VaultError) -> Self {
        Self::Vault(error)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

pub(super) fn pid(field: usize) -> Place {
    // PID is found by its name: which line it is matters only to who looks at the message.
    Place::field("PID", 0, field)
}

/// What was written.
pub(super) struct Written {
    /// Id of the `Patient` source.
    pub patient_id: String,
    /// Whether the patient is new.
    pub is_new: bool,
    /// What a person should know of it.
    pub note: Option<Reason>,
}

/// Writes a message.
pub(super) fn message(
    t: &Transaction<'_>,
    inbox: &Inbox<'_>,
    act: Act,
    mapped: Mapped,
    tally: &mut Tally,
) -> Result<Written, Stop> {
    let (context, origin) = (inbox.context, &inbox.origin);
    let Mapped { person, mut made, merged_away, merged_name, sender, said_at, day, .. } = mapped;
    let piece = who::piece(context, &person, origin)?;
    if act == Act::Merge {
        merge(t, inbox, (&person, read_of(&piece)?), (&merged_away, merged_name))?;
    }
    let retired = if act == Act::Merge { retired(&merged_away, day, context) } else { Vec::new() };
    let told = Told { act, person: &person, piece, sender, said_at, retired };
    let found = who::the_patient(t, context, &told, tally)?;
    let record = resource::find(t, "Patient", &person.id)?.and_then(|known| known.patient);
    let chart = record.map(|row| patient_merge::survivor_of(t, row)).transpose()?;
    again::settle(t, chart, &person, &mut made)?;
    let mut is_older = found.is_older;
    let mut pieces = Vec::with_capacity(made.len());
    for one in made {
        let said = said::piece(t, context, one, said_at, origin)?;
        is_older |= said.is_older;
        pieces.extend(said.piece);
    }
    let mut written = Tally::default();
    let group = Group { patient_id: person.id.clone(), patient: None, pieces };
    write::group(t, context, group, &mut written)?;
    if let Some(rejection) = written.first_rejection() {
        return Err(Refusal::content(*rejection.why.clone(), 205).into());
    }
    tally.add(written);
    let note = if is_older { Some(Reason::Hl7OlderThanKnown) } else { found.note };
    Ok(Written { patient_id: person.id, is_new: found.is_new, note })
}

/// Numbers that a merge takes out of use, valid until the day before it.
fn retired(away: &[Number], day: Option<String>, context: &ImportContext<'_>) -> Vec<ForeignIdentifier> {
    let day = day.and_then(|day| day.parse::<jiff::civil::Date>().ok()).unwrap_or(context.today);
    let last = day.min(context.today).yesterday().unwrap_or(day).to_string();
    let ended = |number: &Number| ForeignIdentifier {
        kind: number.kind.clone(),
        authority: number.authority.clone(),
        value: number.value.clone(),
        period_start: None,
        period_end: Some(last.clone()),
    };
    away.iter().map(ended).collect()
}

/// A40, A34, A18: the numbers of MRG belong to the patient of PID from now on. Both records are confirmed first: a mistyped
/// number would make one chart of two people's.
fn merge(
    t: &Transaction<'_>,
    inbox: &Inbox<'_>,
    (person, read): (&Person, &ReadPatient),
    (away, name): (&[Number], Option<Value>),
) -> Result<(), Stop> {
    if away.is_empty() {
        return Err(Refusal::missing(Reason::Hl7MergeNumberMissing, Place::missing("MRG")).into());
    }
    let (stay, go) = (rows_of(t, person.own_numbers())?, rows_of(t, away)?);
    if stay.len() > 1 || go.len() > 1 {
        return Err(Refusal::content(Reason::Hl7NumbersDisagree, 205).at(mrg()).into());
    }
    let (stay, go) = match (stay.first(), go.first()) {
        // Nobody here has the number that disappears, or both are one already.
        (_, None) => return Ok(()),
        (Some(stay), Some(go)) if stay == go => return Ok(()),
        (None, Some(_)) => {
            return Err(Refusal::content(Reason::Hl7MergeSurvivorUnknown, 204).at(pid(3)).into());
        }
        (Some(&stay), Some(&go)) => (stay, go),
    };
    who::confirmed([&patient::by_row(t, stay)?], read)?;
    if !is_retired(&patient::by_row(t, go)?, read, name, inbox.context) {
        return Err(Refusal::content(Reason::Hl7MergeNotConfirmed, 204).at(mrg()).into());
    }
    let refused = |reason: Reason| Stop::from(Refusal::content(reason, 207).at(mrg()));
    (inbox.merge)(t, stay, go).map_err(|error| match error {
        MergeRefused::DecidedDifferent => refused(Reason::Hl7MergeDecidedDifferent),
        MergeRefused::NotPossible => refused(Reason::Hl7MergeNotPossible),
        MergeRefused::NotPermitted => refused(Reason::Hl7MergeNotPermitted),
        MergeRefused::Vault(error) => Stop::Vault(error),
    })
}

/// Whether a record is the one that the message wants to disappear: its name is the one that MRG-7 says, or, where that is
/// silent, it is a record of the person of PID. Never one whose date of birth or sex is another than PID says.
fn is_retired(
    record: &patient::StoredPatient,
    read: &ReadPatient,
    name: Option<Value>,
    context: &ImportContext<'_>,
) -> bool {
    let known = &record.patient.demographics;
    let named = name.and_then(|name| {
        let patient = json!({ "resourceType": "Patient", "name": [name] }).to_string();
        fhir::patient::read(&patient, &context.phone_region, context.today).ok()
    });
    // Namesakes of another birth or sex are two people, whatever MRG-7 says; a person looks.
    let whole = Agreement::of(known, &read.demographics);
    if whole.birth == Some(Birthdays::Different) || whole.sex == Some(false) {
        return false;
    }
    let by_name = named.map(|named| Agreement::of(known, &named.demographics));
    match by_name.map(|by_name| (by_name.family, by_name.given)) {
        Some((Some(false), _) | (_, Some(false))) => false,
        Some((Some(true), Some(true))) => true,
        _ => whole.beside_a_number() == Verdict::Same,
    }
}
