//! Tables: looked at and tried, then brought in as a job.

use rustcare_exchange::table::commit::{self, TableImportError};
use rustcare_exchange::table::dry_run::TableLook;
use rustcare_exchange::table::{Table, TableRefused};
use rustcare_model::reason::Reason;
use rustcare_vault::Outcome;

use crate::choke_point::{Call, Told};
use crate::contract::exchange::{JobStarted, OneTable};
use crate::exchange::import_work::ImportWork;
use crate::exchange::job::start_import;
use crate::jobs::JobKind;
use crate::problem::{Problem, ProblemCode};

impl From<TableRefused> for Problem {
    fn from(refused: TableRefused) -> Self {
        Self::new(ProblemCode::UnreadableFile, refused.0)
    }
}

/// What the table would bring in, row by row. Nothing is written.
pub fn look_at_table(call: &mut Call<'_>, input: OneTable) -> Result<TableLook, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let settings = call.settings()?;
    let table = Table::open(&place.path, &input.choice.dialect)?;
    call.read(|t, told| {
        let look = table.dry_run(t, &input.choice, settings.today(), &settings.phone_region)?;
        let counts = &look.counts;
        told.details =
            Some(format!("{} rows tried, {} refused, {} open", counts.rows, counts.refused, counts.open));
        Ok(look)
    })
}

pub fn import_table(call: &mut Call<'_>, input: OneTable) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let work = ImportWork::of(call, "import_table")?;
    let choice = input.choice.clone();
    call.tell(Outcome::Done, &Told::default())?;
    let started = start_import(
        call,
        JobKind::ImportTable,
        "Bring in a table of patients",
        input.entry_id,
        move |job| {
            work.run(job, |context| {
                commit::import_table(&place.path, &choice, context).map_err(|error| match error {
                    TableImportError::Refused(refused) => refused.into(),
                    TableImportError::Open(_) => {
                        Problem::new(ProblemCode::InvalidInput, Reason::TableUndecided)
                    }
                    TableImportError::Vault(error) => error.into(),
                })
            })
        },
    )?;
    call.workstation.table_choices.insert(started.job_id.clone(), input.choice);
    Ok(started)
}
