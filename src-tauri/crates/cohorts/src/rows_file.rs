//! Rows of cohorts as a file: the columns of the common data model's `COHORT` table, as CSV or Parquet.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::{Date, date};
use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType};
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use crate::engine::CohortRow;

/// Rows in a group of a Parquet file.
const GROUP: usize = 1 << 20;

const COLUMNS: [&str; 4] = ["cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date"];

/// Writes rows with the numbers of their definitions: Parquet where the name ends so, CSV otherwise.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, cohorts: &[(i64, &[CohortRow])]) -> io::Result<()> {
    let file = std::fs::File::create(path)?;
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet")) {
        return write_parquet(file, cohorts).map_err(io::Error::other);
    }
    let mut out = BufWriter::new(file);
    writeln!(out, "{}", COLUMNS.join(","))?;
    for (id, rows) in cohorts {
        for row in *rows {
            writeln!(out, "{id},{},{},{}", row.person_id, row.start_date, row.end_date)?;
        }
    }
    out.flush()
}

fn schema() -> Result<Type, ParquetError> {
    let column = |name: &str, physical, logical| -> Result<Arc<Type>, ParquetError> {
        let builder = Type::primitive_type_builder(name, physical).with_repetition(Repetition::REQUIRED);
        Ok(Arc::new(builder.with_logical_type(logical).build()?))
    };
    let [id, person, start, end] = COLUMNS;
    Type::group_type_builder("cohort")
        .with_fields(vec![
            column(id, PhysicalType::INT64, None)?,
            column(person, PhysicalType::INT64, None)?,
            column(start, PhysicalType::INT32, Some(LogicalType::Date))?,
            column(end, PhysicalType::INT32, Some(LogicalType::Date))?,
        ])
        .build()
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, std::fs::File>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

fn write_parquet(file: std::fs::File, cohorts: &[(i64, &[CohortRow])]) -> Result<(), ParquetError> {
    let properties =
        WriterProperties::builder().set_created_by("RustCare".into()).set_compression(Compression::SNAPPY);
    let mut writer = SerializedFileWriter::new(file, Arc::new(schema()?), Arc::new(properties.build()))?;
    let rows: Vec<(i64, &CohortRow)> =
        cohorts.iter().flat_map(|(id, rows)| rows.iter().map(move |row| (*id, row))).collect();
    let day = |of: Date| (of - date(1970, 1, 1)).get_days();
    for group in rows.chunks(GROUP) {
        let mut out = writer.next_row_group()?;
        put::<Int64Type>(&mut out, &group.iter().map(|(id, _)| *id).collect::<Vec<_>>())?;
        put::<Int64Type>(&mut out, &group.iter().map(|(_, row)| row.person_id).collect::<Vec<_>>())?;
        put::<Int32Type>(&mut out, &group.iter().map(|(_, row)| day(row.start_date)).collect::<Vec<_>>())?;
        put::<Int32Type>(&mut out, &group.iter().map(|(_, row)| day(row.end_date)).collect::<Vec<_>>())?;
        out.close()?;
    }
    writer.close().map(drop)
}
