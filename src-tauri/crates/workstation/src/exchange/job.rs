//! Jobs: listed, cancelled, and what they refused handed out.

use std::sync::Arc;

use rustcare_exchange::ImportReport;
use rustcare_model::reason::Reason;
use rustcare_vault::Vault;
use rustcare_vault::table::import_job;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::exchange::{BringIn, ExportRejected, JobList, JobStarted, OneJob, WrittenFile};
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
    if job.by != actor.person
        && let Some(report) = &mut job.report
    {
        report.rejections.clear();
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
    let workstation = Arc::clone(call.workstation);
    let (at_start, at_end) = (Arc::clone(call.vault()?), Arc::clone(call.vault()?));
    let job_id = call.workstation.jobs.start(
        kind,
        title,
        &call.actor()?.person,
        move |job| {
            remember(&at_start, &job.view())?;
            drop(at_start);
            work(job).map(Some)
        },
        move |ended| {
            // The work is done and in the trail; a report that cannot be kept is still shown until the vault closes.
            let _ = remember(&at_end, ended);
            // Before the vault is closed: whoever holds it keeps its keys.
            drop(at_end);
            workstation.close_if_idle();
        },
    );
    call.workstation.import_sources.insert(job_id.clone(), entry_id);
    Ok(JobStarted { job_id })
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
fn known(call: &Call<'_>, id: &str) -> Result<Job, Problem> {
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
    let entry_id = call
        .workstation
        .import_sources
        .get(&input.job_id)
        .map(|s| s.clone())
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::SourceForgotten))?;
    match before.kind {
        JobKind::ImportFhir => super::import_fhir::import_fhir(call, BringIn { entry_id }),
        JobKind::ImportDicom => crate::imaging::import::import_dicom(call, BringIn { entry_id }),
        JobKind::Backup | JobKind::Restore | JobKind::Practice => Err(unknown()),
    }
}

pub fn cancel_job(call: &mut Call<'_>, input: OneJob) -> Result<Empty, Problem> {
    if call.workstation.jobs.cancel(&input.job_id) { Ok(Empty {}) } else { Err(unknown()) }
}

/// Writes the refused pieces as NDJSON: file, line, reason and the refused text.
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
    let mut text = String::new();
    for r in &rejected {
        let line =
            serde_json::json!({ "file": r.file, "line": r.line, "reason": r.reason, "source": r.source });
        text.push_str(&line.to_string());
        text.push('\n');
    }
    let file = format!("refused-{}.ndjson", input.job_id.get(..8).unwrap_or("job"));
    write_file(&place.path.join(&file), text.as_bytes())?;
    Ok(WrittenFile { file, rows: rejected.len() })
}

/// Writes a file that a person asked for.
pub(crate) fn write_file(path: &std::path::Path, bytes: &[u8]) -> Result<(), Problem> {
    std::fs::write(path, bytes).map_err(|error| {
        Problem::new(ProblemCode::StorageFailed, Reason::FileNotWritten).because(error.to_string())
    })
}
