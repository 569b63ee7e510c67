//! `hl7_message`: every HL7 v2 message that came, with its acknowledgement; refused ones byte for byte, until a person
//! corrects and replays or dismisses them.
//!
//! The patient is reached by the `Patient` source of the message, and from there by its merges.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::error::{VaultError, VaultResult};

/// The table. `raw` is compressed. `corrects` is the refused message that this one replays.
pub const CREATE: &str = "
CREATE TABLE hl7_message (
  message     INTEGER PRIMARY KEY,
  at          TEXT NOT NULL,
  origin      TEXT NOT NULL,
  place       INTEGER,
  sender      TEXT,
  control_id  TEXT NOT NULL,
  kind        TEXT NOT NULL,
  digest      BLOB NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('taken', 'quarantined', 'replayed', 'dismissed')),
  patient_id  TEXT,
  why         TEXT,
  spot        TEXT,
  left_out    TEXT NOT NULL,
  ack_code    TEXT,
  ack         TEXT,
  raw         BLOB NOT NULL,
  corrects    INTEGER REFERENCES hl7_message,
  decided_at  TEXT,
  decided_by  TEXT,
  decision    TEXT
) STRICT;
CREATE INDEX hl7_message_control ON hl7_message (sender, control_id);
CREATE INDEX hl7_message_digest ON hl7_message (digest);
CREATE INDEX hl7_message_state ON hl7_message (state, message);";

/// MSH-7 since format 6, in milliseconds since 1970-01-01 UTC.
pub const ADD_SAID_AT: &str = "ALTER TABLE hl7_message ADD COLUMN said_at INTEGER;";

/// Messages by the patient source that they speak of, since format 8: who said what last is asked for each message.
pub const ADD_PATIENT_INDEX: &str =
    "CREATE INDEX hl7_message_patient ON hl7_message (patient_id, sender) WHERE patient_id IS NOT NULL;";

/// How long a control id is one message's: senders count anew, many of them every day.
const CONTROL_ID_HOURS: i64 = 12;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Its content is in the charts.
    Taken,
    /// It waits for a person.
    Quarantined,
    /// It was refused, and what replaced it is taken.
    Replayed,
    /// A person decided that it is not needed.
    Dismissed,
}

impl MessageState {
    /// As kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Quarantined => "quarantined",
            Self::Replayed => "replayed",
            Self::Dismissed => "dismissed",
        }
    }

    fn of_word(word: &str) -> Self {
        match word {
            "taken" => Self::Taken,
            "replayed" => Self::Replayed,
            "dismissed" => Self::Dismissed,
            _ => Self::Quarantined,
        }
    }
}

/// A message as it is kept.
#[derive(Debug, Clone)]
pub struct NewMessage<'a> {
    /// When it came.
    pub at: &'a str,
    /// The interface or the file.
    pub origin: &'a str,
    /// Offset in bytes in its file or stream.
    pub place: Option<i64>,
    /// MSH-3 and MSH-4; none where nobody is named.
    pub sender: Option<&'a str>,
    /// MSH-10.
    pub control_id: &'a str,
    /// `ADT^A01`.
    pub kind: &'a str,
    /// BLAKE3 of the bytes as they came.
    pub digest: &'a [u8],
    /// Where it stands.
    pub state: MessageState,
    /// Id of its `Patient` source.
    pub patient_id: Option<&'a str>,
    /// Why it is refused, as JSON without patient data.
    pub why: Option<&'a str>,
    /// Where in it, as JSON.
    pub spot: Option<&'a str>,
    /// Segments without a place here.
    pub left_out: &'a str,
    /// `AA`, `AE`, `AR`.
    pub ack_code: Option<&'a str>,
    /// The acknowledgement as it was sent.
    pub ack: Option<&'a str>,
    /// The bytes.
    pub raw: &'a [u8],
    /// The refused message that this one replays.
    pub corrects: Option<i64>,
    /// MSH-7, in milliseconds since 1970-01-01 UTC.
    pub said_at: Option<i64>,
}

