//! A Parquet file, column by column, its row groups in parallel.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type as PhysicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::schema::types::ColumnDescriptor;
use rayon::prelude::*;

use super::table::Values;
use super::{NO_DAY, NO_INTEGER, OmopError};

pub(super) struct ParquetTable {
    path: PathBuf,
    reader: SerializedFileReader<File>,
    rows: usize,
}

/// What a stored value stands for.
#[derive(Clone, Copy)]
enum Meaning {
    Integer,
    Day,
    /// Parts of a day.
    Moment(i64),
    /// Decimal places.
    Decimal(i32),
    Number,
    Text,
    Bit,
}

fn meaning(column: &ColumnDescriptor) -> Result<Meaning, String> {
    let physical = column.physical_type();
    let logical = column.logical_type_ref();
    let day = 86_400;
    Ok(match (physical, logical) {
        (_, Some(LogicalType::Decimal(decimal))) => Meaning::Decimal(decimal.scale),
        (_, Some(LogicalType::Date)) => Meaning::Day,
        (_, Some(LogicalType::Timestamp(stamp))) => Meaning::Moment(match stamp.unit {
            TimeUnit::MILLIS => day * 1_000,
            TimeUnit::MICROS => day * 1_000_000,
            TimeUnit::NANOS => day * 1_000_000_000,
        }),
        (PhysicalType::INT32 | PhysicalType::INT64, _) => match column.converted_type() {
            ConvertedType::DATE => Meaning::Day,
            ConvertedType::TIMESTAMP_MILLIS => Meaning::Moment(day * 1_000),
            ConvertedType::TIMESTAMP_MICROS => Meaning::Moment(day * 1_000_000),
            ConvertedType::DECIMAL => Meaning::Decimal(column.type_scale()),
            _ => Meaning::Integer,
        },
        (PhysicalType::FLOAT | PhysicalType::DOUBLE, _) => Meaning::Number,
        (PhysicalType::BOOLEAN, _) => Meaning::Bit,
        (PhysicalType::BYTE_ARRAY, _) => Meaning::Text,
        (PhysicalType::INT96, _) => Meaning::Moment(day * 1_000),
        _ => return Err(format!("column {} is of a type that is not read ({physical})", column.name())),
    })
}

/// The values of one row group, `missing` where there is none.
fn read<T: DataType, U: Clone>(
    mut reader: ColumnReaderImpl<T>,
    rows: usize,
    optional: bool,
    missing: U,
    convert: impl Fn(&T::T) -> Result<U, ParquetError>,
) -> Result<Vec<U>, ParquetError> {
    let mut values: Vec<T::T> = Vec::with_capacity(rows);
    let mut levels: Vec<i16> = Vec::new();
    let mut read = 0;
    while read < rows {
        let levels = optional.then_some(&mut levels);
        let (records, _, _) = reader.read_records(rows - read, levels, None, &mut values)?;
        if records == 0 {
            return Err(ParquetError::General("a column is shorter than its table".into()));
        }
        read += records;
    }
    if values.len() == rows {
        return values.iter().map(convert).collect();
    }
    let mut present = values.iter();
    levels
        .iter()
        .map(|level| match level {
            0 => Ok(missing.clone()),
            _ => present.next().map_or_else(|| Ok(missing.clone()), &convert),
        })
        .collect()
}

fn text(bytes: &ByteArray) -> Result<Box<str>, ParquetError> {
    Ok(std::str::from_utf8(bytes.data()).map_err(|e| ParquetError::General(e.to_string()))?.into())
}

/// A whole number of at most 16 bytes, the highest first.
fn decimal_of(data: &[u8]) -> i128 {
    let sign = if data.first().is_some_and(|byte| byte & 0x80 != 0) { -1 } else { 0 };
    data.iter().fold(sign, |value: i128, byte| (value << 8) | i128::from(*byte))
}

fn day_of_integer(value: i64, parts: i64) -> i32 {
    i32::try_from(value.div_euclid(parts)).unwrap_or(NO_DAY)
}

fn scaled(value: f64, scale: i32) -> f64 {
    value / 10_f64.powi(scale)
}

