//! Synthea's CSV export (a folder of 18 tables) as the FHIR resources that Synthea's own FHIR exporter writes of the same
//! rows, so that the same people come in by either way as the same register.
//!
//! Columns: Synthea wiki, "CSV File Data Dictionary". Rows without an id of their own get one from their content, so that
//! the same row is never taken twice. Costs, and the table of claims' transactions, are left out and said to be.

mod administrative;
mod clinical;
mod row;

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rustcare_model::reason::Reason;
use serde_json::Value;

use self::administrative::{claim, coverage, organization, practitioner, supply};
use self::clinical::{
    allergy, care_plan, condition, device, encounter, imaging_study, immunization, medication, observation,
    patient, procedure,
};
use self::row::Row;

/// A row as a resource.
type Convert = fn(&Row<'_>) -> Value;

/// The tables that come in.
const TABLES: [(&str, Convert); 17] = [
    ("allergies", allergy),
    ("careplans", care_plan),
    ("claims", claim),
    ("conditions", condition),
    ("devices", device),
    ("encounters", encounter),
    ("imaging_studies", imaging_study),
    ("immunizations", immunization),
    ("medications", medication),
    ("observations", observation),
    ("organizations", organization),
    ("patients", patient),
    ("payer_transitions", coverage),
    ("payers", organization),
    ("procedures", procedure),
    ("providers", practitioner),
    ("supplies", supply),
];
/// The table that is left out: money between payers.
pub const LEFT_OUT: &str = "claims_transactions";

/// Which table a file of the set is, by its name.
pub fn table_of(name: &str) -> Option<&'static str> {
    let stem = name.rsplit(['/', '\\']).next()?.strip_suffix(".csv")?;
    TABLES.iter().map(|(table, _)| *table).chain([LEFT_OUT]).find(|table| *table == stem)
}

/// Whether a folder holds such a set: its table of patients has Synthea's columns.
pub fn is_set(folder: &Path) -> bool {
    let mut start = [0; 64];
    let read = File::open(folder.join("patients.csv")).and_then(|mut file| file.read(&mut start));
    read.is_ok_and(|n| {
        String::from_utf8_lossy(&start[..n]).trim_start_matches('\u{feff}').starts_with("Id,BIRTHDATE,")
    })
}

/// Opens a table as one resource a line. Line n of what is read is line n of the file: that of the names is blank.
///
/// # Errors
/// Why it cannot be read.
pub fn open(path: &Path, table: &'static str) -> Result<Box<dyn Read>, Reason> {
    let file = File::open(path).map_err(|_| Reason::FileUnreadable)?;
    let Some((_, convert)) = TABLES.iter().find(|(name, _)| *name == table) else {
        return Err(Reason::SyntheaTransactions);
    };
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(BufReader::new(file));
    let names = rows.headers().map_err(|_| Reason::FileNotText)?.iter().map(str::to_owned).collect();
    Ok(Box::new(Converted { rows, names, table, convert: *convert, ready: b"\n".to_vec(), at: 0 }))
}

struct Converted<R> {
    rows: csv::Reader<R>,
    names: Vec<String>,
    table: &'static str,
    convert: Convert,
    ready: Vec<u8>,
    at: usize,
}

impl<R: Read> Read for Converted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.ready.len() {
            let mut record = csv::StringRecord::new();
            if !self.rows.read_record(&mut record).map_err(std::io::Error::other)? {
                return Ok(0);
            }
            let row = Row { names: &self.names, record: &record, table: self.table };
            self.ready = serde_json::to_vec(&(self.convert)(&row)).map_err(std::io::Error::other)?;
            self.ready.push(b'\n');
            self.at = 0;
        }
        let count = buffer.len().min(self.ready.len() - self.at);
        buffer[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
