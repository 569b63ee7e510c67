//! Jobs: listed, cancelled, and what they refused handed out.

use rustcare_model::reason::Reason;
use rustcare_vault::table::import_job;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::exchange::{BringIn, ExportRejected, JobList, JobStarted, OneJob, WrittenFile};
use crate::jobs::{Job, JobKind, JobState};
use crate::problem::{Problem, ProblemCode};

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

pub fn list_jobs(call: &mut Call<'_>, _: Empty) -> Result<JobList, Problem> {
    let jobs =
        call.workstation.jobs.list().into_iter().map(|j| for_person(call, j)).collect::<Result<_, _>>()?;
    Ok(JobList { jobs })
}

pub fn job(call: &mut Call<'_>, input: OneJob) -> Result<Job, Problem> {
    let job = call.workstation.jobs.view(&input.job_id).ok_or_else(unknown)?;
    for_person(call, job)
}

/// Starts the same import again. What was taken is recognised by its content, so only the rest is written; whoever
/// started it may go on with it, nobody else.
pub fn resume_job(call: &mut Call<'_>, input: OneJob) -> Result<JobStarted, Problem> {
    let before = call.workstation.jobs.view(&input.job_id).ok_or_else(unknown)?;
    if before.by != call.actor()?.person {
        return Err(Problem::new(ProblemCode::NotPermitted, Reason::ResumeByOther));
    }
    if before.state == JobState::Running {
        return Err(Problem::new(ProblemCode::Conflict, Reason::JobStillRunning));
    }
    let entry_id =
        call.workstation.import_sources.get(&input.job_id).map(|s| s.clone()).ok_or_else(unknown)?;
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
    let job = call.workstation.jobs.view(&input.job_id).ok_or_else(unknown)?;
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
