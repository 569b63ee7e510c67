//! A CSV file of people: dialect, columns, rows in; every row that cannot be read is named.

use std::collections::HashMap;

use serde::Serialize;
use thiserror::Error;

use super::birth_date::{BirthDate, ColumnOrder, read_column};
use super::columns::{Column, ColumnMap};
use super::person::PersonFields;

/// A file that cannot be read at all.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FileError {
    /// Neither UTF-8 nor one byte per character.
    #[error("the file is not text")]
    NotText,
    /// There is no header line.
    #[error("the file is empty")]
    Empty,
    /// No column is known.
    #[error("no column is recognised; name them with --columns MAP.toml")]
    NoColumns,
}

/// A row that is left out, or a value in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// Line in the file, from 1; the header is line 1.
    pub line: u64,
    /// What is wrong, without the row's content.
    pub what: String,
}

/// The people of a file.
#[derive(Debug, Clone, Default)]
pub struct PeopleFile {
    /// Identifiers as written; the row's number (from 1) where the file has none.
    pub ids: Vec<String>,
    /// The people.
    pub people: Vec<PersonFields>,
    /// Rows that were left out.
    pub rejected: Vec<BadRow>,
    /// Values that were taken for unknown, because they could not be read (dates of birth).
    pub unreadable: Vec<BadRow>,
    /// Headers with the field each was taken for.
    pub recognised: Vec<(String, &'static str)>,
    /// Headers that were not used.
    pub unrecognised: Vec<String>,
    /// Identifiers that several rows have.
    pub duplicate_ids: usize,
    /// Order of dates that the column of dates of birth decided for.
    pub date_order: Option<ColumnOrder>,
    /// The delimiter that was found.
    pub delimiter: char,
}

/// Text of a file: UTF-8 (with or without a mark), UTF-16 with a mark, or one byte per character (Latin-1).
fn text_of(bytes: &[u8]) -> Result<String, FileError> {
    let utf16 = |little: bool| {
        let units = bytes[2..].chunks_exact(2).map(|c| {
            if little { u16::from_le_bytes([c[0], c[1]]) } else { u16::from_be_bytes([c[0], c[1]]) }
        });
        char::decode_utf16(units).collect::<Result<String, _>>().map_err(|_| FileError::NotText)
    };
    match bytes {
        [0xff, 0xfe, ..] => utf16(true),
        [0xfe, 0xff, ..] => utf16(false),
        _ => {
            let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
            if bytes.iter().take(4096).any(|b| *b == 0) {
                return Err(FileError::NotText);
            }
            Ok(std::str::from_utf8(bytes)
                .map_or_else(|_| bytes.iter().map(|b| char::from(*b)).collect(), str::to_owned))
        }
    }
}

/// The delimiter that cuts the header line into the most columns.
fn delimiter_of(text: &str) -> u8 {
    let header = text.lines().find(|l| !l.trim().is_empty()).unwrap_or_default();
    let mut quoted = false;
    let mut counts = [0usize; 4];
    const CANDIDATES: [char; 4] = [',', ';', '\t', '|'];
    for c in header.chars() {
        if c == '"' {
            quoted = !quoted;
        } else if !quoted && let Some(n) = CANDIDATES.iter().position(|d| *d == c) {
            counts[n] += 1;
        }
    }
    let best = (0..4).rev().max_by_key(|n| counts[*n]).unwrap_or(0);
    CANDIDATES[best] as u8
}

impl PeopleFile {
    /// Reads a file. `this_year` is the latest year of birth.
    ///
    /// # Errors
    /// No text, nothing in it, or no column that is known.
    pub fn read(bytes: &[u8], map: &ColumnMap, this_year: u16) -> Result<Self, FileError> {
        let text = text_of(bytes)?;
        if text.trim().is_empty() {
            return Err(FileError::Empty);
        }
        let delimiter = delimiter_of(&text);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .trim(csv::Trim::All)
            .flexible(true)
            .from_reader(text.as_bytes());
        let headers = reader.headers().map_err(|_| FileError::NotText)?.clone();
        let mut file = Self { delimiter: char::from(delimiter), ..Self::default() };
        let columns = file.columns(&headers, map);
        if !columns.iter().flatten().any(|c| !matches!(c, Column::Id | Column::Truth | Column::Ignored)) {
            return Err(FileError::NoColumns);
        }
        let mut births: Vec<[String; 4]> = Vec::new();
        let mut lines: Vec<u64> = Vec::new();
        let mut row = csv::StringRecord::new();
        loop {
            match reader.read_record(&mut row) {
                Ok(false) => break,
                Ok(true) => {}
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    file.rejected.push(BadRow { line, what: "the row is no CSV".into() });
                    continue;
                }
            }
            let line = row.position().map_or(0, csv::Position::line);
            // Blank cells beyond the last header are a habit of spreadsheets and say nothing.
            let beyond = row.iter().skip(headers.len()).any(|cell| !cell.is_empty());
            if row.len() < headers.len() || beyond {
                let what = format!("{} cells where the header has {}", row.len(), headers.len());
                file.rejected.push(BadRow { line, what });
                continue;
            }
            file.take(&row, &columns, &mut births);
            lines.push(line);
        }
        file.birth_dates(&births, &lines, this_year);
        let mut seen: HashMap<&str, usize> = HashMap::new();
        file.ids.iter().for_each(|id| *seen.entry(id).or_default() += 1);
        file.duplicate_ids = seen.values().filter(|n| **n > 1).count();
        Ok(file)
    }

