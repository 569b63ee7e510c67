//! Jobs: listed, cancelled, and what they refused handed out.

use std::io::{ErrorKind, Write};
use std::path::Path;

use std::sync::Arc;

use rustcare_exchange::ImportReport;
use rustcare_exchange::out::file::new_file;
use rustcare_model::reason::Reason;
use rustcare_vault::table::import_job;
use rustcare_vault::{Role, Vault};

use crate::choke_point::Call;
use crate::contract::exchange::{
    BringIn, ExportRejected, JobList, JobStarted, OneJob, OneTable, WrittenFile,
};
use crate::contract::{self, Access, Empty};
use crate::jobs::{Job, JobKind, JobState, RunningJob};
use crate::problem::{Problem, ProblemCode};

/// Imports of earlier days that are listed.
const MOST_REMEMBERED: usize = 50;

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, Reason::JobUnknown)
}

/// File names of a report can be patients' names: only who started a job, and administrators, see its report.
fn for_person(call: &Call<'_>, mut job: Job) -> Result<Job, Problem> {
    let actor = call.actor()?;
    if job.by != actor.person {
        // A recipient can be a patient.
        job.receipt = None;
        if let Some(report) = &mut job.report {
            report.rejections.clear();
            report.differences.clear();
            report.columns.clear();
        }
    }
    Ok(job)
}

/// Starts an import. It is remembered in the vault from its start, whatever becomes of it.
pub(crate) fn start_import(
    call: &Call<'_>,
    kind: JobKind,
    title: &str,
    entry_id: String,
    work: impl FnOnce(&RunningJob) -> Result<ImportReport, Problem> + Send + 'static,
) -> Result<JobStarted, Problem> {
    let job_id = start_kept(call, kind, title, move |job| work(job).map(Some))?;
    call.workstation.import_sources.insert(job_id.clone(), entry_id);
    Ok(JobStarted { job_id })
}

/// Starts a job that the vault remembers; answers with its id.
pub(crate) fn start_kept(
    call: &Call<'_>,
    kind: JobKind,
    title: &str,
    work: impl FnOnce(&RunningJob) -> Result<Option<ImportReport>, Problem> + Send + 'static,
) -> Result<String, Problem> {
    let workstation = Arc::clone(call.workstation);
    let (at_start, at_end) = (Arc::clone(call.vault()?), Arc::clone(call.vault()?));
    let job_id = call.workstation.jobs.start(
        kind,
        title,
        &call.actor()?.person,
        move |job| {
            remember(&at_start, &job.view())?;
            drop(at_start);
            work(job)
        },
        move |ended| {
            // The work is done and in the trail; a report that cannot be kept is still shown until the vault closes.
            let _ = remember(&at_end, ended);
            // Before the vault is closed: whoever holds it keeps its keys.
            drop(at_end);
            workstation.close_if_idle();
        },
    );
    Ok(job_id)
}

fn remember(vault: &Vault, job: &Job) -> Result<(), Problem> {
    let json = serde_json::to_string(job).map_err(|_| unknown())?;
    Ok(vault.write(|t| import_job::keep(t, &job.job_id, &job.started_at, &job.by, &json))?)
}

/// A job of an earlier day, as the vault remembers it.
fn remembered(call: &Call<'_>, kept: &str) -> Option<Job> {
    let mut job: Job = serde_json::from_str(kept).ok()?;
    if job.state == JobState::Running && call.workstation.jobs.view(&job.job_id).is_none() {
        job.state = JobState::Failed;
        job.problem = Some(Problem::new(ProblemCode::Cancelled, Reason::ImportCutOff));
    }
    Some(job)
}

