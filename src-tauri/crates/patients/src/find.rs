//! Search as you type: name in any order, identifiers, telephone, date of birth.

use jiff::civil::Date;
use rusqlite::{Connection, params};
use rustcare_model::birth::{Age, KnownDate};
use rustcare_model::date_reading::{self, DateOrder};
use rustcare_model::mrn::Mrn;
use rustcare_model::name::folded;
use rustcare_vault::VaultResult;
use rustcare_vault::table::patient::{self, COLUMNS, StoredPatient, day_number, day_of, stored};
use rustcare_vault::table::patient_merge;
use serde::{Deserialize, Serialize};

/// Hits are counted up to here: the doclist of a frequent letter among a million patients takes longer to read than a
/// keystroke may.
const COUNTED: i64 = 10_000;
/// Hits beyond this are counted but not sorted by name: the person will type another letter.
const SORTED: i64 = 400;

/// One line of a hit list, with what tells namesakes apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct PatientHit {
    /// Identity.
    pub patient_id: String,
    /// House number.
    pub mrn: String,
    /// Family name.
    pub family_name: String,
    /// Given and middle names.
    pub given_name: String,
    /// What the person wants to be called.
    pub preferred_name: Option<String>,
    /// As shown, for example `02 Mar 1987`.
    pub date_of_birth: String,
    /// As said, for example `39 y`; of the dead at death.
    pub age: String,
    /// The date of birth for the window's own wording.
    pub birth: Option<KnownDate>,
    /// The age for the window's own wording.
    pub age_today: Option<Age>,
    /// `female`, `male`, `other`, `unknown`.
    pub sex: String,
    /// Town.
    pub city: Option<String>,
    /// First telephone.
    pub phone: Option<String>,
    /// As shown.
    pub last_visit: Option<String>,
    /// ISO date.
    pub last_visit_iso: Option<String>,
    /// How many other patients have the same family and given name.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub namesakes: i64,
    /// Whether the patient has died.
    pub deceased: bool,
    /// House number of the patient that this record was merged into; opening it opens that one.
    pub merged_into_mrn: Option<String>,
    /// Character ranges of `FAMILY, Given` that the typed words match.
    pub matched: Vec<(usize, usize)>,
}

/// The answer to a search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct FoundPatients {
    /// All patients that match, counted up to a limit.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: i64,
    /// There are more than `total`.
    pub more: bool,
    /// The page asked for.
    pub patients: Vec<PatientHit>,
    /// Time in the core, microseconds.
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub took_microseconds: u64,
}

/// Which page.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// Most hits.
    pub limit: usize,
    /// Hits to pass over.
    pub offset: usize,
}

/// Finds patients. An empty text lists all, by family and given name.
///
/// # Errors
/// Database errors.
pub fn find(
    connection: &Connection,
    text: &str,
    order: DateOrder,
    today: Date,
    page: Page,
) -> VaultResult<(FoundPatients, Vec<i64>)> {
    let started = std::time::Instant::now();
    let words = folded(text);
    let (total, rows) = if words.is_empty() {
        (patient::count(connection)?, list_all(connection, page)?)
    } else if let Some(one) = scanned(connection, text)? {
        (1, vec![one])
    } else {
        let mut found = by_words(connection, &words)?;
        // Many a number can be read as a date: both are offered.
        if let Some(born) = typed_birth(text, order, today) {
            found.extend(born_on(connection, born)?);
            found.sort_unstable();
            found.dedup();
        }
        page_of(connection, &found, page)?
    };
    let mut patients = Vec::with_capacity(rows.len());
    for stored in &rows {
        patients.push(hit(connection, stored, &words, today)?);
    }
    let numbers = rows.iter().map(|s| s.row).collect();
    let took_microseconds = started.elapsed().as_micros() as u64;
    let more = total > COUNTED && !words.is_empty();
    let total = if more { COUNTED } else { total };
    Ok((FoundPatients { total, more, patients, took_microseconds }, numbers))
}

/// A scanned or fully typed record number opens its patient and nobody else.
fn scanned(connection: &Connection, text: &str) -> VaultResult<Option<StoredPatient>> {
    match Mrn::parse(text) {
        Ok(mrn) => patient::record_by_mrn(connection, &mrn),
        Err(_) => Ok(None),
    }
}

fn typed_birth(text: &str, order: DateOrder, today: Date) -> Option<Date> {
    let has_separator =
        text.chars().any(|c| matches!(c, '.' | '/' | '-')) || text.chars().any(char::is_alphabetic);
    if !has_separator || !text.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    date_reading::read_typed(text, order, today).ok()
}

fn collect(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
) -> VaultResult<Vec<StoredPatient>> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(values, stored)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn list_all(connection: &Connection, page: Page) -> VaultResult<Vec<StoredPatient>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM patient WHERE merged_into IS NULL ORDER BY family_folded, given_folded, patient LIMIT ?1 OFFSET ?2"
    );
    collect(connection, &sql, params![page.limit as i64, page.offset as i64])
}

