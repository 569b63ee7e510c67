//! `match_change`, `match_pair`, `match_decision`: whom the match index has not seen yet, who could be the same person,
//! and what people decided about that.

use rusqlite::{Connection, OptionalExtension, params};

use super::patient::ChangedBy;
use super::setting;
use crate::error::VaultResult;

/// The tables. Of two patients the one with the lower row comes first.
pub const CREATE: &str = "
CREATE TABLE match_change (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  patient  INTEGER NOT NULL REFERENCES patient
) STRICT;
CREATE TABLE match_pair (
  patient_a   INTEGER NOT NULL REFERENCES patient,
  patient_b   INTEGER NOT NULL REFERENCES patient,
  weight      REAL NOT NULL,
  probability REAL NOT NULL,
  combination INTEGER,
  PRIMARY KEY (patient_a, patient_b),
  CHECK (patient_a < patient_b)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_pair_b ON match_pair (patient_b);
CREATE INDEX match_pair_weight ON match_pair (weight, patient_a, patient_b, probability, combination);
CREATE TABLE match_decision (
  patient_a INTEGER NOT NULL REFERENCES patient,
  patient_b INTEGER NOT NULL REFERENCES patient,
  decision  TEXT NOT NULL CHECK (decision IN ('different', 'later')),
  at        TEXT NOT NULL,
  person    TEXT NOT NULL,
  role      TEXT NOT NULL,
  reason    TEXT NOT NULL,
  PRIMARY KEY (patient_a, patient_b),
  CHECK (patient_a < patient_b)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_decision_b ON match_decision (patient_b);";

/// Patients who were there before these tables were are new to the index.
pub const NOTE_ALL: &str = "INSERT INTO match_change (patient) SELECT patient FROM patient ORDER BY patient;";

/// Two patients, the lower row first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TwoPatients(pub i64, pub i64);

impl TwoPatients {
    /// Of two rows; `None` for one and the same.
    pub fn of(a: i64, b: i64) -> Option<Self> {
        (a != b).then(|| Self(a.min(b), a.max(b)))
    }
}

/// What was decided about two patients who look alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// They are two people, for good.
    Different,
    /// Not now.
    Later,
}

impl Decision {
    /// The word as kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Different => "different",
            Self::Later => "later",
        }
    }
}

/// A pair of the work list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// The patients.
    pub patients: TwoPatients,
    /// Bits.
    pub weight: f64,
    /// 0 to 1.
    pub probability: f64,
    /// Combination of the certain layer, 1 to 27.
    pub combination: Option<u8>,
}

/// Notes that the match index must look at a patient again.
///
/// # Errors
/// Database errors.
pub fn note_change(connection: &Connection, patient: i64) -> VaultResult<()> {
    connection.prepare_cached("INSERT INTO match_change (patient) VALUES (?1)")?.execute([patient])?;
    Ok(())
}

/// The number of the newest change; numbers are never used again.
///
/// # Errors
/// Database errors.
pub fn newest_change(connection: &Connection) -> VaultResult<i64> {
    Ok(connection
        .prepare_cached("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'match_change'), 0)")?
        .query_row([], |r| r.get(0))?)
}

/// Count of changes after a number.
///
/// # Errors
/// Database errors.
pub fn changes_after(connection: &Connection, sequence: i64) -> VaultResult<i64> {
    Ok(connection
        .prepare_cached("SELECT count(*) FROM match_change WHERE sequence > ?1")?
        .query_row([sequence], |r| r.get(0))?)
}

/// Patients that changed after a number and up to another, each once, with the number of their last change in between, in
/// that order.
///
/// # Errors
/// Database errors.
pub fn changed_between(connection: &Connection, after: i64, up_to: i64) -> VaultResult<Vec<(i64, i64)>> {
    let mut statement = connection.prepare_cached(
        "SELECT patient, max(sequence) FROM match_change WHERE sequence > ?1 AND sequence <= ?2 GROUP BY patient ORDER BY 2",
    )?;
    let rows = statement.query_map([after, up_to], |r| Ok((r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets changes that a kept index has seen.
///
/// # Errors
/// Database errors.
pub fn forget_changes(connection: &Connection, up_to: i64) -> VaultResult<()> {
    connection.prepare_cached("DELETE FROM match_change WHERE sequence <= ?1")?.execute([up_to])?;
    Ok(())
}

/// Puts a pair on the work list.
///
/// # Errors
/// Database errors.
pub fn put_pair(connection: &Connection, pair: &Pair) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO match_pair (patient_a, patient_b, weight, probability, combination)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            pair.patients.0,
            pair.patients.1,
            pair.weight,
            pair.probability,
            pair.combination
        ])?;
    Ok(())
}

/// Key of the number up to which changed patients were compared with everybody.
const MATCHED: &str = "match_matched_up_to";

/// The number up to which changed patients were compared with everybody.
///
/// # Errors
/// Database errors.
pub fn matched_up_to(connection: &Connection) -> VaultResult<i64> {
    Ok(setting::get(connection, MATCHED)?.and_then(|n| n.parse().ok()).unwrap_or(0))
}

/// Notes up to which number changed patients were compared.
///
/// # Errors
/// Database errors.
pub fn note_matched(connection: &Connection, sequence: i64) -> VaultResult<()> {
    setting::put(connection, MATCHED, &sequence.to_string())
}

/// Takes all pairs of a patient from the work list.
///
/// # Errors
/// Database errors.
pub fn remove_pairs_of(connection: &Connection, patient: i64) -> VaultResult<()> {
    connection
        .prepare_cached("DELETE FROM match_pair WHERE patient_a = ?1 OR patient_b = ?1")?
        .execute([patient])?;
    Ok(())
}

/// Empties the work list, before a whole register is compared again.
///
/// # Errors
/// Database errors.
pub fn remove_all_pairs(connection: &Connection) -> VaultResult<()> {
    connection.execute("DELETE FROM match_pair", [])?;
    Ok(())
}

/// Which part of the work list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Not decided.
    Open,
    /// Put off.
    Later,
    /// Decided to be two people.
    Different,
}

