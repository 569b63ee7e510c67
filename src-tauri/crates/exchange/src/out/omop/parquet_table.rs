//! One table as Apache Parquet: typed columns in row groups, none of which is empty.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use parking_lot::Mutex;
use parquet::basic::{LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::columns::{Field, Kind, Table};
use super::rows::Cells;

/// Rows that wait in memory until they are written together.
const ROWS_PER_GROUP: usize = 50_000;
const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// What was written and not yet handed on. The writer of the format owns its target, ours belongs to a zip.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The values of a column that wait: those there are, and for each row whether it has one.
struct Column {
    field: &'static Field,
    values: Values,
    there: Vec<i16>,
}

enum Values {
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Double(Vec<f64>),
    Text(Vec<ByteArray>),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Integer | Kind::Date => Self::Int32(Vec::new()),
            Kind::Identity | Kind::Datetime => Self::Int64(Vec::new()),
            Kind::Float => Self::Double(Vec::new()),
            Kind::Text => Self::Text(Vec::new()),
        }
    }
}

/// A cell that is not of its column's kind: a fault of this program, told by the column's name only.
fn unfit(field: &Field) -> io::Error {
    io::Error::other(format!("a value does not fit the column {}", field.name))
}

fn broken(error: ParquetError) -> io::Error {
    io::Error::other(error)
}

impl Column {
    fn push(&mut self, cell: Option<&String>) -> io::Result<()> {
        let Some(cell) = cell.filter(|cell| !cell.is_empty()) else {
            self.there.push(0);
            return Ok(());
        };
        let unfit = || unfit(self.field);
        match (&mut self.values, self.field.kind) {
            (Values::Int32(values), Kind::Date) => {
                let day: Date = cell.parse().map_err(|_| unfit())?;
                values.push((day - EPOCH).get_days());
            }
            (Values::Int32(values), _) => values.push(cell.parse().map_err(|_| unfit())?),
            (Values::Int64(values), Kind::Datetime) => {
                let moment: DateTime = cell.parse().map_err(|_| unfit())?;
                let since = moment.duration_since(EPOCH.to_datetime(Default::default()));
                values.push(i64::try_from(since.as_micros()).map_err(|_| unfit())?);
            }
            (Values::Int64(values), _) => values.push(cell.parse().map_err(|_| unfit())?),
            (Values::Double(values), _) => values.push(cell.parse().map_err(|_| unfit())?),
            (Values::Text(values), _) => values.push(ByteArray::from(cell.as_str())),
        }
        self.there.push(1);
        Ok(())
    }

    fn write(&mut self, group: &mut SerializedRowGroupWriter<'_, Written>) -> Result<(), ParquetError> {
        let Some(mut column) = group.next_column()? else { return Ok(()) };
        let there = Some(self.there.as_slice());
        match &mut self.values {
            Values::Int32(values) => {
                column.typed::<Int32Type>().write_batch(values, there, None)?;
                values.clear();
            }
            Values::Int64(values) => {
                column.typed::<Int64Type>().write_batch(values, there, None)?;
                values.clear();
            }
            Values::Double(values) => {
                column.typed::<DoubleType>().write_batch(values, there, None)?;
                values.clear();
            }
            Values::Text(values) => {
                column.typed::<ByteArrayType>().write_batch(values, there, None)?;
                values.clear();
            }
        }
        self.there.clear();
        column.close()
    }
}

/// Every column may be empty in the file: what the model demands is seen to by whoever makes the rows, and a reader of one
/// file need not know which version of the model it is of.
fn schema(table: &Table) -> Result<Type, ParquetError> {
    let mut fields = Vec::with_capacity(table.fields.len());
    for field in &table.fields {
        let (physical, logical) = match field.kind {
            Kind::Integer => (PhysicalType::INT32, None),
            Kind::Date => (PhysicalType::INT32, Some(LogicalType::Date)),
            Kind::Identity => (PhysicalType::INT64, None),
            Kind::Datetime => {
                let unit = TimeUnit::MICROS;
                (PhysicalType::INT64, Some(LogicalType::timestamp(false, unit)))
            }
            Kind::Float => (PhysicalType::DOUBLE, None),
            Kind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
        };
        let column = Type::primitive_type_builder(field.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(column));
    }
    Type::group_type_builder(table.name).with_fields(fields).build()
}

