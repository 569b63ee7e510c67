//! Tables as clinics have them: CSV and TSV of any dialect, looked at, corrected, tried, and brought in.
//!
//! Nothing is guessed that a person must decide: what has more than one reading is a question, and while one is open
//! nothing is brought in. No row is dropped: each is taken, refused with its line and its text, or asked about.
//!
//! | module | what it knows |
//! |---|---|
//! | `encoding` | bytes to text |
//! | [`records`] | text to records with their true lines; a stray quotation mark spoils its own line only |
//! | [`dialect`] | how the text is cut, detected and correctable |
//! | `header` | preamble, names of columns in one row, two or none |
//! | `rows` | the data: rows of the table's width, and what the others are |
//! | [`columns`] | which column is which field |
//! | [`dates`], `sex` | what a column as a whole says of its dates and its letters |
//! | `person` | a row to a patient, by the rules of the registration form |
//! | `plan` | what becomes of each row |
//! | [`dry_run`] | all findings of all rows before anything is written |
//! | [`commit`] | the same rows, written through the import's writer |

pub mod columns;
pub mod commit;
pub mod dates;
pub mod dialect;
pub mod dry_run;
mod encoding;
pub mod full_name;
mod header;
mod person;
mod plan;
pub mod records;
mod rows;
mod sex;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use rustcare_model::date_reading::DateOrder;
use rustcare_model::reason::Reason;
use serde::{Deserialize, Serialize};

use columns::Field;
use dialect::{Dialect, DialectChoice};
use records::{Record, Records};
pub use rows::{Row, Rows};

/// Larger files are refused: a register of ten million patients is smaller.
const LARGEST: u64 = 1 << 30;

/// What a person decided of a table; what is absent is detected or suggested.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
pub struct TableChoice {
    /// Who gave the numbers of the table; the file's name without its ending when nothing is said. The same table brought in
    /// again under the same name changes nothing.
    pub system: Option<String>,
    /// Order of day, month and year in all columns of dates.
    pub date_order: Option<DateOrder>,
    /// How names in one column are written that have no comma.
    pub name_order: Option<full_name::NameOrder>,
    /// How it is written.
    pub dialect: DialectChoice,
    /// Field of a column, by the column's name.
    pub columns: BTreeMap<String, Field>,
}

impl TableChoice {
    /// Reads a map file.
    ///
    /// # Errors
    /// The line that cannot be read, without its content.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            format!("line {line}: {}", error.message())
        })
    }
}

/// Why a file is not read as a table at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TableRefused(pub Reason);

/// A table in memory.
#[derive(Debug)]
pub struct Table {
    text: String,
    /// Of the file, as the person knows it.
    pub file: String,
    /// How it is written.
    pub dialect: Dialect,
    /// Names of the columns, each its own.
    pub names: Vec<String>,
    /// Rows above the names, as they stand.
    pub preamble: Vec<String>,
    /// The names as one row, to recognise them when they come again.
    header: Vec<String>,
    /// Where the data begin: records to pass over.
    above: usize,
    gaps: bool,
}

impl Table {
    /// Opens a file.
    ///
    /// # Errors
    /// [`TableRefused`].
    pub fn open(path: &Path, choice: &DialectChoice) -> Result<Self, TableRefused> {
        let unreadable = |_| TableRefused(Reason::FileUnreadable);
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(TableRefused(Reason::FileTooLarge));
        }
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Self::read(&bytes, name, choice)
    }

    /// Reads the bytes of a file.
    ///
    /// # Errors
    /// [`TableRefused`] for what is no text.
    pub fn read(bytes: &[u8], file: String, choice: &DialectChoice) -> Result<Self, TableRefused> {
        // Workbooks (zip and OLE) and archives are no tables, whatever their name ends in.
        let begins = |start: &[u8]| bytes.starts_with(start);
        if begins(b"PK\x03\x04") || begins(b"\xD0\xCF\x11\xE0") || begins(b"\x1F\x8B") || begins(b"%PDF") {
            return Err(TableRefused(Reason::TableNotText));
        }
        let decoded = encoding::decode(bytes, choice.encoding.as_deref());
        let text = decoded.text;
        let strange = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{0}');
        let start = dialect::sample(&text);
        if start.chars().filter(|c| strange(*c) || *c == '\u{0}').count() * 20 > start.chars().count() {
            return Err(TableRefused(Reason::TableNotText));
        }
        let cut = dialect::detect(&text, choice);
        let first: Vec<Record<'_>> = Records::new(start, cut).take(200).collect();
        let width = usual_width(&first, header::LOOKED_AT);
        let above = header::find(&first, width, choice);
        let records = |from: usize, count: usize| first.iter().skip(from).take(count);
        let headers: Vec<Record<'_>> = records(above.preamble_rows, above.header_rows).cloned().collect();
        // A row of names one shorter than all rows leaves the last column unnamed; otherwise the names say the width.
        let named = headers.iter().filter_map(|r| r.cells.as_ref().ok()).map(Vec::len).max();
        let width = match named {
            Some(named) if named + 1 == width && last_is_empty(&first, above, width) => width,
            Some(named) => named,
            None => width,
        };
        let names = header::names(&headers, width);
        let header = headers
            .last()
            .and_then(|r| r.cells.as_ref().ok())
            .map(|cells| cells.iter().map(|c| c.trim().to_owned()).collect())
            .unwrap_or_default();
        let preamble = records(0, above.preamble_rows).map(|r| r.text.to_owned()).collect();
        let dialect = Dialect {
            encoding: decoded.encoding.to_owned(),
            delimiter: cut.delimiter,
            quote: cut.quote,
            backslash: cut.backslash,
            record_end: cut.record_end,
            preamble_rows: above.preamble_rows,
            header_rows: above.header_rows,
        };
        Ok(Self {
            file,
            dialect,
            names,
            preamble,
            header,
            above: above.preamble_rows + above.header_rows,
            gaps: decoded.gaps,
            text,
        })
    }

    /// The data, row by row.
    pub fn rows(&self) -> Rows<'_> {
        Rows::new(self)
    }

    /// Bytes of its text.
    pub fn bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// Who gave its numbers, when nobody says.
    pub fn system(&self, choice: &TableChoice) -> String {
        let said = choice.system.as_deref().map(str::trim).filter(|s| !s.is_empty());
        said.map_or_else(
            || self.file.rsplit_once('.').map_or(self.file.as_str(), |(stem, _)| stem).to_owned(),
            str::to_owned,
        )
    }

    /// What each column is taken for.
    pub fn fields(&self, choice: &TableChoice) -> Vec<Field> {
        let mut fields = if self.dialect.header_rows == 0 {
            vec![Field::LeaveOut; self.names.len()]
        } else {
            columns::suggest(&self.names)
        };
        for (name, field) in self.names.iter().zip(&mut fields) {
            if let Some(said) = choice.columns.get(name) {
                *field = *said;
            }
        }
        // What a person gave to one column is not also suggested for another.
        let said = |at: usize| choice.columns.contains_key(&self.names[at]);
        for at in 0..fields.len() {
            let elsewhere =
                (0..fields.len()).any(|other| other != at && said(other) && fields[other] == fields[at]);
            if !said(at) && elsewhere {
                fields[at] = Field::LeaveOut;
            }
        }
        fields
    }
}

