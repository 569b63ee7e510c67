//! The limit of wall-clock time: a thread that kills a helper whose request takes too long.

use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A child process that both its user and the watchdog may end.
#[derive(Debug)]
pub(crate) struct SharedChild {
    child: Mutex<Child>,
    timed_out: AtomicBool,
}

impl SharedChild {
    pub(crate) fn new(child: Child) -> Arc<Self> {
        Arc::new(SharedChild { child: Mutex::new(child), timed_out: AtomicBool::new(false) })
    }

    /// Ends the process, if it still runs, and frees what the system keeps of it.
    pub(crate) fn end(&self) {
        let mut child = locked(&self.child);
        child.kill().ok(); // it may have ended by itself
        child.wait().ok();
    }

    pub(crate) fn is_running(&self) -> bool {
        matches!(locked(&self.child).try_wait(), Ok(None))
    }

    /// Whether the watchdog ended it.
    pub(crate) fn timed_out(&self) -> bool {
        self.timed_out.load(Ordering::Acquire)
    }
}

#[derive(Debug, Default)]
struct Watched {
    next: u64,
    requests: Vec<(u64, Instant, Arc<SharedChild>)>,
    ended: bool,
}

#[derive(Debug, Default)]
struct Shared {
    watched: Mutex<Watched>,
    changed: Condvar,
}

/// Watches running requests until it is dropped.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Watchdog {
    pub(crate) fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("decode-watchdog".to_owned())
            .spawn(move || of_thread.watch())?;
        Ok(Watchdog { shared, thread: Some(thread) })
    }

    /// Watches one request; it ends with the returned guard.
    pub(crate) fn watch(&self, child: &Arc<SharedChild>, limit: Duration) -> Watch<'_> {
        let mut watched = locked(&self.shared.watched);
        watched.next += 1;
        let id = watched.next;
        watched.requests.push((id, Instant::now() + limit, Arc::clone(child)));
        self.shared.changed.notify_one();
        Watch { shared: &self.shared, id }
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        locked(&self.shared.watched).ended = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// A request under watch.
pub(crate) struct Watch<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        locked(&self.shared.watched).requests.retain(|(id, ..)| *id != self.id);
    }
}

impl Shared {
    fn watch(&self) {
        let mut watched = locked(&self.watched);
        while !watched.ended {
            let now = Instant::now();
            for (_, deadline, child) in &watched.requests {
                if *deadline <= now && !child.timed_out.swap(true, Ordering::AcqRel) {
                    child.end();
                }
            }
            let next = watched
                .requests
                .iter()
                .filter(|(_, _, child)| !child.timed_out())
                .map(|(_, at, _)| *at)
                .min();
            watched = match next {
                None => self.changed.wait(watched).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(now);
                    self.changed.wait_timeout(watched, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

/// A poisoned lock guards plain data that is valid at every step.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