/// A message of the list.
#[derive(Debug, Clone)]
#[allow(missing_docs)] // the columns, see `NewMessage`
pub struct ListedMessage {
    pub row: i64,
    pub at: String,
    pub origin: String,
    pub sender: Option<String>,
    pub control_id: String,
    pub kind: String,
    pub state: MessageState,
    /// Row of the record that its `Patient` source belongs to.
    pub patient: Option<i64>,
    pub why: Option<String>,
    pub spot: Option<String>,
    pub left_out: String,
    pub ack_code: Option<String>,
    pub corrects: Option<i64>,
    pub decided_at: Option<String>,
    pub decided_by: Option<String>,
    pub decision: Option<String>,
}

const COLUMNS: &str =
    "m.message, m.at, m.origin, m.sender, m.control_id, m.kind, m.state, r.patient, m.why, m.spot,
  m.left_out, m.ack_code, m.corrects, m.decided_at, m.decided_by, m.decision
  FROM hl7_message m LEFT JOIN resource r ON r.resource_type = 'Patient' AND r.resource_id = m.patient_id";

fn listed(row: &Row<'_>) -> rusqlite::Result<ListedMessage> {
    Ok(ListedMessage {
        row: row.get(0)?,
        at: row.get(1)?,
        origin: row.get(2)?,
        sender: row.get(3)?,
        control_id: row.get(4)?,
        kind: row.get(5)?,
        state: MessageState::of_word(&row.get::<_, String>(6)?),
        patient: row.get(7)?,
        why: row.get(8)?,
        spot: row.get(9)?,
        left_out: row.get(10)?,
        ack_code: row.get(11)?,
        corrects: row.get(12)?,
        decided_at: row.get(13)?,
        decided_by: row.get(14)?,
        decision: row.get(15)?,
    })
}

/// Keeps a message.
///
/// # Errors
/// Database errors.
pub fn insert(connection: &Connection, new: &NewMessage<'_>) -> VaultResult<i64> {
    connection
        .prepare_cached(
            "INSERT INTO hl7_message (at, origin, place, sender, control_id, kind, digest, state, patient_id, why, spot,
               left_out, ack_code, ack, raw, corrects, said_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            new.at,
            new.origin,
            new.place,
            new.sender,
            new.control_id,
            new.kind,
            new.digest,
            new.state.as_str(),
            new.patient_id,
            new.why,
            new.spot,
            new.left_out,
            new.ack_code,
            new.ack,
            super::resource::compress(new.raw),
            new.corrects,
            new.said_at
        ])?;
    Ok(connection.last_insert_rowid())
}

/// An earlier message: its digest, state and acknowledgement.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Row number.
    pub row: i64,
    /// BLAKE3 of its bytes.
    pub digest: Vec<u8>,
    /// Where it stands.
    pub state: MessageState,
    /// What was answered.
    pub ack: Option<String>,
    /// `AA`, `AE`, `AR`.
    pub ack_code: Option<String>,
}

fn earlier(row: &Row<'_>) -> rusqlite::Result<Earlier> {
    Ok(Earlier {
        row: row.get(0)?,
        digest: row.get(1)?,
        ack: row.get(2)?,
        ack_code: row.get(3)?,
        state: MessageState::of_word(&row.get::<_, String>(4)?),
    })
}

/// The same bytes, if they came before; as an answered message rather than as bytes outside of one.
///
/// # Errors
/// Database errors.
pub fn by_digest(connection: &Connection, digest: &[u8]) -> VaultResult<Option<Earlier>> {
    Ok(connection
        .prepare_cached(
            "SELECT message, digest, ack, ack_code, state FROM hl7_message WHERE digest = ?1 AND corrects IS NULL
             ORDER BY ack IS NULL, message LIMIT 1",
        )?
        .query_row([digest], earlier)
        .optional()?)
}

/// Bytes that waited because they came outside a message, and have come as one now: they wait no longer.
///
/// # Errors
/// Database errors.
pub fn replace_strays(connection: &Connection, digest: &[u8], at: &str, person: &str) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE hl7_message SET state = 'replayed', decided_at = ?2, decided_by = ?3
             WHERE digest = ?1 AND ack IS NULL AND state = 'quarantined'",
        )?
        .execute(params![digest, at, person])?;
    Ok(())
}

