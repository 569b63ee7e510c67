//! A CSV file, read whole: a heading, then texts.

use std::path::Path;

use super::OmopError;
use super::table::Values;

pub(super) struct CsvTable {
    headings: Vec<String>,
    columns: Vec<Vec<Box<str>>>,
    rows: usize,
}

impl CsvTable {
    pub fn open(path: &Path) -> Result<Self, OmopError> {
        let refused =
            |error: csv::Error| OmopError::File { path: path.to_owned(), reason: error.to_string() };
        let mut reader = csv::Reader::from_path(path).map_err(refused)?;
        let heading = |text: &str| text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
        let headings: Vec<String> = reader.headers().map_err(refused)?.iter().map(heading).collect();
        let mut columns = vec![Vec::new(); headings.len()];
        let mut rows = 0;
        for record in reader.records() {
            let record = record.map_err(refused)?;
            for (column, cell) in columns.iter_mut().zip(&record) {
                column.push(Box::from(cell));
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
