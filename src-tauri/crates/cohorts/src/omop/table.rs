//! One table, column by column, whatever the file it is in.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::civil::{Date, date};

use super::csv_table::CsvTable;
use super::memory::MemoryTable;
use super::parquet_column::ParquetTable;
use super::{Absent, NO_DAY, NO_INTEGER, OmopError};

const EPOCH: Date = date(1970, 1, 1);

/// The values of a column as its file holds them.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Whole numbers; [`NO_INTEGER`] where there is none.
    Integers(Vec<i64>),
    /// Days since 1970-01-01; [`NO_DAY`] where there is none.
    Days(Vec<i32>),
    /// Numbers; not a number where there is none.
    Numbers(Vec<f64>),
    /// Texts; empty where there is none.
    Texts(Vec<Box<str>>),
}

enum File {
    Parquet(ParquetTable),
    Csv(CsvTable),
    Memory(Arc<MemoryTable>),
}

impl Values {
    /// These and then others of the same type.
    fn joined(self, more: Self) -> Option<Self> {
        Some(match (self, more) {
            (Self::Integers(first), Self::Integers(more)) => Self::Integers([first, more].concat()),
            (Self::Days(first), Self::Days(more)) => Self::Days([first, more].concat()),
            (Self::Numbers(first), Self::Numbers(more)) => Self::Numbers([first, more].concat()),
            (Self::Texts(first), Self::Texts(more)) => Self::Texts([first, more].concat()),
            _ => return None,
        })
    }
}

impl File {
    fn rows(&self) -> usize {
        match self {
            Self::Parquet(table) => table.rows(),
            Self::Csv(table) => table.rows(),
            Self::Memory(table) => table.rows(),
        }
    }

    fn values(&self, column: &str) -> Result<Option<Values>, OmopError> {
        match self {
            Self::Parquet(table) => table.values(column),
            Self::Csv(table) => Ok(table.values(column)),
            Self::Memory(table) => Ok(table.values(column)),
        }
    }
}

/// A table that is open for reading.
pub struct Table {
    name: String,
    /// One after the other.
    parts: Vec<File>,
    absent: Absent,
}

/// A day out of `2020-01-31`, `2020-01-31 10:00:00`, `2020-01-31T10:00:00Z` or `20200131`.
fn day(text: &str) -> Option<i32> {
    let text = text.trim();
    let parsed: Date = if text.len() >= 10 && text.is_char_boundary(10) {
        text[..10].parse().ok()?
    } else {
        text.parse().ok()?
    };
    Some((parsed - EPOCH).get_days())
}

fn whole(number: f64) -> Option<i64> {
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}

impl Table {
    pub(super) fn open(name: &str, files: &[PathBuf], absent: Absent) -> Result<Self, OmopError> {
        let part = |path: &PathBuf| {
            let is_parquet = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
            Ok(if is_parquet {
                File::Parquet(ParquetTable::open(path)?)
            } else {
                File::Csv(CsvTable::open(path)?)
            })
        };
        let parts = files.iter().map(part).collect::<Result<_, OmopError>>()?;
        Ok(Self { name: name.to_owned(), parts, absent })
    }