/// The most frequent width; of records further down when there are enough, since the first may be a preamble.
fn usual_width(records: &[Record<'_>], above_most: usize) -> usize {
    let from = if records.len() > above_most * 2 { above_most } else { 0 };
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for record in records[from..].iter().filter(|r| !r.is_blank()) {
        if let Ok(cells) = &record.cells {
            *widths.entry(cells.len()).or_default() += 1;
        }
    }
    widths.into_iter().max_by_key(|(width, count)| (*count, *width)).map_or(0, |(width, _)| width)
}

fn last_is_empty(records: &[Record<'_>], above: header::Above, width: usize) -> bool {
    let data = records.iter().skip(above.preamble_rows + above.header_rows).filter(|r| !r.is_blank());
    let full = data.filter_map(|r| r.cells.as_ref().ok()).filter(|c| c.len() == width);
    full.clone().count() > 0 && full.clone().all(|c| c.last().is_some_and(|c| c.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::records::{Delimiter, Quote, RecordEnd};
    use super::*;
    use proptest::prelude::*;

    const HEADER: [&str; 4] = ["Id", "First", "Last", "City"];

    fn written(rows: &[Vec<String>], delimiter: &str, mark: &str, end: &str) -> String {
        let names = [HEADER.map(str::to_owned).to_vec()];
        let cell = |c: &String| format!("{mark}{}{mark}", c.replace(mark, &mark.repeat(2)));
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(delimiter) + end;
        names.iter().chain(rows).map(line).collect()
    }

    proptest! {
        #[test]
        fn a_register_in_any_dialect_is_recognised_and_reads_back_equal(
            rows in prop::collection::vec(prop::collection::vec("[a-zé]{1,8}( [a-z,;']{1,6})?", 4), 3..12),
            delimiter in prop::sample::select(vec![",", ";", "\t", "|", ", "]), single: bool,
            end in prop::sample::select(vec!["\r\n", "\n", "\r"]), utf16: bool,
        ) {
            let text = written(&rows, delimiter, if single { "'" } else { "\"" }, end);
            let bytes = if utf16 {
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            } else {
                text.into_bytes()
            };
            let table = Table::read(&bytes, "register.csv".into(), &DialectChoice::default()).unwrap();
            prop_assert_eq!(&table.names, &HEADER);
            let read: Vec<Vec<String>> =
                table.rows().map(|r| r.cells.unwrap().iter().map(|c| c.to_string()).collect()).collect();
            prop_assert_eq!(read, rows);
            prop_assert_eq!(table.dialect.quote, if single { Quote::Single } else { Quote::Double });
            let ends = [("\r\n", RecordEnd::CrLf), ("\n", RecordEnd::Lf), ("\r", RecordEnd::Cr)];
            prop_assert!(ends.contains(&(end, table.dialect.record_end)));
            prop_assert_eq!(table.dialect.delimiter.character(), delimiter.chars().next().unwrap());
            prop_assert_eq!(table.dialect.delimiter == Delimiter::CommaBlank, delimiter == ", ");
        }

        #[test]
        fn no_bytes_panic_and_each_line_rises(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(table) = Table::read(&bytes, "x.csv".into(), &DialectChoice::default()) {
                let lines: Vec<u64> = table.rows().map(|r| r.line).collect();
                prop_assert!(lines.windows(2).all(|w| w[0] < w[1]));
            }
        }
    }
}
