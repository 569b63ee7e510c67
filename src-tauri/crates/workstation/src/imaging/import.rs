//! Bringing in DICOM images, as a job.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use rustcare_exchange::{ImportReport, Rejection, TypeCount};
use rustcare_imaging::RefusalCode;
use rustcare_imaging::ingest::{Ingested, Stopped, ingest};
use rustcare_imaging::pool::DecodePool;
use rustcare_imaging::walk;
use rustcare_model::reason::Reason;
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
            Problem::new(ProblemCode::UnreadableFile, Reason::FolderNotOpened).because(error.to_string())
        })?;
        candidates.extend(found.candidates);
        unreadable.extend(found.unreadable);
    }
    if candidates.is_empty() {
        return Err(Problem::new(ProblemCode::UnreadableFile, Reason::NoDicomFile));
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
            return Err(
                Problem::new(ProblemCode::Internal, Reason::DecoderStopped).because(error.to_string())
            );
        }
        Some(Stopped::Sink(error)) => {
            return Err(
                Problem::new(ProblemCode::StorageFailed, Reason::ImagesNotKept).because(error.to_string())
            );
        }
    }
    Ok(report(done, unreadable, started.elapsed().as_secs_f64()))
}

/// The decoder's own sentence is filled in behind the class of what is wrong.
fn reason_of(refusal: Option<RefusalCode>) -> Reason {
    match refusal {
        None => Reason::DicomDecoderFailed,
        Some(RefusalCode::NotDicom | RefusalCode::Directory) => Reason::DicomNoDicom,
        Some(RefusalCode::Truncated) => Reason::DicomCutShort,
        Some(RefusalCode::Malformed | RefusalCode::DamagedPixels) => Reason::DicomMalformed,
        Some(RefusalCode::OverLimit) => Reason::DicomOverLimit,
        Some(RefusalCode::Unidentified) => Reason::DicomUnidentified,
        Some(_) => Reason::DicomOther,
    }
}

fn report(done: Ingested<VaultError>, unreadable: Vec<String>, seconds: f64) -> ImportReport {
    let mut rejections: Vec<Rejection> = done
        .rejected
        .into_iter()
        .map(|r| Rejection::new(&r.file, None, None, reason_of(r.refusal).with("what", r.reason)))
        .collect();
    rejections.extend(unreadable.iter().map(|f| Rejection::new(f, None, None, Reason::DicomUnreadable)));
    rejections.extend(done.changed.iter().map(|f| Rejection::new(f, None, None, Reason::DicomOfOther)));
    let rejected = rejections.len() as u64;
    rejections.truncate(rustcare_exchange::report::MOST_LISTED);
    ImportReport {
        attachments: 0,
        taken: done.taken,
        already_there: done.already_there,
        rejected,
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
        ..ImportReport::default()
    }
}
