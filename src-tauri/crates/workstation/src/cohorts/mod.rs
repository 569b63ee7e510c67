//! What counting does: columns are read once and kept until the data change.

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rustcare_cohorts::breakdown::{NotADate, break_down};
use rustcare_cohorts::{Breakdown, BreakdownFilter, Columns, figure};
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;

use crate::choke_point::Call;
use crate::contract::cohorts::{CohortBreakdown, ExportBreakdown, FigureFormat};
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_file;
use crate::host::PlaceKind;
use crate::problem::{Problem, ProblemCode};

/// The columns that were read last; forgotten when the vault is closed.
#[derive(Default)]
pub struct ColumnCache {
    columns: Mutex<Option<Arc<Columns>>>,
}

impl ColumnCache {
    /// Drops them.
    pub fn forget(&self) {
        *self.columns.lock() = None;
    }
}

fn columns(call: &Call<'_>) -> Result<Arc<Columns>, Problem> {
    let cache = &call.workstation.columns;
    call.read(|t, told| {
        told.details = Some("counts only".into());
        let version = setting::data_version(t)?;
        // Held while reading: two people asking at once read the vault once.
        let mut held = cache.columns.lock();
        if let Some(columns) = held.as_ref().filter(|c| c.data_version == version) {
            return Ok(Arc::clone(columns));
        }
        let read = Arc::new(Columns::read(t)?);
        *held = Some(Arc::clone(&read));
        Ok(read)
    })
}

fn count(call: &Call<'_>, filter: &BreakdownFilter) -> Result<Breakdown, Problem> {
    let today = call.settings()?.today();
    let columns = columns(call)?;
    break_down(&columns, filter, today).map_err(|NotADate(field)| Problem::at(field, Reason::DayForm))
}

pub fn cohort_breakdown(call: &mut Call<'_>, input: CohortBreakdown) -> Result<Breakdown, Problem> {
    count(call, &input.filter)
}

pub fn export_breakdown(call: &mut Call<'_>, input: ExportBreakdown) -> Result<HandedOut, Problem> {
    let breakdown = count(call, &input.filter)?;
    let folder = match &input.place_id {
        Some(id) => call.workstation.place(id)?.path,
        None => documents(call)?,
    };
    let (ending, text) = match input.format {
        FigureFormat::Csv => ("csv", figure::csv(&breakdown)),
        FigureFormat::Svg => ("svg", figure::svg(&breakdown)),
    };
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    let file = format!("RustCare-breakdown-{stamp}.{ending}");
    write_file(&folder.join(&file), text.as_bytes())?;
    Ok(HandedOut { file })
}

/// Where a person's files go when no place was chosen.
pub(crate) fn documents(call: &Call<'_>) -> Result<PathBuf, Problem> {
    let places = call.workstation.host.places();
    let documents = places.iter().find(|p| p.kind == PlaceKind::Documents).or(places.first());
    documents
        .map(|p| p.path.clone())
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::NoPlaceToWrite))
}