/// Whether this sender used this control id for other bytes that were taken, at most 12 hours away from `said_at` by the
/// messages' own times (MSH-7), or by the times they came where one of them does not say. What was refused, and what a person
/// corrected here, is no use of it: the sender may send the message again as it should be.
///
/// # Errors
/// Database errors.
pub fn control_id_is_used(
    connection: &Connection,
    sender: &str,
    control_id: &str,
    digest: &[u8],
    said_at: Option<i64>,
) -> VaultResult<bool> {
    Ok(connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM hl7_message m WHERE sender = ?1 AND control_id = ?2 AND digest <> ?3
               AND state = 'taken'
               AND (corrects IS NULL OR digest = (SELECT digest FROM hl7_message o WHERE o.message = m.corrects))
               AND CASE WHEN said_at IS NULL OR ?4 IS NULL THEN unixepoch() - unixepoch(at) < ?5
                   ELSE abs(said_at - ?4) < ?5 * 1000 END)",
        )?
        .query_row(params![sender, control_id, digest, said_at, CONTROL_ID_HOURS * 3600], |r| r.get(0))?)
}

/// Notes why a message that came again is still refused, and what was answered.
///
/// # Errors
/// Database errors.
pub fn refused_again(
    connection: &Connection,
    row: i64,
    (why, spot): (&str, Option<&str>),
    (ack_code, ack): (&str, &str),
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "UPDATE hl7_message SET why = ?2, spot = ?3, ack_code = ?4, ack = ?5
             WHERE message = ?1 AND state = 'quarantined'",
        )?
        .execute(params![row, why, spot, ack_code, ack])?;
    Ok(())
}

/// The messages of a state, newest first; of all states where none is given.
///
/// # Errors
/// Database errors.
pub fn list(
    connection: &Connection,
    state: Option<MessageState>,
    limit: usize,
    offset: usize,
) -> VaultResult<Vec<ListedMessage>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} WHERE ?1 IS NULL OR m.state = ?1 ORDER BY m.message DESC LIMIT ?2 OFFSET ?3"
    ))?;
    let rows =
        statement.query_map(params![state.map(MessageState::as_str), limit as i64, offset as i64], listed)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Count of messages in each state.
///
/// # Errors
/// Database errors.
pub fn counts(connection: &Connection) -> VaultResult<Vec<(MessageState, i64)>> {
    let mut statement =
        connection.prepare_cached("SELECT state, count(*) FROM hl7_message GROUP BY state ORDER BY state")?;
    let rows =
        statement.query_map([], |r| Ok((MessageState::of_word(&r.get::<_, String>(0)?), r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One message.
///
/// # Errors
/// [`VaultError::NotFound`], database errors.
pub fn one(connection: &Connection, row: i64) -> VaultResult<ListedMessage> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} WHERE m.message = ?1"))?
        .query_row([row], listed)
        .optional()?
        .ok_or(VaultError::NotFound("message"))
}

/// The bytes as they are kept.
///
/// # Errors
/// [`VaultError::NotFound`], [`VaultError::Damaged`], database errors.
pub fn raw(connection: &Connection, row: i64) -> VaultResult<Vec<u8>> {
    let compressed: Vec<u8> = connection
        .prepare_cached("SELECT raw FROM hl7_message WHERE message = ?1")?
        .query_row([row], |r| r.get(0))
        .optional()?
        .ok_or(VaultError::NotFound("message"))?;
    lz4_flex::decompress_size_prepended(&compressed)
        .map_err(|_| VaultError::Damaged("a message does not decompress"))
}

/// Decides about a message that waits. False when it no longer waits.
///
/// # Errors
/// Database errors.
pub fn decide(
    connection: &Connection,
    row: i64,
    state: MessageState,
    at: &str,
    person: &str,
    reason: Option<&str>,
) -> VaultResult<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE hl7_message SET state = ?2, decided_at = ?3, decided_by = ?4, decision = ?5
             WHERE message = ?1 AND state = 'quarantined'",
        )?
        .execute(params![row, state.as_str(), at, person, reason])?;
    Ok(changed == 1)
}