pub fn list_jobs(call: &mut Call<'_>, _: Empty) -> Result<JobList, Problem> {
    let mut jobs = call.workstation.jobs.list();
    for kept in call.vault()?.read(|t| import_job::newest(t, MOST_REMEMBERED))? {
        jobs.extend(remembered(call, &kept).filter(|k| jobs.iter().all(|j| j.job_id != k.job_id)));
    }
    // An id begins with its time.
    jobs.sort_by(|a, b| b.job_id.cmp(&a.job_id));
    let jobs = jobs.into_iter().map(|j| for_person(call, j)).collect::<Result<_, _>>()?;
    Ok(JobList { jobs })
}

pub fn job(call: &mut Call<'_>, input: OneJob) -> Result<Job, Problem> {
    let job = known(call, &input.job_id)?;
    for_person(call, job)
}

/// A job of today or of an earlier day.
pub(crate) fn known(call: &Call<'_>, id: &str) -> Result<Job, Problem> {
    if let Some(job) = call.workstation.jobs.view(id) {
        return Ok(job);
    }
    let kept = call.vault()?.read(|t| import_job::report(t, id))?;
    kept.and_then(|kept| remembered(call, &kept)).ok_or_else(unknown)
}

/// Starts the same import again. What was taken is recognised by its content, so only the rest is written; whoever
/// started it may go on with it, nobody else.
pub fn resume_job(call: &mut Call<'_>, input: OneJob) -> Result<JobStarted, Problem> {
    let before = known(call, &input.job_id)?;
    if before.by != call.actor()?.person {
        return Err(Problem::new(ProblemCode::NotPermitted, Reason::ResumeByOther));
    }
    if before.state == JobState::Running {
        return Err(Problem::new(ProblemCode::Conflict, Reason::JobStillRunning));
    }
    check_right(call, before.kind)?;
    let entry_id = call
        .workstation
        .import_sources
        .get(&input.job_id)
        .map(|s| s.clone())
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::SourceForgotten))?;
    match before.kind {
        JobKind::ImportFhir => super::import_fhir::import_fhir(call, BringIn { entry_id }),
        JobKind::ImportMessages => super::import_messages::import_messages(call, BringIn { entry_id }),
        JobKind::ImportTable => {
            let choice = call.workstation.table_choices.get(&input.job_id).map(|c| c.clone());
            let choice =
                choice.ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::SourceForgotten))?;
            super::import_table::import_table(call, OneTable { entry_id, choice })
        }
        JobKind::ImportDicom => crate::imaging::import::import_dicom(call, BringIn { entry_id }),
        JobKind::ImportVocabulary => crate::cohorts::data_sets::import_vocabulary(call, BringIn { entry_id }),
        JobKind::ImportDataSet
        | JobKind::Backup
        | JobKind::Restore
        | JobKind::Practice
        | JobKind::Export
        | JobKind::RunElsewhere
        | JobKind::ReviewRegister => Err(unknown()),
    }
}

/// The use case that starts a job of this kind.
fn use_case_of(kind: JobKind) -> Option<&'static str> {
    Some(match kind {
        JobKind::ImportFhir => "import_fhir",
        JobKind::ImportTable => "import_table",
        JobKind::ImportMessages => "import_messages",
        JobKind::ImportDicom => "import_dicom",
        JobKind::ImportVocabulary => "import_vocabulary",
        JobKind::ImportDataSet
        | JobKind::Backup
        | JobKind::Restore
        | JobKind::Practice
        | JobKind::ReviewRegister
        | JobKind::RunElsewhere
        | JobKind::Export => return None,
    })
}

/// Whoever goes on with a job may do what it does: roles may have changed since it was started.
fn check_right(call: &mut Call<'_>, kind: JobKind) -> Result<(), Problem> {
    let forbidden = || Problem::new(ProblemCode::NotPermitted, Reason::RoleForbids);
    let case = use_case_of(kind).and_then(contract::find).ok_or_else(unknown)?;
    let Access::Roles(allowed) = case.access else { return Ok(()) };
    let role = call.actor()?.role_among(allowed).ok_or_else(forbidden)?;
    call.acts_as(role);
    Ok(())
}