/// Rows of patients born on a day.
fn born_on(connection: &Connection, born: Date) -> VaultResult<Vec<i64>> {
    let mut statement = connection.prepare_cached(
        "SELECT patient FROM patient WHERE birth_day = ?1 AND merged_into IS NULL LIMIT ?2",
    )?;
    let found = statement.query_map(params![day_number(born), COUNTED + 1], |r| r.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Rows of patients whose names and numbers begin with the words.
fn by_words(connection: &Connection, words: &str) -> VaultResult<Vec<i64>> {
    // Asked once: the words of a frequent name have long lists, which are read for each question anew.
    let mut statement = connection
        .prepare_cached("SELECT rowid FROM patient_search WHERE patient_search MATCH ?1 LIMIT ?2")?;
    let found = statement.query_map(params![query(words), COUNTED + 1], |r| r.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Each word as a quoted prefix, all must match; folding has left only letters and digits. Groups of digits may also be one number
/// as it is written or read out: `202-555-0143`, `+34 91 555 12 34`.
fn query(words: &str) -> String {
    let all = |words: &[String]| words.iter().map(|w| format!("\"{w}\"*")).collect::<Vec<_>>().join(" AND ");
    let apart: Vec<String> = words.split(' ').map(str::to_owned).collect();
    let is_digits = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let mut joined: Vec<String> = Vec::with_capacity(apart.len());
    for word in &apart {
        match joined.last_mut() {
            Some(before) if is_digits(before) && is_digits(word) => before.push_str(word),
            _ => joined.push(word.clone()),
        }
    }
    if joined.len() == apart.len() { all(&apart) } else { format!("({}) OR ({})", all(&apart), all(&joined)) }
}

/// A page of the patients found, by family and given name while they are few enough to sort.
fn page_of(connection: &Connection, found: &[i64], page: Page) -> VaultResult<(i64, Vec<StoredPatient>)> {
    let total = found.len() as i64;
    if total > SORTED {
        let rows = found.iter().skip(page.offset).take(page.limit);
        let hits = rows.map(|row| patient::by_row(connection, *row)).collect::<VaultResult<_>>()?;
        return Ok((total, hits));
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM patient WHERE patient IN (SELECT value FROM json_each(?1))
         ORDER BY family_folded, given_folded, patient LIMIT ?2 OFFSET ?3"
    );
    let found = found.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    Ok((
        total,
        collect(connection, &sql, params![format!("[{found}]"), page.limit as i64, page.offset as i64])?,
    ))
}

/// Patients by row number, in the order given.
///
/// # Errors
/// Database errors.
pub fn hits_of_rows(connection: &Connection, rows: &[i64], today: Date) -> VaultResult<Vec<PatientHit>> {
    rows.iter().map(|row| hit(connection, &patient::by_row(connection, *row)?, "", today)).collect()
}

fn hit(connection: &Connection, stored: &StoredPatient, words: &str, today: Date) -> VaultResult<PatientHit> {
    let d = &stored.patient.demographics;
    let family = d.name.family.clone().unwrap_or_default();
    let given = [d.name.given.as_deref(), d.name.middle.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    let namesakes: i64 = connection
        .prepare_cached("SELECT count(*) - 1 FROM patient WHERE family_folded = ?1 AND given_folded = ?2 AND merged_into IS NULL")?
        .query_row(
            params![
                d.name.family.as_deref().map(folded).unwrap_or_default(),
                d.name.given.as_deref().map(folded).unwrap_or_default()
            ],
            |r| r.get(0),
        )?;
    let merged_into_mrn = match stored.merged_into {
        Some(_) => {
            let survivor = patient_merge::survivor_of(connection, stored.row)?;
            Some(patient::by_row(connection, survivor)?.patient.mrn.as_str().to_owned())
        }
        None => None,
    };
    let age_on = d.age_is_of(today);
    Ok(PatientHit {
        matched: matched_ranges(&format!("{family}, {given}"), words),
        patient_id: stored.patient.id.to_string(),
        mrn: stored.patient.mrn.as_str().to_owned(),
        family_name: family,
        given_name: given,
        preferred_name: d.name.preferred.clone(),
        date_of_birth: d.birth.shown(),
        age: age_on.map_or_else(|| "–".into(), |day| d.birth.age_shown(day)),
        birth: d.birth.known_date(),
        age_today: age_on.and_then(|day| d.birth.age(day)),
        sex: d.sex.as_str().to_owned(),
        city: d.address.city.clone(),
        phone: d.phones.first().map(rustcare_model::Phone::shown),
        last_visit: stored.last_visit_day.and_then(day_of).map(date_reading::shown),
        last_visit_iso: stored.last_visit_day.and_then(day_of).map(|day| day.to_string()),
        namesakes: if d.name.is_empty() { 0 } else { namesakes },
        deceased: d.deceased,
        merged_into_mrn,
    })
}

/// Character ranges of `shown` whose folded words begin with a typed word.
fn matched_ranges(shown: &str, words: &str) -> Vec<(usize, usize)> {
    let typed: Vec<&str> = words.split(' ').filter(|w| !w.is_empty()).collect();
    let characters: Vec<char> = shown.chars().collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        if !characters[at].is_alphanumeric() {
            at += 1;
            continue;
        }
        let end =
            (at..characters.len()).find(|i| !characters[*i].is_alphanumeric()).unwrap_or(characters.len());
        let word = folded(&characters[at..end].iter().collect::<String>());
        if let Some(longest) = typed.iter().filter(|t| word.starts_with(**t)).map(|t| t.chars().count()).max()
        {
            ranges.push((at, (at + longest).min(end)));
        }
        at = end;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_digits_are_looked_for_as_one_number_too() {
        assert_eq!(query("ana ruiz"), r#""ana"* AND "ruiz"*"#);
        assert_eq!(
            query("ana 202 555 0143"),
            r#"("ana"* AND "202"* AND "555"* AND "0143"*) OR ("ana"* AND "2025550143"*)"#
        );
        assert_eq!(query("7 a 8"), r#""7"* AND "a"* AND "8"*"#);
    }

    #[test]
    fn the_typed_part_of_each_word_is_marked() {
        assert_eq!(matched_ranges("Farías, María Luisa", "mar far"), vec![(0, 3), (8, 11)]);
        assert_eq!(matched_ranges("Yusuf, Amina", "zzz"), vec![]);
    }
}