    pub(super) fn of_memory(table: Arc<MemoryTable>) -> Self {
        Self { name: table.name.to_owned(), parts: vec![File::Memory(table)], absent: Absent::default() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.parts.iter().map(File::rows).sum()
    }

    fn values(&self, column: &str) -> Result<Option<Values>, OmopError> {
        let mut all: Option<Values> = None;
        for (at, part) in self.parts.iter().enumerate() {
            let values = part.values(column)?;
            all = match (all, values) {
                (None, values) if at == 0 => values,
                (None, None) => None,
                (Some(first), Some(more)) => Some(first.joined(more).ok_or_else(|| self.uneven(column))?),
                _ => return Err(self.uneven(column)),
            };
        }
        if all.is_none() {
            self.absent.lock().insert(format!("{}.{column}", self.name));
        }
        Ok(all)
    }

    fn uneven(&self, column: &str) -> OmopError {
        let reason = "the column is not in all parts of the table, or of another type in some".to_owned();
        self.bad(0, column, reason)
    }

    fn bad(&self, row: usize, column: &str, reason: String) -> OmopError {
        OmopError::BadValue { table: self.name.clone(), row: row + 1, column: column.to_owned(), reason }
    }

    fn needed<T>(&self, column: &str, values: Option<T>) -> Result<T, OmopError> {
        values.ok_or_else(|| OmopError::NoColumn { table: self.name.clone(), column: column.to_owned() })
    }

    fn convert<T, U: Copy>(
        &self,
        column: &str,
        values: Vec<T>,
        convert: impl Fn(&T) -> Result<U, String>,
    ) -> Result<Vec<U>, OmopError> {
        let mut converted = Vec::with_capacity(values.len());
        for (row, value) in values.iter().enumerate() {
            converted.push(convert(value).map_err(|reason| self.bad(row, column, reason))?);
        }
        Ok(converted)
    }

    /// Whole numbers: ids, concepts, counts.
    ///
    /// # Errors
    /// When a value is none.
    pub fn integers(&self, column: &str) -> Result<Option<Vec<i64>>, OmopError> {
        Ok(Some(match self.values(column)? {
            None => return Ok(None),
            Some(Values::Integers(integers)) => integers,
            Some(Values::Numbers(numbers)) => self.convert(column, numbers, |number| {
                if number.is_nan() {
                    return Ok(NO_INTEGER);
                }
                whole(*number).ok_or_else(|| "what stands there is no whole number".to_owned())
            })?,
            Some(Values::Texts(texts)) => self.convert(column, texts, |text| {
                let text = text.trim();
                if text.is_empty() {
                    return Ok(NO_INTEGER);
                }
                let number = text.parse().ok().or_else(|| text.parse().ok().and_then(whole));
                number.ok_or_else(|| "what stands there is no whole number".to_owned())
            })?,
            Some(Values::Days(_)) => {
                return Err(self.bad(0, column, "a whole number is expected, not a date".into()));
            }
        }))
    }

    /// Whole numbers, one in every row.
    ///
    /// # Errors
    /// When the column or a value is missing.
    pub fn needed_integers(&self, column: &str) -> Result<Vec<i64>, OmopError> {
        let values = self.needed(column, self.integers(column)?)?;
        match values.iter().position(|value| *value == NO_INTEGER) {
            None => Ok(values),
            Some(row) => Err(self.bad(row, column, "a value is needed".into())),
        }
    }

    /// Days since 1970-01-01; of a time its day.
    ///
    /// # Errors
    /// When a value is none.
    pub fn days(&self, column: &str) -> Result<Option<Vec<i32>>, OmopError> {
        Ok(Some(match self.values(column)? {
            None => return Ok(None),
            Some(Values::Days(days)) => days,
            Some(Values::Texts(texts)) => self.convert(column, texts, |text| {
                if text.trim().is_empty() {
                    return Ok(NO_DAY);
                }
                day(text).ok_or_else(|| "what stands there is no date".to_owned())
            })?,
            Some(Values::Integers(values)) if values.iter().all(|value| *value == NO_INTEGER) => {
                vec![NO_DAY; values.len()]
            }
            Some(Values::Integers(_) | Values::Numbers(_)) => {
                return Err(self.bad(0, column, "a date is expected, not a number".into()));
            }
        }))
    }

    /// Days, one in every row.
    ///
    /// # Errors
    /// When the column or a value is missing.
    pub fn needed_days(&self, column: &str) -> Result<Vec<i32>, OmopError> {
        let values = self.needed(column, self.days(column)?)?;
        match values.iter().position(|value| *value == NO_DAY) {
            None => Ok(values),
            Some(row) => Err(self.bad(row, column, "a date is needed".into())),
        }
    }

    /// Numbers.
    ///
    /// # Errors
    /// When a value is none.
    pub fn numbers(&self, column: &str) -> Result<Option<Vec<f64>>, OmopError> {
        Ok(Some(match self.values(column)? {
            None => return Ok(None),
            Some(Values::Numbers(numbers)) => numbers,
            Some(Values::Integers(integers)) => {
                let number = |value: i64| if value == NO_INTEGER { f64::NAN } else { value as f64 };
                integers.into_iter().map(number).collect()
            }
            Some(Values::Texts(texts)) => self.convert(column, texts, |text| {
                let text = text.trim();
                if text.is_empty() {
                    return Ok(f64::NAN);
                }
                text.parse().map_err(|_| "what stands there is no number".to_owned())
            })?,
            Some(Values::Days(_)) => {
                return Err(self.bad(0, column, "a number is expected, not a date".into()));
            }
        }))
    }

    /// Texts, empty where there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn texts(&self, column: &str) -> Result<Option<Vec<Box<str>>>, OmopError> {
        let text = |value: i64| if value == NO_INTEGER { "".into() } else { value.to_string().into() };
        Ok(Some(match self.values(column)? {
            None => return Ok(None),
            Some(Values::Texts(texts)) => texts,
            Some(Values::Integers(values)) => values.into_iter().map(text).collect(),
            Some(Values::Numbers(values)) => values
                .into_iter()
                .map(|value| if value.is_nan() { "".into() } else { value.to_string().into() })
                .collect(),
            Some(Values::Days(_)) => {
                return Err(self.bad(0, column, "a text is expected, not a date".into()));
            }
        }))
    }
}