/// Whoever began a job stops it, or an administrator, who answers for the machine.
pub fn cancel_job(call: &mut Call<'_>, input: OneJob) -> Result<Empty, Problem> {
    let job = call.workstation.jobs.view(&input.job_id).ok_or_else(unknown)?;
    let actor = call.actor()?;
    if job.by != actor.person {
        if !actor.roles.contains(&Role::Administrator) {
            return Err(Problem::new(ProblemCode::NotPermitted, Reason::CancelByOther));
        }
        call.acts_as(Role::Administrator);
    }
    if call.workstation.jobs.cancel(&input.job_id) { Ok(Empty {}) } else { Err(unknown()) }
}

/// Writes the refused pieces: those of a table as CSV with their reasons, to be corrected and brought in again; others as
/// NDJSON with file, line, reason and the refused text.
/// So many files of one name in a folder are enough.
const MOST_OF_A_NAME: u32 = 1_000;

pub fn export_rejected(call: &mut Call<'_>, input: ExportRejected) -> Result<WrittenFile, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let job = known(call, &input.job_id)?;
    if job.by != call.actor()?.person {
        return Err(Problem::new(ProblemCode::NotPermitted, Reason::HandOutByOther));
    }
    let rejected = call.read(|t, told| {
        told.subject = Some(input.job_id.clone());
        let rejected = import_job::rejected(t, &input.job_id)?;
        told.details = Some(format!("{} refused pieces handed out", rejected.len()));
        Ok(rejected)
    })?;
    let job_id = &input.job_id;
    let (file, text) = if job.kind == JobKind::ImportTable {
        let columns = job.report.map(|r| r.columns).unwrap_or_default();
        (format!("refused-{job_id}.csv"), refused_rows(&columns, &rejected))
    } else {
        (format!("refused-{job_id}.ndjson"), refused_lines(&rejected))
    };
    let file = write_new(&place.path, &file, text.as_bytes())?;
    Ok(WrittenFile { file, rows: rejected.len() })
}

fn refused_lines(rejected: &[import_job::Rejected]) -> String {
    let mut text = String::new();
    for r in rejected {
        let line =
            serde_json::json!({ "file": r.file, "line": r.line, "reason": r.reason, "source": r.source });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    text
}

/// The reason and the line first, so that a row with too few or too many values stands in it as it was.
fn refused_rows(columns: &[String], rejected: &[import_job::Rejected]) -> String {
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let names = columns.iter().map(|c| quoted(c));
    let header = ["reason".to_owned(), "line".to_owned()].into_iter().chain(names).collect::<Vec<_>>();
    let mut text = header.join(",") + "\r\n";
    for r in rejected {
        let line = r.line.map(|l| l.to_string()).unwrap_or_default();
        let row = [quoted(&r.reason), line, r.source.clone().unwrap_or_default()].join(",");
        text.push_str(&(row + "\r\n"));
    }
    text
}

/// Writes a file that a person asked for, for their eyes only, and answers with its name: where one of that name is there, it
/// is numbered (`name-2.csv`).
pub(crate) fn write_new(folder: &Path, name: &str, bytes: &[u8]) -> Result<String, Problem> {
    let failed = |error: std::io::Error| {
        Problem::new(ProblemCode::StorageFailed, Reason::FileNotWritten).because(error.to_string())
    };
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    for number in 1_u32.. {
        let name = match (number, ending) {
            (1, _) => name.to_owned(),
            (_, "") => format!("{stem}-{number}"),
            _ => format!("{stem}-{number}.{ending}"),
        };
        let path = folder.join(&name);
        let mut file = match new_file(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && number < MOST_OF_A_NAME => continue,
            other => other.map_err(failed)?,
        };
        return match file.write_all(bytes).and_then(|()| file.sync_all()) {
            Ok(()) => Ok(name),
            Err(error) => {
                // Half a file is worse than none.
                let _ = std::fs::remove_file(&path);
                Err(failed(error))
            }
        };
    }
    Err(failed(ErrorKind::AlreadyExists.into()))
}
