//! OMOP CDM v5.4 out: a zip of tables (Parquet or CSV) with the published column names, without names, numbers or addresses.
//!
//! Source codes are mapped by the clinic's own table ([`mapping`]); what is not in it has concept 0, as the model demands,
//! and stands in `unmapped.csv` of the zip, ready to be filled in. Standard concepts used here: gender 8507 and 8532, visits
//! 9201, 9202 and 9203, type 32817 (EHR) of the OHDSI standardised vocabularies.

pub mod columns;
pub mod mapping;
mod parquet_table;
mod rows;

use std::io::{self, Write};

use super::{ExportContext, ExportError, Running, csv, go_on};
use columns::Table;
use mapping::Unmapped;
use parquet_table::ParquetTable;
use rows::{Cells, Person};

/// The form of the tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableForm {
    Csv,
    Parquet,
}

/// One table on its way out.
enum TableFile {
    Csv(&'static Table),
    Parquet(Box<ParquetTable>),
}

impl TableFile {
    fn begin(form: TableForm, table: &'static Table, into: &mut dyn Write) -> io::Result<Self> {
        Ok(match form {
            TableForm::Csv => {
                let header: Vec<String> = table.fields.iter().map(|f| f.name.to_owned()).collect();
                into.write_all(csv::exact_line(&header).as_bytes())?;
                Self::Csv(table)
            }
            TableForm::Parquet => Self::Parquet(Box::new(ParquetTable::begin(table)?)),
        })
    }

    fn row(&mut self, cells: &Cells, into: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv(table) => {
                let of = |field: &columns::Field| cells.get(field.name).cloned().unwrap_or_default();
                let line: Vec<String> = table.fields.iter().map(of).collect();
                into.write_all(csv::exact_line(&line).as_bytes())
            }
            Self::Parquet(table) => table.row(cells, into),
        }
    }

    fn finish(self, into: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Csv(_) => Ok(()),
            Self::Parquet(table) => table.finish(into),
        }
    }
}

/// Writes the zip. Every table is a pass over the patients, so that nothing waits in memory.
pub(crate) fn tables(
    t: &rusqlite::Connection,
    context: &ExportContext<'_>,
    form: TableForm,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    let mut zip = zip::ZipWriter::new_stream(into);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    let mut unmapped = Unmapped::default();
    let ending = match form {
        TableForm::Csv => "csv",
        TableForm::Parquet => "parquet",
    };
    let passes = columns::tables().len() as u64;
    for (pass, table) in columns::tables().iter().enumerate() {
        zip.start_file(format!("{}.{ending}", table.name), options)?;
        let mut file = TableFile::begin(form, table, &mut zip)?;
        for (done, row) in context.patients.iter().enumerate() {
            go_on(context)?;
            let person = Person::read(t, *row, context.today)?;
            // Each loss is told once, by the pass over persons.
            if pass == 0 {
                person.note_left(&mut running.losses);
                csv::note_kept(t, *row, &mut running.losses)?;
            }
            for record in person.rows(table.name, context.mapping, &mut unmapped, &mut running.losses) {
                file.row(&record, &mut zip)?;
                running.count(table.name);
            }
            (context.progress)((pass as u64 * context.patients.len() as u64 + done as u64 + 1) / passes);
        }
        file.finish(&mut zip)?;
    }
    zip.start_file("unmapped.csv", options)?;
    zip.write_all(unmapped.as_csv().as_bytes())?;
    zip.finish()?;
    Ok(())
}
