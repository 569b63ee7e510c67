//! OMOP CDM v5.4 out: a zip of CSV tables with the published column names, without names, numbers or addresses.
//!
//! Source codes are mapped by the clinic's own table ([`mapping`]); what is not in it has concept 0, as the model demands,
//! and stands in `unmapped.csv` of the zip, ready to be filled in. Standard concepts used here: gender 8507 and 8532, visits
//! 9201, 9202 and 9203, type 32817 (EHR) of the OHDSI standardised vocabularies.

pub mod columns;
pub mod mapping;
mod rows;

use std::io::Write;

use super::{ExportContext, ExportError, Running, csv, go_on};
use mapping::Unmapped;
use rows::Person;

/// Writes the zip. Every table is a pass over the patients, so that nothing waits in memory.
pub(crate) fn tables(
    t: &rusqlite::Connection,
    context: &ExportContext<'_>,
    into: &mut dyn Write,
    running: &mut Running,
) -> Result<(), ExportError> {
    let mut zip = zip::ZipWriter::new_stream(into);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    let mut unmapped = Unmapped::default();
    let passes = columns::TABLES.len() as u64;
    for (pass, (table, names)) in columns::TABLES.into_iter().enumerate() {
        zip.start_file(format!("{table}.csv"), options)?;
        let header: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        zip.write_all(csv::exact_line(&header).as_bytes())?;
        for (done, row) in context.patients.iter().enumerate() {
            go_on(context)?;
            let person = Person::read(t, *row)?;
            // Each loss is told once, by the pass over persons.
            if pass == 0 {
                person.note_left(&mut running.losses);
                csv::note_kept(t, *row, &mut running.losses)?;
            }
            for record in person.rows(table, context.mapping, &mut unmapped, &mut running.losses) {
                let cells: Vec<String> =
                    names.iter().map(|name| record.get(name).cloned().unwrap_or_default()).collect();
                zip.write_all(csv::exact_line(&cells).as_bytes())?;
                running.count(table);
            }
            (context.progress)((pass as u64 * context.patients.len() as u64 + done as u64 + 1) / passes);
        }
    }
    zip.start_file("unmapped.csv", options)?;
    zip.write_all(unmapped.as_csv().as_bytes())?;
    zip.finish()?;
    Ok(())
}