/// Reads one row group of a column.
fn group(
    reader: ColumnReader,
    meaning: Meaning,
    rows: usize,
    optional: bool,
) -> Result<Values, ParquetError> {
    use ColumnReader::{
        BoolColumnReader, ByteArrayColumnReader, DoubleColumnReader, FixedLenByteArrayColumnReader,
        FloatColumnReader, Int32ColumnReader, Int64ColumnReader, Int96ColumnReader,
    };
    let nan = f64::NAN;
    Ok(match (meaning, reader) {
        (Meaning::Integer, Int32ColumnReader(r)) => {
            Values::Integers(read(r, rows, optional, NO_INTEGER, |v| Ok(i64::from(*v)))?)
        }
        (Meaning::Integer, Int64ColumnReader(r)) => {
            Values::Integers(read(r, rows, optional, NO_INTEGER, |v| Ok(*v))?)
        }
        (Meaning::Bit, BoolColumnReader(r)) => {
            Values::Integers(read(r, rows, optional, NO_INTEGER, |v| Ok(i64::from(*v)))?)
        }
        (Meaning::Day, Int32ColumnReader(r)) => Values::Days(read(r, rows, optional, NO_DAY, |v| Ok(*v))?),
        (Meaning::Moment(parts), Int64ColumnReader(r)) => {
            Values::Days(read(r, rows, optional, NO_DAY, |v| Ok(day_of_integer(*v, parts)))?)
        }
        // How Spark and Impala wrote a moment before there was a type for it.
        (Meaning::Moment(parts), Int96ColumnReader(r)) => {
            Values::Days(read(r, rows, optional, NO_DAY, |v| Ok(day_of_integer(v.to_millis(), parts)))?)
        }
        (Meaning::Decimal(scale), Int32ColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(scaled(f64::from(*v), scale)))?)
        }
        (Meaning::Decimal(scale), Int64ColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(scaled(*v as f64, scale)))?)
        }
        (Meaning::Decimal(scale), ByteArrayColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(scaled(decimal_of(v.data()) as f64, scale)))?)
        }
        (Meaning::Decimal(scale), FixedLenByteArrayColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(scaled(decimal_of(v.data()) as f64, scale)))?)
        }
        (Meaning::Number, FloatColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(f64::from(*v)))?)
        }
        (Meaning::Number, DoubleColumnReader(r)) => {
            Values::Numbers(read(r, rows, optional, nan, |v| Ok(*v))?)
        }
        (Meaning::Text, ByteArrayColumnReader(r)) => {
            Values::Texts(read(r, rows, optional, Box::from(""), text)?)
        }
        _ => return Err(ParquetError::General("a column is of a type that is not read".into())),
    })
}

impl ParquetTable {
    pub fn open(path: &Path) -> Result<Self, OmopError> {
        let file = File::open(path).map_err(|source| OmopError::Folder { path: path.to_owned(), source })?;
        let reader = SerializedFileReader::new(file)
            .map_err(|error| OmopError::File { path: path.to_owned(), reason: error.to_string() })?;
        let rows = usize::try_from(reader.metadata().file_metadata().num_rows()).unwrap_or_default();
        Ok(Self { path: path.to_owned(), reader, rows })
    }

    pub const fn rows(&self) -> usize {
        self.rows
    }

    fn refused(&self, reason: impl ToString) -> OmopError {
        OmopError::File { path: self.path.clone(), reason: reason.to_string() }
    }

    pub fn values(&self, name: &str) -> Result<Option<Values>, OmopError> {
        let schema = self.reader.metadata().file_metadata().schema_descr_ptr();
        let found = schema.columns().iter().enumerate().find(|(_, c)| c.name().eq_ignore_ascii_case(name));
        let Some((at, column)) = found.map(|(at, column)| (at, Arc::clone(column))) else { return Ok(None) };
        let meaning = meaning(&column).map_err(|reason| self.refused(reason))?;
        if column.max_rep_level() > 0 || column.max_def_level() > 1 {
            return Err(self.refused(format!("column {name} holds lists or parts")));
        }
        let optional = column.max_def_level() > 0;
        let groups: Result<Vec<Values>, ParquetError> = (0..self.reader.num_row_groups())
            .into_par_iter()
            .map(|index| {
                // Its own handle: clones of one share their place in the file.
                let reader = SerializedFileReader::new(File::open(&self.path)?)?;
                let row_group = reader.get_row_group(index)?;
                let rows = usize::try_from(row_group.metadata().num_rows()).unwrap_or_default();
                group(row_group.get_column_reader(at)?, meaning, rows, optional)
            })
            .collect();
        let groups = groups.map_err(|error| self.refused(error))?;
        Ok(Some(joined(groups, meaning, self.rows)))
    }
}

fn joined(groups: Vec<Values>, meaning: Meaning, rows: usize) -> Values {
    macro_rules! join {
        ($variant:ident) => {{
            let mut groups = groups;
            if groups.len() == 1
                && let Some(only) = groups.pop()
            {
                return only;
            }
            let mut all = Vec::with_capacity(rows);
            for group in groups {
                if let Values::$variant(values) = group {
                    all.extend(values);
                }
            }
            Values::$variant(all)
        }};
    }
    match meaning {
        Meaning::Integer | Meaning::Bit => join!(Integers),
        Meaning::Day | Meaning::Moment(_) => join!(Days),
        Meaning::Decimal(_) | Meaning::Number => join!(Numbers),
        Meaning::Text => join!(Texts),
    }
}
