//! Saved cohort definitions: every version stays, what others wrote comes in as it is.

use rusqlite::Connection;
use rustcare_cohorts::definition::{CohortExpression, file_text};
use rustcare_cohorts::summary::DefinitionSummary;
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::VaultError;
use rustcare_vault::table::cohort_definition::{self, CohortContent, CohortVersion};
use rustcare_vault::table::patient::ChangedBy;

use super::count::{expression, refused};
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::cohort_definitions::{
    CohortLine, CohortList, CohortVersionLine, CohortView, ExportCohort, OneCohort, OpenCohort, SaveCohort,
};
use crate::contract::exchange::{BringIn, HandedOut};
use crate::exchange::job::write_new;
use crate::problem::{Problem, ProblemCode};

/// Largest definition that is read: the largest published one has four megabytes.
pub(super) const LARGEST: u64 = 16 << 20;
/// Longest name.
const LONGEST_NAME: usize = 120;

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, Reason::CohortUnknown)
}

fn number(cohort_id: &str) -> Result<i64, Problem> {
    cohort_id.parse().map_err(|_| unknown())
}

fn narrow(version: i64) -> u32 {
    u32::try_from(version).unwrap_or(u32::MAX)
}

/// A version of a saved cohort; the newest where none is named.
pub(super) fn version(
    t: &Connection,
    cohort_id: &str,
    version: Option<u32>,
) -> Result<CohortVersion, Problem> {
    let cohort = number(cohort_id)?;
    let found = match version {
        None => cohort_definition::newest(t, cohort)?,
        Some(version) => cohort_definition::versions(t, cohort)?
            .into_iter()
            .find(|known| known.version == i64::from(version)),
    };
    found.ok_or_else(unknown)
}

fn line(known: &CohortVersion) -> CohortLine {
    CohortLine {
        cohort_id: known.cohort.to_string(),
        name: known.content.name.clone(),
        version: narrow(known.version),
        saved_at: known.at.clone(),
        saved_by: known.person.clone(),
        is_editable: known.content.sketch.is_some(),
    }
}

fn view(t: &Connection, known: &CohortVersion) -> Result<CohortView, Problem> {
    let sketch = known.content.sketch.as_ref().map(|text| serde_json::from_str(text)).transpose();
    let sketch = sketch.map_err(|_| VaultError::Damaged("a saved cohort cannot be read"))?;
    let expression =
        CohortExpression::from_json(&known.content.definition).map_err(|error| refused(&error))?;
    let versions = cohort_definition::versions(t, known.cohort)?;
    Ok(CohortView {
        line: line(known),
        sketch,
        summary: DefinitionSummary::of(&expression),
        definition: known.content.definition.clone(),
        versions: versions
            .into_iter()
            .map(|one| CohortVersionLine {
                version: narrow(one.version),
                name: one.content.name,
                saved_at: one.at,
                saved_by: one.person,
            })
            .collect(),
    })
}

pub fn list_cohorts(call: &mut Call<'_>, _: Empty) -> Result<CohortList, Problem> {
    call.read(|t, _| Ok(CohortList { cohorts: cohort_definition::list(t)?.iter().map(line).collect() }))
}

pub fn open_cohort(call: &mut Call<'_>, input: OpenCohort) -> Result<CohortView, Problem> {
    call.read(|t, told| {
        let known = version(t, &input.cohort_id, input.version)?;
        told.details = Some(format!("cohort {} version {}", known.cohort, known.version));
        view(t, &known)
    })
}

pub fn save_cohort(call: &mut Call<'_>, input: SaveCohort) -> Result<CohortView, Problem> {
    let name = input.name.trim();
    if name.is_empty() {
        return Err(Problem::at("name", Reason::ValueLength));
    }
    let definition = expression(&input.sketch)?.to_value().to_string();
    let sketch = serde_json::to_string(&input.sketch).map_err(|error| {
        Problem::new(ProblemCode::InvalidInput, Reason::ValueNotValid).because(error.to_string())
    })?;
    let content = CohortContent { name: name.to_owned(), definition, sketch: Some(sketch) };
    keep(call, input.cohort_id.as_deref(), input.version, &content)
}

/// Saves a new cohort, or the next version of one.
fn keep(
    call: &Call<'_>,
    cohort_id: Option<&str>,
    seen: Option<u32>,
    content: &CohortContent,
) -> Result<CohortView, Problem> {
    let (person, role) = (call.actor()?.person.clone(), call.role());
    let at = rustcare_vault::vault::timestamp();
    call.write(|t, told| {
        let by = ChangedBy { at: &at, person: &person, role };
        let cohort = match cohort_id {
            None => cohort_definition::create(t, content, by)?,
            Some(id) => {
                let cohort = number(id)?;
                cohort_definition::newest(t, cohort)?.ok_or_else(unknown)?;
                cohort_definition::add_version(t, cohort, i64::from(seen.unwrap_or(0)), content, by)?;
                cohort
            }
        };
        let known = cohort_definition::newest(t, cohort)?.ok_or_else(unknown)?;
        told.details = Some(format!("cohort {} version {}", known.cohort, known.version));
        view(t, &known)
    })
}

pub fn remove_cohort(call: &mut Call<'_>, input: OneCohort) -> Result<Empty, Problem> {
    let cohort = number(&input.cohort_id)?;
    let at = rustcare_vault::vault::timestamp();
    call.write(|t, told| {
        told.details = Some(format!("cohort {cohort}"));
        if cohort_definition::remove(t, cohort, &at)? { Ok(Empty {}) } else { Err(unknown()) }
    })
}

pub fn import_cohort(call: &mut Call<'_>, input: BringIn) -> Result<CohortView, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let unreadable = |why: Why| Problem::new(ProblemCode::UnreadableFile, why);
    let length = std::fs::metadata(&place.path).map_err(|_| unreadable(Reason::FileUnreadable.into()))?.len();
    if length > LARGEST {
        return Err(unreadable(Reason::FileTooLarge.into()));
    }
    let bytes = std::fs::read(&place.path).map_err(|_| unreadable(Reason::FileUnreadable.into()))?;
    let expression = CohortExpression::from_json(&file_text(&bytes)).map_err(|error| {
        let file = place.path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        unreadable(Reason::CohortFileUnread.with("file", file).with("what", &error))
            .because(error.to_string())
    })?;
    let stem = place.path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let name = expression.title.clone().filter(|title| !title.trim().is_empty()).unwrap_or(stem);
    keep_definition(call, &name, &expression)
}

/// Saves a definition that was made elsewhere as a new cohort.
pub(super) fn keep_definition(
    call: &Call<'_>,
    name: &str,
    expression: &CohortExpression,
) -> Result<CohortView, Problem> {
    let content = CohortContent {
        name: name.trim().chars().take(LONGEST_NAME).collect(),
        definition: expression.to_value().to_string(),
        sketch: None,
    };
    keep(call, None, None, &content)
}

pub fn export_cohort(call: &mut Call<'_>, input: ExportCohort) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let known = call.read(|t, told| {
        let known = version(t, &input.cohort_id, input.version)?;
        told.details = Some(format!("cohort {} version {}", known.cohort, known.version));
        Ok(known)
    })?;
    let definition: serde_json::Value = serde_json::from_str(&known.content.definition)
        .map_err(|_| VaultError::Damaged("a saved cohort cannot be read"))?;
    let file = format!("RustCare-cohort-{}-version-{}.json", known.cohort, known.version);
    let file = write_new(&place.path, &file, format!("{definition:#}\n").as_bytes())?;
    Ok(HandedOut { file })
}