    /// Column of each header; the first of several identifiers is the one.
    fn columns(&mut self, headers: &csv::StringRecord, map: &ColumnMap) -> Vec<Option<Column>> {
        let mut has_id = false;
        headers
            .iter()
            .map(|header| {
                let column = match map.column(header) {
                    Some(Column::Id) if has_id => None,
                    other => other,
                };
                has_id |= column == Some(Column::Id);
                match column {
                    Some(column) => self.recognised.push((header.to_owned(), column.name())),
                    None => self.unrecognised.push(header.to_owned()),
                }
                column
            })
            .collect()
    }

    fn take(&mut self, row: &csv::StringRecord, columns: &[Option<Column>], births: &mut Vec<[String; 4]>) {
        let mut person = PersonFields::default();
        let mut birth: [String; 4] = Default::default();
        let mut id = String::new();
        let mut full_name = String::new();
        for (cell, column) in row.iter().zip(columns) {
            let Some(column) = column else { continue };
            let place = match column {
                Column::Id => &mut id,
                Column::GivenName => &mut person.given_name,
                Column::MiddleName => &mut person.middle_name,
                Column::Surname => &mut person.surname,
                Column::FullName => &mut full_name,
                Column::Suffix => &mut person.suffix,
                Column::BirthDate => &mut birth[0],
                Column::BirthYear => &mut birth[1],
                Column::BirthMonth => &mut birth[2],
                Column::BirthDay => &mut birth[3],
                Column::Sex => &mut person.sex,
                Column::StreetNumber => &mut person.street_number,
                Column::Street => &mut person.street,
                Column::Building => &mut person.building,
                Column::Place => &mut person.place,
                Column::Postcode => &mut person.postcode,
                Column::State => &mut person.state,
                Column::Phone => &mut person.phone,
                Column::Email => &mut person.email,
                Column::LegalId => &mut person.legal_id,
                Column::SsnLast4 => &mut person.ssn_last4,
                Column::ItinLast4 => &mut person.itin_last4,
                Column::PlanId => &mut person.plan_id,
                Column::CredentialId => &mut person.credential_id,
                Column::EnterpriseId => &mut person.enterprise_id,
                Column::BirthPlace => &mut person.birth_place,
                Column::OtherSurname => {
                    if !cell.is_empty() {
                        person.other_surnames.push(cell.to_owned());
                    }
                    continue;
                }
                Column::Truth | Column::Ignored => continue,
            };
            // Of several columns of a kind (telephone, mobile) the first that is filled counts.
            if place.is_empty() {
                place.push_str(cell);
            }
        }
        if person.given_name.is_empty() && person.surname.is_empty() {
            (person.given_name, person.surname) = split_name(&full_name);
        }
        self.ids.push(if id.is_empty() { (self.ids.len() + 1).to_string() } else { id });
        self.people.push(person);
        births.push(birth);
    }

