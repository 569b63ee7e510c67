//! A message into the vault: once, all of it or nothing, with its acknowledgement. What is refused is kept byte for byte.

use std::sync::Arc;

use jiff::tz::TimeZone;
use rusqlite::Transaction;
use rustcare_model::reason::Reason;
use rustcare_vault::table::hl7_message::{self, MessageState, NewMessage};
use rustcare_vault::table::record_change::{self, Touched};
use rustcare_vault::{VaultError, VaultResult};

use super::header::{self, Header};
use super::map::{self, Act, Mapped};
use super::message::Message;
use super::refusal::{AckCode, Refusal};
use super::time::Clock;
use super::write::{self, Stop};
use super::{ack, charset, veil};
use crate::import::ImportContext;
use crate::report::Tally;

/// Where messages come in.
pub struct Inbox<'a> {
    /// The vault, whose act it is, and its entries in the trail.
    pub context: &'a ImportContext<'a>,
    /// The clinic's time zone, for times without an offset.
    pub zone: TimeZone,
    /// The interface or the file, as a person knows it.
    pub origin: Arc<str>,
    /// Which messages are taken here.
    pub takes: Takes,
    /// How two patients become one, in the message's own transaction; the register knows, not the exchange.
    pub merge: &'a MergePatients<'a>,
}

/// Which messages a way in takes, by MSH-11 (HL7 table 0103).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Production only: whatever else stands in MSH-11 is refused. For a port, where nobody looks on.
    Production,
    /// Training and debugging too. For files and corrections, which a person chooses: sets to try a system with, and many that
    /// are published, are marked so.
    All,
}

/// Merges the second row's patient into the first's.
pub type MergePatients<'a> = dyn Fn(&Transaction<'_>, i64, i64) -> Result<(), MergeRefused> + Sync + 'a;

/// Why two patients stay two.
#[derive(Debug)]
pub enum MergeRefused {
    /// Somebody decided so.
    DecidedDifferent,
    /// The register cannot.
    NotPossible,
    /// Whose act it is may not merge.
    NotPermitted,
    /// The vault failed.
    Vault(VaultError),
}

/// What became of a message.
#[derive(Debug)]
pub struct Received {
    /// Its row.
    pub row: i64,
    /// The acknowledgement, to be sent as it is.
    pub ack: String,
    /// What the acknowledgement says.
    pub code: AckCode,
    /// Whether the same bytes were here before, and are where they were.
    pub is_repeated: bool,
    /// Why it waits in quarantine.
    pub refusal: Option<Refusal>,
    /// What a person should know of a message that was taken.
    pub note: Option<Reason>,
    /// `ADT^A01`.
    pub kind: String,
    /// Whether a patient was registered by it.
    pub is_new_patient: bool,
    /// Id of its `Patient` source.
    pub patient_id: Option<String>,
}

/// A message as far as it could be read.
struct Looked {
    header: Header,
    outcome: Result<(Act, Mapped), Refusal>,
}

/// Reads a message without a vault: what it says, or why it is refused. Never panics, whatever the bytes.
pub fn look(bytes: &[u8], zone: &TimeZone) -> (Header, Result<(Act, Mapped), Refusal>) {
    let Looked { header, outcome } = looked(bytes, zone);
    (header, outcome)
}

fn looked(bytes: &[u8], zone: &TimeZone) -> Looked {
    let message = match charset::decode(bytes).and_then(Message::parse) {
        Ok(message) => message,
        // Who asks is answered all the same.
        Err(refusal) => return Looked { header: header::of_start(bytes), outcome: Err(refusal) },
    };
    let header = Header::of(&message);
    let outcome = header.check().and_then(|()| map::act(&header)).and_then(|act| {
        let mapped = map::read(&message, &header, zone)?;
        Ok((act, mapped))
    });
    Looked { header, outcome }
}

/// How a message came in again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// From outside.
    Arrived,
    /// A person's correction of this row.
    Replayed(i64),
}

