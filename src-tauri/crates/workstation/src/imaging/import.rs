//! Bringing in DICOM images, as a job.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rustcare_exchange::{ImportReport, Rejection, TypeCount};
use rustcare_imaging::ingest::{Ingested, Stopped, ingest};
use rustcare_imaging::pool::DecodePool;
use rustcare_imaging::walk;
use rustcare_vault::{Outcome, VaultError};

use super::sink::ImageSink;
use crate::choke_point::{Call, Told};
use crate::contract::exchange::{BringIn, JobStarted};
use crate::exchange::job::start_import;
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};

pub fn import_dicom(call: &mut Call<'_>, input: BringIn) -> Result<JobStarted, Problem> {
    let place = call.workstation.place(&input.entry_id)?;
    let paths: Vec<PathBuf> = std::iter::once(place.path).chain(place.also).collect();
    let pool = call.workstation.decode_pool()?;
    let (vault, person, role) =
        (Arc::clone(call.vault()?), call.actor()?.person.clone(), call.role().to_owned());
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportDicom, "Bring in DICOM images", input.entry_id, move |job| {
        let sink = ImageSink { vault, person, role, job: job.id().to_owned() };
        run(job, &sink, &pool, &paths)
    })
}

fn run(
    job: &RunningJob,
    sink: &ImageSink,
    pool: &DecodePool,
    paths: &[PathBuf],
) -> Result<ImportReport, Problem> {
    let started = Instant::now();
    let (mut candidates, mut unreadable) = (Vec::new(), Vec::new());
    for path in paths {
        let found = walk::find_candidates(path).map_err(|error| {
            Problem::new(ProblemCode::UnreadableFile, "The folder cannot be opened. Is the disc still in?")
                .because(error.to_string())
        })?;
        candidates.extend(found.candidates);
        unreadable.extend(found.unreadable);
    }
    if candidates.is_empty() {
        return Err(Problem::new(ProblemCode::UnreadableFile, "There is no DICOM file in what was chosen."));
    }
    let progress = |p: rustcare_imaging::ingest::Progress| {
        job.expect(p.total, p.total_bytes);
        job.reached(p.done, p.bytes);
    };
    let done = ingest(&candidates, pool, sink, &progress, job.cancel_flag());
    sink.vault.checkpoint(true)?;
    match &done.stopped {
        None | Some(Stopped::Cancelled) => {}
        Some(Stopped::Decoder(error)) => {
            return Err(Problem::new(
                ProblemCode::Internal,
                "The image decoder does not start. What was taken so far is kept.",
            )
            .because(error.to_string()));
        }
        Some(Stopped::Sink(error)) => {
            return Err(Problem::new(
                ProblemCode::StorageFailed,
                "The images could not be kept. What was taken so far is kept.",
            )
            .because(error.to_string()));
        }
    }
    Ok(report(done, unreadable, started.elapsed().as_secs_f64()))
}

fn report(done: Ingested<VaultError>, unreadable: Vec<String>, seconds: f64) -> ImportReport {
    let rejection = |file: String, reason: &str| Rejection {
        file,
        line: None,
        resource: None,
        reason: reason.to_owned(),
    };
    let mut rejections: Vec<Rejection> =
        done.rejected.into_iter().map(|r| rejection(r.file, &r.reason)).collect();
    rejections.extend(unreadable.into_iter().map(|f| rejection(f, "the file could not be opened")));
    rejections.extend(done.changed.iter().map(|f| {
        rejection(f.clone(), "its study, series or image is here already with another patient or other content; this file is in quarantine")
    }));
    let rejected = rejections.len() as u64;
    rejections.truncate(rustcare_exchange::report::MOST_LISTED);
    ImportReport {
        taken: done.taken,
        already_there: done.already_there,
        changed: 0,
        rejected,
        kept_verbatim: 0,
        patients: 0,
        by_type: vec![TypeCount {
            resource_type: "DICOM image".into(),
            taken: done.taken,
            already_there: done.already_there,
            changed: 0,
            rejected,
        }],
        rejections,
        seconds,
        megabytes_per_second: done.bytes as f64 / 1e6 / seconds.max(1e-6),
    }
}
