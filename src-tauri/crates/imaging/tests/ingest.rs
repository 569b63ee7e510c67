//! Folders into a sink that keeps them in memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper_program;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use helper_program::builder::FileBuilder;
use helper_program::{data, pool};
use rustcare_imaging::ingest::{
    ContentHash, Ingested, NewImage, RejectedFile, Sink, Stopped, Stored, ingest,
};
use rustcare_imaging::walk::find_candidates;

/// Keeps hashes by SOP Instance UID; fails when it is told to.
#[derive(Default)]
struct Memory {
    images: Mutex<HashMap<String, ContentHash>>,
    thumbnails: Mutex<HashMap<String, u32>>,
    quarantined: AtomicU64,
    full_after: Option<usize>,
}

#[derive(Debug, thiserror::Error)]
#[error("full")]
struct Full;

impl Sink for Memory {
    type Error = Full;

    fn holds(&self, hash: &ContentHash) -> Result<bool, Full> {
        Ok(self.images.lock().unwrap().values().any(|held| held == hash))
    }

    fn has_thumbnail(&self, series: &str) -> Result<bool, Full> {
        Ok(self.thumbnails.lock().unwrap().contains_key(series))
    }

    fn store(&self, image: NewImage<'_>) -> Result<Stored, Full> {
        let mut images = self.images.lock().unwrap();
        if self.full_after.is_some_and(|full| images.len() >= full) {
            return Err(Full);
        }
        if let Some(png) = image.thumbnail {
            assert!(png.starts_with(b"\x89PNG"));
            *self
                .thumbnails
                .lock()
                .unwrap()
                .entry(image.described.series_instance_uid.clone())
                .or_default() += 1;
        }
        let uid = image.described.sop_instance_uid.clone();
        match images.get(&uid) {
            Some(held) if *held == image.hash => Ok(Stored::AlreadyThere),
            Some(_) => Ok(Stored::Changed),
            None => {
                images.insert(uid, image.hash);
                Ok(Stored::Taken)
            }
        }
    }

    fn quarantine(&self, file: RejectedFile<'_>) -> Result<(), Full> {
        assert!(!file.reason.is_empty());
        self.quarantined.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

fn run(folder: &Path, sink: &Memory) -> Ingested<Full> {
    let found = find_candidates(folder).unwrap();
    let pool = pool(2, Duration::from_secs(20));
    ingest(&found.candidates, &pool, sink, &|_| {}, &AtomicBool::new(false))
}

fn folder_of(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn instance(number: u32) -> FileBuilder {
    FileBuilder::new().text(0x0008_0018, *b"UI", &format!("1.2.3.4.{number}"))
}

#[test]
fn each_file_has_its_result_and_a_second_run_changes_nothing() {
    let mut cut = instance(9).build();
    cut.truncate(200);
    let folder = folder_of(&[
        ("1.dcm", instance(1).build()),
        ("2.dcm", instance(2).build()),
        ("2 again.dcm", instance(2).text(0x0008_0060, *b"CS", "CT").build()),
        ("cut.dcm", cut),
        ("notes.txt", b"not an image".to_vec()),
    ]);
    let sink = Memory::default();
    let first = run(folder.path(), &sink);
    assert_eq!((first.taken, first.already_there, first.changed.len()), (2, 0, 1));
    assert_eq!(first.rejected.len(), 1);
    assert_eq!(first.rejected[0].file, "cut.dcm");
    assert_eq!(first.rejected[0].reason, "the file ends in the middle of an element: a part is missing");
    assert!(first.stopped.is_none());
    assert_eq!(sink.quarantined.load(Ordering::Relaxed), 1);
    assert_eq!(sink.thumbnails.lock().unwrap().values().sum::<u32>(), 1, "one thumbnail for the series");
    let second = run(folder.path(), &sink);
    assert_eq!((second.taken, second.already_there, second.changed.len()), (0, 2, 1));
}

#[test]
fn a_cancelled_run_stops_between_files_and_says_so() {
    let files: Vec<(String, Vec<u8>)> = (0..40).map(|n| (format!("{n}.dcm"), instance(n).build())).collect();
    let files: Vec<(&str, Vec<u8>)> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let folder = folder_of(&files);
    let found = find_candidates(folder.path()).unwrap();
    let (pool, sink) = (pool(2, Duration::from_secs(20)), Memory::default());
    let cancel = AtomicBool::new(false);
    let progress = |progress: rustcare_imaging::ingest::Progress| {
        assert_eq!(progress.total, 40);
        if progress.done == 5 {
            cancel.store(true, Ordering::Release);
        }
    };
    let ingested = ingest(&found.candidates, &pool, &sink, &progress, &cancel);
    assert!(matches!(ingested.stopped, Some(Stopped::Cancelled)));
    assert!(ingested.taken >= 5 && ingested.taken < 40);
    assert_eq!(ingested.taken as usize, sink.images.lock().unwrap().len());
}

#[test]
fn a_sink_that_fails_ends_the_run() {
    let folder =
        folder_of(&[("1", instance(1).build()), ("2", instance(2).build()), ("3", instance(3).build())]);
    let sink = Memory { full_after: Some(1), ..Memory::default() };
    let ingested = run(folder.path(), &sink);
    assert!(matches!(ingested.stopped, Some(Stopped::Sink(Full))));
    assert_eq!(ingested.taken, 1);
}

#[test]
fn a_real_series_is_taken_whole_with_one_thumbnail() {
    let Some(data) = data() else { return };
    let sink = Memory::default();
    let began = Instant::now();
    let ingested = run(&data.join("t1_mr_384"), &sink);
    let seconds = began.elapsed().as_secs_f64();
    println!("{} files/s, {:.1} MB/s", 384.0 / seconds, ingested.bytes as f64 / 1e6 / seconds);
    assert_eq!((ingested.taken, ingested.rejected.len()), (384, 0));
    let thumbnails = sink.thumbnails.lock().unwrap();
    assert!(!thumbnails.is_empty() && thumbnails.values().all(|count| *count == 1));
}

#[test]
fn a_folder_of_odd_files_is_taken_or_rejected_with_reasons() {
    let Some(data) = data() else { return };
    let sink = Memory::default();
    let ingested = run(&data.join("pydicom"), &sink);
    for rejection in &ingested.rejected {
        println!("{}: {}", rejection.file, rejection.reason);
        assert!(!rejection.reason.contains("decoder failed"), "{}", rejection.file);
    }
    println!(
        "{} taken, {} rejected, {} changed",
        ingested.taken,
        ingested.rejected.len(),
        ingested.changed.len()
    );
    assert!(ingested.taken > 80);
    assert!(ingested.stopped.is_none());
}
