//! What counting does: columns are read once and kept until the data change.

pub mod clinic_cache;
pub mod count;
pub mod data_sets;
pub mod definitions;
pub mod difference;
pub mod elsewhere;
pub mod explain;
pub mod figures;
pub mod group_patients;
pub mod phenotypes;
pub(crate) mod picture;
pub mod report;
pub mod review;
mod run;
mod stored_vocabulary;
pub mod words;

use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;
use rusqlite::Connection;
use rustcare_cohorts::breakdown::{NotADate, break_down};
use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::{Breakdown, BreakdownFilter, Columns, figure};
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{Role, VaultResult};

use self::figures::Figure;
use crate::choke_point::Call;
use crate::contract::cohorts::{CohortBreakdown, ExportBreakdown};
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_new;
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

impl ColumnCache {
    /// The columns of what `connection` sees.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn of(&self, connection: &Connection) -> VaultResult<Arc<Columns>> {
        let version = setting::data_version(connection)?;
        // Held while reading: two people asking at once read the vault once.
        let mut held = self.columns.lock();
        if let Some(columns) = held.as_ref().filter(|c| c.data_version == version) {
            return Ok(Arc::clone(columns));
        }
        let read = Arc::new(Columns::read(connection)?);
        *held = Some(Arc::clone(&read));
        Ok(read)
    }
}

/// The trail holds the name of the question, so that two answers to nearly the same one can be found beside each other.
fn columns(call: &Call<'_>, filter: &BreakdownFilter) -> Result<Arc<Columns>, Problem> {
    let cache = &call.workstation.columns;
    call.read(|t, told| {
        told.details = Some(format!("counts only; filter {}", filter.hash()));
        Ok(cache.of(t)?)
    })
}

/// What the person who asks may be shown on screen: who may see patients, everything. What leaves is for others, whoever hands it out:
/// nobody knows who will read it.
fn on_screen(call: &Call<'_>) -> Result<Disclosure, Problem> {
    let sees_patients = call.actor()?.roles.contains(&Role::Clinician);
    Ok(if sees_patients { Disclosure::EVERYTHING } else { Disclosure::FOR_OTHERS })
}

fn count(call: &Call<'_>, filter: &BreakdownFilter, disclosure: Disclosure) -> Result<Breakdown, Problem> {
    let today = call.settings()?.today();
    let columns = columns(call, filter)?;
    break_down(&columns, filter, today, disclosure)
        .map_err(|NotADate(field)| Problem::at(field, Reason::DayForm))
}

pub fn cohort_breakdown(call: &mut Call<'_>, input: CohortBreakdown) -> Result<Breakdown, Problem> {
    let disclosure = if input.to_hand_out { Disclosure::FOR_OTHERS } else { on_screen(call)? };
    count(call, &input.filter, disclosure)
}

pub fn export_breakdown(call: &mut Call<'_>, input: ExportBreakdown) -> Result<HandedOut, Problem> {
    let breakdown = count(call, &input.filter, Disclosure::FOR_OTHERS)?;
    let folder = match &input.place_id {
        Some(id) => call.workstation.place(id)?.path,
        None => documents(call)?,
    };
    let figure = Figure {
        drawing: figure::breakdown::drawing(&breakdown, input.language),
        csv: figure::breakdown::csv(&breakdown),
    };
    let (ending, bytes) = figure.written(input.format)?;
    let file = write_new(&folder, &file_name("breakdown", ending), &bytes)?;
    Ok(HandedOut { file })
}

/// A name that no other file has: the moment stands in it.
fn file_name(what: &str, ending: &str) -> String {
    let stamp = rustcare_vault::vault::timestamp().replace([':', '.'], "-");
    format!("RustCare-{what}-{stamp}.{ending}")
}

/// Where a person's files go when no place was chosen.
pub(crate) fn documents(call: &Call<'_>) -> Result<PathBuf, Problem> {
    let places = call.workstation.host.places();
    let documents = places.iter().find(|p| p.kind == PlaceKind::Documents).or(places.first());
    documents
        .map(|p| p.path.clone())
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::NoPlaceToWrite))
}
