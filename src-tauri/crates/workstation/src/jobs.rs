//! Long work: one mechanism for progress, cancel and report. A job survives navigation and, until it ends, a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use dashmap::DashMap;
use parking_lot::Mutex;
use rustcare_exchange::ImportReport;
use rustcare_model::reason::Reason;
use serde::{Deserialize, Serialize};

use crate::contract::handing_out::ExportReceipt;
use crate::problem::{Problem, ProblemCode};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum JobKind {
    ImportFhir,
    ImportTable,
    ImportMessages,
    ImportDicom,
    ImportVocabulary,
    ImportDataSet,
    Backup,
    Restore,
    Practice,
    ReviewRegister,
    Export,
    RunElsewhere,
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum JobState {
    Running,
    Done,
    Cancelled,
    Failed,
}

/// A job as the window sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[allow(missing_docs)] // each field is what the tray shows
pub struct Job {
    pub job_id: String,
    pub title: String,
    pub kind: JobKind,
    pub state: JobState,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub done: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub total_bytes: u64,
    #[cfg_attr(feature = "ts", ts(type = "number"))]
    pub bytes_per_second: u64,
    #[cfg_attr(feature = "ts", ts(type = "number | null"))]
    pub seconds_left: Option<u64>,
    pub started_at: String,
    pub by: String,
    pub report: Option<ImportReport>,
    /// Of an export that came to its end.
    #[serde(default)]
    pub receipt: Option<ExportReceipt>,
    pub problem: Option<Problem>,
}

/// The running side of a job: counters without locks, one flag to stop.
pub struct RunningJob {
    id: String,
    title: String,
    kind: JobKind,
    by: String,
    started: Instant,
    started_at: String,
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
    total_bytes: AtomicU64,
    cancel: AtomicBool,
    receipt: Mutex<Option<ExportReceipt>>,
    ended: Mutex<Option<Ended>>,
}

struct Ended {
    state: JobState,
    seconds: f64,
    report: Option<ImportReport>,
    problem: Option<Problem>,
}

impl RunningJob {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether somebody asked it to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// The flag, for work that only knows a flag.
    pub fn cancel_flag(&self) -> &AtomicBool {
        &self.cancel
    }

    /// Says how much there is.
    pub fn expect(&self, total: u64, total_bytes: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.total_bytes.store(total_bytes, Ordering::Relaxed);
    }

    /// Says how far it is.
    pub fn reached(&self, done: u64, bytes: u64) {
        self.done.store(done, Ordering::Relaxed);
        self.bytes.store(bytes, Ordering::Relaxed);
    }

    /// Keeps the receipt of an export.
    pub fn hand_receipt(&self, receipt: ExportReceipt) {
        *self.receipt.lock() = Some(receipt);
    }

    /// As the window sees it.
    pub fn view(&self) -> Job {
        let ended = self.ended.lock();
        let seconds =
            ended.as_ref().map_or_else(|| self.started.elapsed().as_secs_f64(), |e| e.seconds).max(0.001);
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let (bytes, total_bytes) =
            (self.bytes.load(Ordering::Relaxed), self.total_bytes.load(Ordering::Relaxed));
        let share = if total_bytes > 0 {
            bytes as f64 / total_bytes as f64
        } else {
            done as f64 / (total.max(1)) as f64
        };
        let running = ended.is_none();
        Job {
            job_id: self.id.clone(),
            title: self.title.clone(),
            kind: self.kind,
            state: ended.as_ref().map_or(JobState::Running, |e| e.state),
            done,
            total,
            bytes,
            total_bytes,
            bytes_per_second: (bytes as f64 / seconds) as u64,
            // An estimate before a second has passed would only jump about.
            seconds_left: (running && share > 0.0 && seconds > 1.0)
                .then(|| (seconds * (1.0 - share) / share).ceil() as u64),
            started_at: self.started_at.clone(),
            by: self.by.clone(),
            report: ended.as_ref().and_then(|e| e.report.clone()),
            receipt: self.receipt.lock().clone(),
            problem: ended.as_ref().and_then(|e| e.problem.clone()),
        }
    }
}

/// All jobs since the program started.
#[derive(Default)]
pub struct Jobs {
    by_id: DashMap<String, Arc<RunningJob>>,
    /// Held while it is looked whether another of its kind runs.
    starting: Mutex<()>,
}

impl Jobs {
    /// Starts a job on a thread of its own. `work` returns its report; what it panics with becomes a failed job.
    /// `after` is told how it ended.
    pub fn start(
        &self,
        kind: JobKind,
        title: &str,
        by: &str,
        work: impl FnOnce(&RunningJob) -> Result<Option<ImportReport>, Problem> + Send + 'static,
        after: impl FnOnce(&Job) + Send + 'static,
    ) -> String {
        let id = uuid::Uuid::now_v7().to_string();
        let job = Arc::new(RunningJob {
            id: id.clone(),
            title: title.to_owned(),
            kind,
            by: by.to_owned(),
            started: Instant::now(),
            started_at: rustcare_vault::vault::timestamp(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            total_bytes: AtomicU64::new(0),
            cancel: AtomicBool::new(false),
            receipt: Mutex::new(None),
            ended: Mutex::new(None),
        });
        self.by_id.insert(id.clone(), Arc::clone(&job));
        std::thread::spawn(move || {
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&job)));
            let (state, report, problem) = match outcome {
                // An export that has its receipt is done, however late somebody wanted to stop it: its file is there.
                Ok(Ok(report)) if job.is_cancelled() && job.receipt.lock().is_none() => {
                    (JobState::Cancelled, report, None)
                }
                Ok(Ok(report)) => (JobState::Done, report, None),
                Ok(Err(problem)) => (JobState::Failed, None, Some(problem)),
                Err(_) => {
                    (JobState::Failed, None, Some(Problem::new(ProblemCode::Internal, Reason::JobFault)))
                }
            };
            let seconds = job.started.elapsed().as_secs_f64();
            *job.ended.lock() = Some(Ended { state, seconds, report, problem });
            after(&job.view());
        });
        id
    }

    /// One job.
    pub fn view(&self, id: &str) -> Option<Job> {
        self.by_id.get(id).map(|j| Arc::clone(&j)).map(|j| j.view())
    }

    /// All jobs, newest first.
    pub fn list(&self) -> Vec<Job> {
        let all: Vec<Arc<RunningJob>> = self.by_id.iter().map(|j| Arc::clone(&j)).collect();
        let mut views: Vec<Job> = all.iter().map(|j| j.view()).collect();
        views.sort_by(|a, b| b.job_id.cmp(&a.job_id));
        views
    }

    /// Asks a job to stop at the next whole piece.
    pub fn cancel(&self, id: &str) -> bool {
        self.by_id.get(id).map(|j| j.cancel.store(true, Ordering::Relaxed)).is_some()
    }

    /// Asks all jobs to stop at their next whole piece.
    pub fn cancel_all(&self) {
        self.by_id.iter().for_each(|job| job.cancel.store(true, Ordering::Relaxed));
    }

    /// Starts a job of a kind of which only one may run; `None` while one does.
    pub fn start_only(
        &self,
        kind: JobKind,
        title: &str,
        by: &str,
        work: impl FnOnce(&RunningJob) -> Result<Option<ImportReport>, Problem> + Send + 'static,
        after: impl FnOnce(&Job) + Send + 'static,
    ) -> Option<String> {
        let _one = self.starting.lock();
        (!self.is_running(kind)).then(|| self.start(kind, title, by, work, after))
    }

    /// Whether a job of this kind still runs.
    pub fn is_running(&self, kind: JobKind) -> bool {
        self.list().iter().any(|j| j.kind == kind && j.state == JobState::Running)
    }

    /// Count of jobs that still run.
    pub fn running(&self) -> usize {
        self.list().iter().filter(|j| j.state == JobState::Running).count()
    }

    /// Forgets ended jobs, for the moment the vault is closed: their reports name files.
    pub fn forget_ended(&self) {
        self.by_id.retain(|_, j| j.ended.lock().is_none());
    }
}