impl Part {
    const fn condition(self) -> &'static str {
        match self {
            Self::Open => "d.decision IS NULL",
            Self::Later => "d.decision = 'later'",
            Self::Different => "d.decision = 'different'",
        }
    }
}

const JOINED: &str = "FROM match_pair p
  LEFT JOIN match_decision d ON d.patient_a = p.patient_a AND d.patient_b = p.patient_b";

/// Count of the pairs of a part.
///
/// # Errors
/// Database errors.
pub fn count(connection: &Connection, part: Part) -> VaultResult<i64> {
    let decided = |word: &str| -> VaultResult<i64> {
        Ok(connection
            .prepare_cached(
                "SELECT count(*) FROM match_decision d
                 JOIN match_pair p ON p.patient_a = d.patient_a AND p.patient_b = d.patient_b WHERE d.decision = ?1",
            )?
            .query_row([word], |r| r.get(0))?)
    };
    let (later, different) = (decided("later")?, decided("different")?);
    let all: i64 =
        connection.prepare_cached("SELECT count(*) FROM match_pair")?.query_row([], |r| r.get(0))?;
    Ok(match part {
        Part::Open => all - later - different,
        Part::Later => later,
        Part::Different => different,
    })
}

/// A page of a part of the work list, the heaviest first.
///
/// # Errors
/// Database errors.
pub fn pairs(connection: &Connection, part: Part, limit: usize, offset: usize) -> VaultResult<Vec<Pair>> {
    let sql = format!(
        "SELECT p.patient_a, p.patient_b, p.weight, p.probability, p.combination {JOINED} WHERE {}
         ORDER BY p.weight DESC, p.patient_a DESC, p.patient_b DESC LIMIT ?1 OFFSET ?2",
        part.condition()
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![limit as i64, offset as i64], |r| {
        Ok(Pair {
            patients: TwoPatients(r.get(0)?, r.get(1)?),
            weight: r.get(2)?,
            probability: r.get(3)?,
            combination: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Pairs of a patient, decided or not, with what was decided.
///
/// # Errors
/// Database errors.
pub fn pairs_of(connection: &Connection, patient: i64) -> VaultResult<Vec<Pair>> {
    let mut statement = connection.prepare_cached(
        "SELECT patient_a, patient_b, weight, probability, combination FROM match_pair WHERE patient_a = ?1
         UNION ALL
         SELECT patient_a, patient_b, weight, probability, combination FROM match_pair WHERE patient_b = ?1",
    )?;
    let rows = statement.query_map([patient], |r| {
        Ok(Pair {
            patients: TwoPatients(r.get(0)?, r.get(1)?),
            weight: r.get(2)?,
            probability: r.get(3)?,
            combination: r.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keeps a decision in place of an earlier one.
///
/// # Errors
/// Database errors.
pub fn decide(
    connection: &Connection,
    patients: TwoPatients,
    decision: Decision,
    reason: &str,
    by: ChangedBy<'_>,
) -> VaultResult<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO match_decision (patient_a, patient_b, decision, at, person, role, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![patients.0, patients.1, decision.as_str(), by.at, by.person, by.role, reason])?;
    Ok(())
}

/// Takes a decision back; false when there was none.
///
/// # Errors
/// Database errors.
pub fn withdraw(connection: &Connection, patients: TwoPatients) -> VaultResult<bool> {
    let gone = connection
        .prepare_cached("DELETE FROM match_decision WHERE patient_a = ?1 AND patient_b = ?2")?
        .execute(params![patients.0, patients.1])?;
    Ok(gone > 0)
}

/// What was decided about two records, if anything.
///
/// # Errors
/// Database errors.
pub fn decision(connection: &Connection, patients: TwoPatients) -> VaultResult<Option<Decision>> {
    let word: Option<String> = connection
        .prepare_cached("SELECT decision FROM match_decision WHERE patient_a = ?1 AND patient_b = ?2")?
        .query_row(params![patients.0, patients.1], |r| r.get(0))
        .optional()?;
    Ok(word.map(|w| if w == "later" { Decision::Later } else { Decision::Different }))
}

/// All records that were decided to be different people.
///
/// # Errors
/// Database errors.
pub fn all_different(connection: &Connection) -> VaultResult<Vec<TwoPatients>> {
    let mut statement = connection
        .prepare_cached("SELECT patient_a, patient_b FROM match_decision WHERE decision = 'different'")?;
    let rows = statement.query_map([], |r| Ok(TwoPatients(r.get(0)?, r.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