impl Inbox<'_> {
    /// Takes a message in.
    ///
    /// # Errors
    /// Only the vault's; whatever is wrong with the message is an answer.
    pub fn receive(&self, bytes: &[u8], offset: Option<u64>) -> VaultResult<Received> {
        self.take(bytes, offset, Way::Arrived)
    }

    /// Takes the correction of a refused message in. When it is taken, the original no longer waits; when it is refused
    /// too, nothing is written, and the original waits on.
    ///
    /// # Errors
    /// The vault's, [`VaultError::Stale`] when the original no longer waits.
    pub fn replay(&self, row: i64, bytes: &[u8]) -> VaultResult<Received> {
        self.take(bytes, None, Way::Replayed(row))
    }

    fn take(&self, bytes: &[u8], offset: Option<u64>, way: Way) -> VaultResult<Received> {
        let digest = blake3::hash(bytes);
        let Looked { header, outcome } = looked(bytes, &self.zone);
        let at = rustcare_vault::vault::timestamp();
        let said_at = said_at(&header, &self.zone);
        let envelope = Envelope { header: &header, at: &at, said_at, digest: digest.as_bytes(), offset, way };
        let outcome = outcome.and_then(|read| match self.takes {
            Takes::Production if !header.is_production() => {
                let place = super::refusal::Place::field("MSH", 1, 11);
                Err(Refusal::not_taken(Reason::Hl7NotProduction, 202).at(place))
            }
            _ => Ok(read),
        });
        let refusal = match outcome {
            Ok((act, mapped)) => {
                let done = self.context.vault.write(|t| self.write(t, &envelope, act, mapped, bytes));
                match done {
                    Ok(received) => return Ok(received),
                    Err(Stop::Vault(error)) => return Err(error),
                    Err(Stop::Refused(refusal)) => *refusal,
                }
            }
            Err(refusal) => refusal,
        };
        if let Way::Replayed(row) = way {
            let ack = ack::refused(&header, &at, &refusal);
            return Ok(self.answer(&header, row, ack, refusal.code, Some(refusal)));
        }
        self.quarantine(&envelope, bytes, refusal)
    }

    /// Writes what a message says, together with its row.
    fn write(
        &self,
        t: &Transaction<'_>,
        envelope: &Envelope<'_>,
        act: Act,
        mapped: Mapped,
        bytes: &[u8],
    ) -> Result<Received, Stop> {
        let header = envelope.header;
        // What still waits is tried again: whoever it is about may be known by now.
        let waiting = match self.earlier(t, envelope)? {
            Some((MessageState::Quarantined, earlier)) => Some(earlier.row),
            Some((_, earlier)) => return Ok(earlier),
            None => None,
        };
        if envelope.way == Way::Arrived
            && let Some(sender) = header.sender()
            && hl7_message::control_id_is_used(
                t,
                &sender,
                &header.control_id,
                envelope.digest,
                envelope.said_at,
            )?
        {
            let place = super::refusal::Place::field("MSH", 1, 10);
            return Err(Refusal::content(Reason::Hl7ControlIdReused, 205).at(place).into());
        }
        let left_out: Vec<String> = mapped.left_out.keys().cloned().collect();
        let mut tally = Tally::default();
        let write::Written { patient_id, is_new, note } = write::message(t, self, act, mapped, &mut tally)?;
        let ack = ack::accepted(header, envelope.at);
        let text = charset::decode(bytes).map_err(|refusal| Stop::Refused(Box::new(refusal)))?;
        let corrects = match envelope.way {
            Way::Replayed(row) => Some(row),
            Way::Arrived => waiting,
        };
        if let Some(row) = corrects {
            let person = &self.context.person;
            if !hl7_message::decide(t, row, MessageState::Replayed, envelope.at, person, None)? {
                return Err(Stop::Vault(VaultError::Stale));
            }
        }
        let why = note.map(|note| json(&rustcare_model::reason::Why::from(note))).transpose()?;
        let row = hl7_message::insert(
            t,
            &NewMessage {
                patient_id: Some(&patient_id),
                why: why.as_deref(),
                left_out: &left_out.join(" "),
                ack_code: Some(AckCode::Aa.as_str()),
                ack: Some(&ack),
                // Sealed apart, where the register may: they do not stand in clear beside that.
                raw: veil::veiled(&text).as_bytes(),
                corrects,
                ..self.row(envelope, header.sender().as_deref(), &header.type_name(), MessageState::Taken)
            },
        )?;
        hl7_message::replace_strays(t, envelope.digest, envelope.at, &self.context.person)?;
        // Whose records it changed was noted where they were written.
        record_change::raise(t, Touched::Patients(&[]))?;
        let how = match note {
            Some(Reason::Hl7OlderThanKnown) => "taken as an older one",
            Some(_) => "taken, not all of what it says of the person",
            None => "taken",
        };
        (self.context.on_commit)(
            t,
            &format!("message {row} {}: {how}; {}", header.type_name(), tally.in_words()),
        )?;
        let mut received = self.answer(header, row, ack, AckCode::Aa, None);
        received.is_new_patient = is_new;
        received.note = note;
        received.patient_id = Some(patient_id);
        Ok(received)
    }

    /// The same bytes have the same answer, with where they stand. A sender that sends again what a person here set right, or
    /// decided not to need, is told that it is done: else it would send nothing else ever.
    fn earlier(
        &self,
        t: &Transaction<'_>,
        envelope: &Envelope<'_>,
    ) -> VaultResult<Option<(MessageState, Received)>> {
        if envelope.way != Way::Arrived {
            return Ok(None);
        }
        let Some(earlier) = hl7_message::by_digest(t, envelope.digest)? else { return Ok(None) };
        let Some(ack) = earlier.ack else { return Ok(None) };
        let (ack, code) = match earlier.state {
            MessageState::Replayed | MessageState::Dismissed => {
                (ack::accepted(envelope.header, envelope.at), AckCode::Aa)
            }
            _ => (ack, AckCode::of_word(earlier.ack_code.as_deref().unwrap_or_default())),
        };
        let mut received = self.answer(envelope.header, earlier.row, ack, code, None);
        received.is_repeated = true;
        Ok(Some((earlier.state, received)))
    }

    /// Keeps a refused message as it came.
    fn quarantine(
        &self,
        envelope: &Envelope<'_>,
        bytes: &[u8],
        mut refusal: Refusal,
    ) -> VaultResult<Received> {
        refusal.place = refusal.place.map(|place| place.located(&charset::shown(bytes)));
        let header = envelope.header;
        let ack = ack::refused(header, envelope.at, &refusal);
        self.context.vault.write(|t| -> VaultResult<Received> {
            let (why, spot) = (json(&refusal.why)?, refusal.place.as_ref().map(json).transpose()?);
            if let Some((state, mut earlier)) = self.earlier(t, envelope)? {
                if state == MessageState::Quarantined {
                    // The reason of today is the one that helps.
                    let code = refusal.code.as_str();
                    hl7_message::refused_again(t, earlier.row, (&why, spot.as_deref()), (code, &ack))?;
                    (earlier.ack, earlier.code) = (ack.clone(), refusal.code);
                    earlier.refusal = Some(refusal.clone());
                }
                return Ok(earlier);
            }
            hl7_message::replace_strays(t, envelope.digest, envelope.at, &self.context.person)?;
            let row = hl7_message::insert(
                t,
                &NewMessage {
                    why: Some(&why),
                    spot: spot.as_deref(),
                    ack_code: Some(refusal.code.as_str()),
                    ack: Some(&ack),
                    raw: bytes,
                    ..self.row(
                        envelope,
                        header.sender().as_deref(),
                        &header.type_name(),
                        MessageState::Quarantined,
                    )
                },
            )?;
            let reason = refusal.why.reason.name();
            (self.context.on_commit)(
                t,
                &format!("message {row} {}: quarantined, {reason}", header.type_name()),
            )?;
            Ok(self.answer(header, row, ack.clone(), refusal.code, Some(refusal.clone())))
        })
    }

    /// Keeps bytes that are no message: what stood between frames, or a frame that never ended.
    ///
    /// # Errors
    /// The vault's.
    pub fn keep_stray(&self, bytes: &[u8], offset: u64, reason: Reason) -> VaultResult<i64> {
        let (at, digest) = (rustcare_vault::vault::timestamp(), blake3::hash(bytes));
        let (header, why) = (Header::default(), json(&rustcare_model::reason::Why::from(reason))?);
        let envelope = Envelope {
            header: &header,
            at: &at,
            said_at: None,
            digest: digest.as_bytes(),
            offset: Some(offset),
            way: Way::Arrived,
        };
        self.context.vault.write(|t| {
            if let Some(earlier) = hl7_message::by_digest(t, digest.as_bytes())? {
                return Ok(earlier.row);
            }
            let new = NewMessage {
                why: Some(&why),
                raw: bytes,
                ..self.row(&envelope, None, "", MessageState::Quarantined)
            };
            let row = hl7_message::insert(t, &new)?;
            (self.context.on_commit)(t, &format!("message {row}: quarantined, {}", reason.name()))?;
            Ok(row)
        })
    }

    fn row<'r>(
        &'r self,
        envelope: &'r Envelope<'_>,
        sender: Option<&'r str>,
        kind: &'r str,
        state: MessageState,
    ) -> NewMessage<'r> {
        NewMessage {
            at: envelope.at,
            origin: &self.origin,
            place: envelope.offset.map(|o| o as i64),
            sender,
            control_id: &envelope.header.control_id,
            kind,
            digest: envelope.digest,
            state,
            patient_id: None,
            why: None,
            spot: None,
            left_out: "",
            ack_code: None,
            ack: None,
            raw: &[],
            corrects: None,
            said_at: envelope.said_at,
        }
    }

    fn answer(
        &self,
        header: &Header,
        row: i64,
        ack: String,
        code: AckCode,
        refusal: Option<Refusal>,
    ) -> Received {
        Received {
            row,
            ack,
            code,
            is_repeated: false,
            refusal,
            note: None,
            kind: header.type_name(),
            is_new_patient: false,
            patient_id: None,
        }
    }
}

/// What is known of a message beside its content.
struct Envelope<'e> {
    header: &'e Header,
    at: &'e str,
    /// MSH-7, milliseconds since 1970-01-01 UTC.
    said_at: Option<i64>,
    digest: &'e [u8],
    offset: Option<u64>,
    way: Way,
}

fn said_at(header: &Header, zone: &TimeZone) -> Option<i64> {
    Clock::new(header.at.as_deref(), zone.clone()).said_at().map(|at| at.from)
}

fn json(value: &impl serde::Serialize) -> VaultResult<String> {
    serde_json::to_string(value).map_err(|_| VaultError::Damaged("a reason cannot be written"))
}