/// A table on its way out.
pub(super) struct ParquetTable {
    writer: SerializedFileWriter<Written>,
    written: Written,
    columns: Vec<Column>,
    waiting: usize,
}

impl ParquetTable {
    /// An empty table.
    ///
    /// # Errors
    /// When the published columns are no schema: a fault of this program.
    pub(super) fn begin(table: &'static Table) -> io::Result<Self> {
        let written = Written::default();
        let properties = WriterProperties::builder().set_created_by("RustCare".into()).build();
        let schema = Arc::new(schema(table).map_err(broken)?);
        let writer =
            SerializedFileWriter::new(written.clone(), schema, Arc::new(properties)).map_err(broken)?;
        let of = |field| Column { field, values: Values::of(field.kind), there: Vec::new() };
        Ok(Self { writer, written, columns: table.fields.iter().map(of).collect(), waiting: 0 })
    }

    /// Adds a row; `into` takes what is whole.
    ///
    /// # Errors
    /// When `into` does; when a cell is not of its column's kind.
    pub(super) fn row(&mut self, cells: &Cells, into: &mut dyn Write) -> io::Result<()> {
        for column in &mut self.columns {
            column.push(cells.get(column.field.name))?;
        }
        self.waiting += 1;
        if self.waiting == ROWS_PER_GROUP { self.hand_on(into) } else { Ok(()) }
    }

    fn hand_on(&mut self, into: &mut dyn Write) -> io::Result<()> {
        if self.waiting > 0 {
            let mut group = self.writer.next_row_group().map_err(broken)?;
            for column in &mut self.columns {
                column.write(&mut group).map_err(broken)?;
            }
            group.close().map_err(broken)?;
            self.waiting = 0;
        }
        into.write_all(&std::mem::take(&mut *self.written.0.lock()))
    }

    /// Ends the table.
    ///
    /// # Errors
    /// As [`ParquetTable::row`].
    pub(super) fn finish(mut self, into: &mut dyn Write) -> io::Result<()> {
        self.hand_on(into)?;
        self.writer.finish().map_err(broken)?;
        into.write_all(&std::mem::take(&mut *self.written.0.lock()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    fn of(name: &str) -> &'static Table {
        super::super::columns::tables().iter().find(|t| t.name == name).unwrap()
    }

    #[test]
    fn rows_beyond_a_group_are_all_there_and_an_empty_table_is_one() {
        for rows in [0, 1, ROWS_PER_GROUP, ROWS_PER_GROUP + 1] {
            let mut file = Vec::new();
            let mut table = ParquetTable::begin(of("death")).unwrap();
            for n in 0..rows {
                let cells = Cells::from([("person_id", n.to_string()), ("death_date", "1969-12-31".into())]);
                table.row(&cells, &mut file).unwrap();
            }
            table.finish(&mut file).unwrap();
            let read = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
            assert_eq!(read.metadata().file_metadata().num_rows(), rows as i64);
            assert_eq!(read.num_row_groups(), rows.div_ceil(ROWS_PER_GROUP));
            if let Some(last) = read.get_row_iter(None).unwrap().last() {
                let last: Vec<String> = last.unwrap().get_column_iter().map(|(_, f)| f.to_string()).collect();
                assert_eq!(
                    (last[0].as_str(), last[1].as_str()),
                    ((rows - 1).to_string().as_str(), "1969-12-31")
                );
            }
        }
    }

    #[test]
    fn a_cell_of_another_kind_is_told_by_its_column_alone() {
        let mut table = ParquetTable::begin(of("death")).unwrap();
        let cells = Cells::from([("death_date", "Berg".to_owned())]);
        let told = table.row(&cells, &mut Vec::new()).unwrap_err().to_string();
        assert!(told.contains("death_date") && !told.contains("Berg"), "{told}");
    }
}