    fn birth_dates(&mut self, births: &[[String; 4]], lines: &[u64], this_year: u16) {
        let column: Vec<&str> = births.iter().map(|b| b[0].as_str()).collect();
        let (dates, unreadable, order) = read_column(&column, this_year);
        if column.iter().any(|v| !v.is_empty()) {
            self.date_order = Some(order);
        }
        for row in unreadable {
            self.unreadable.push(BadRow { line: lines[row], what: "the date of birth is no date".into() });
        }
        for ((person, date), parts) in self.people.iter_mut().zip(dates).zip(births) {
            person.birth_date = date;
            if date.is_unknown() {
                let number = |text: &str| text.parse::<f64>().ok().filter(|n| *n >= 0.0).unwrap_or(0.0);
                let (year, month, day) = (number(&parts[1]), number(&parts[2]), number(&parts[3]));
                if year < 10_000.0 && month < 100.0 && day < 100.0 {
                    person.birth_date = BirthDate::new(year as u16, month as u8, day as u8);
                }
            }
        }
    }
}

/// Given and family name of a full name: `Family, Given`, or the last word is the family name.
fn split_name(full: &str) -> (String, String) {
    if let Some((family, given)) = full.split_once(',') {
        return (given.trim().to_owned(), family.trim().to_owned());
    }
    match full.trim().rsplit_once(' ') {
        Some((given, family)) => (given.trim().to_owned(), family.to_owned()),
        None => (String::new(), full.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> PeopleFile {
        PeopleFile::read(text.as_bytes(), &ColumnMap::default(), 2026).unwrap()
    }

    #[test]
    fn dialects_are_found() {
        let file = read("\u{feff}id;first_name;\"last;name\";dob\n1;Ann;X;02.03.1987\n2;Bo;Y;25.03.1990\n");
        assert_eq!((file.delimiter, file.ids.len()), (';', 2));
        assert_eq!(file.people[0].birth_date, BirthDate::new(1987, 3, 2));
        assert_eq!(file.people[1].surname, "Y", "a delimiter in quotes is none");
        let utf16: Vec<u8> = [0xff, 0xfe]
            .into_iter()
            .chain("name,dob\nLee,1990\n".encode_utf16().flat_map(u16::to_le_bytes))
            .collect();
        assert_eq!(PeopleFile::read(&utf16, &ColumnMap::default(), 2026).unwrap().people[0].surname, "Lee");
        let latin = PeopleFile::read(b"surname\nM\xfcller\n", &ColumnMap::default(), 2026).unwrap();
        assert_eq!(latin.people[0].surname, "Müller");
    }

    #[test]
    fn bad_rows_are_named_and_the_rest_is_kept() {
        let file = read(
            "rec_id, given_name, date_of_birth\nr1, ann, 19870302\nr2, bo\nr3, cy, 19900101, more\nr4, di, soon, \n",
        );
        assert_eq!(file.ids, ["r1", "r4"]);
        assert_eq!(file.rejected.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 4]);
        assert_eq!(file.unreadable.iter().map(|r| r.line).collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn dates_may_come_in_three_columns() {
        let file = read("fname_c1,lname_c1,by,bm,bd\nCARSTEN,MEIER,1949,7,22\n");
        assert_eq!(file.people[0].birth_date, BirthDate::new(1949, 7, 22));
        assert_eq!(file.ids, ["1"]);
    }

    #[test]
    fn files_with_nothing_in_them_are_refused() {
        for (text, error) in
            [("", FileError::Empty), ("a,b\n1,2\n", FileError::NoColumns), ("id\n1\n", FileError::NoColumns)]
        {
            assert_eq!(PeopleFile::read(text.as_bytes(), &ColumnMap::default(), 2026).unwrap_err(), error);
        }
        assert!(read("surname\n").people.is_empty(), "a header alone is nobody");
    }
}
