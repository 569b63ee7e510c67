//! A CSV file, packed with gzip or not, read whole: a heading, then texts.
//!
//! Cells are separated by commas, tabs (as in the vocabularies of Athena), semicolons or bars, whichever the heading has most of.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::OmopError;
use super::table::Values;

const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// How programs write that there is no value, besides the empty cell: R, pandas, and databases in their exports.
const NO_VALUE: [&str; 6] = ["NA", "NaN", "nan", "NULL", "null", "\\N"];

pub(super) struct CsvTable {
    headings: Vec<String>,
    columns: Vec<Vec<Box<str>>>,
    rows: usize,
}

/// The text of a cell. Names are all that is ever in another encoding; each byte stands for its letter then.
fn text(cell: &[u8]) -> Box<str> {
    match std::str::from_utf8(cell) {
        Ok(text) if NO_VALUE.contains(&text) => Box::from(""),
        Ok(text) => Box::from(text),
        Err(_) => cell.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
    }
}

/// The mark that the heading has most of.
fn separator(heading: &[u8]) -> u8 {
    let count = |mark: u8| heading.iter().filter(|byte| **byte == mark).count();
    // Of equal counts the first in the list.
    SEPARATORS.into_iter().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

fn heading(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase()
}

impl CsvTable {
    pub fn open(path: &Path) -> Result<Self, OmopError> {
        let file = File::open(path).map_err(|source| OmopError::Folder { path: path.to_owned(), source })?;
        let is_packed = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        if is_packed {
            return Self::read(path, BufReader::new(MultiGzDecoder::new(file)));
        }
        Self::read(path, BufReader::new(file))
    }

    fn read(path: &Path, mut file: impl BufRead) -> Result<Self, OmopError> {
        let refused = |reason: String| OmopError::File { path: path.to_owned(), reason };
        let mut first = Vec::new();
        file.read_until(b'\n', &mut first).map_err(|error| refused(error.to_string()))?;
        if first.is_empty() {
            return Err(refused("the file is empty: it has not even a heading".into()));
        }
        let separator = separator(&first);
        // Athena puts no quotes around a cell, and has quotes in names.
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .quoting(separator != b'\t')
            .from_reader(Cursor::new(first).chain(file));
        let headings: Vec<String> =
            reader.byte_headers().map_err(|error| refused(error.to_string()))?.iter().map(heading).collect();
        let mut columns = vec![Vec::new(); headings.len()];
        let mut rows = 0;
        for record in reader.byte_records() {
            let record = record.map_err(|error| refused(error.to_string()))?;
            for (column, cell) in columns.iter_mut().zip(&record) {
                column.push(text(cell));
            }
            rows += 1;
        }
        Ok(Self { headings, columns, rows })
    }

    pub const fn rows(&self) -> usize {
        self.rows
    }

    pub fn values(&self, column: &str) -> Option<Values> {
        let at = self.headings.iter().position(|heading| heading == column)?;
        self.columns.get(at).map(|values| Values::Texts(values.clone()))
    }
}
