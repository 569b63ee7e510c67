//! Warm helper processes that parse and decode foreign bytes.
//!
//! A helper that dies, hangs or answers nonsense costs its one request: the caller gets a typed error for that file, and
//! the next request finds a fresh helper.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustcare_decode_helper::framing::{FramingError, read_message, write_message};
use rustcare_decode_helper::protocol::{
    CPU_SECONDS, Described, Fences, Hello, MAX_FILE_BYTES, PROTOCOL_VERSION, PhotoHeader, Refusal, Reply,
    Request,
};

use crate::frame::Frame;
use crate::watchdog::{SharedChild, Watchdog, locked};

/// Wall-clock time that one request may take, unless the caller says otherwise.
pub const DEFAULT_TIME_LIMIT: Duration = Duration::from_secs(30);

/// How a pool is made.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program `rustcare-decode-helper`.
    pub helper: PathBuf,
    /// Most helpers that run at a time.
    pub size: NonZeroUsize,
    /// Wall-clock time that one request may take.
    pub time_limit: Duration,
}

impl PoolSettings {
    /// One helper for each core, and [`DEFAULT_TIME_LIMIT`].
    pub fn new(helper: PathBuf) -> Self {
        let size = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        PoolSettings { helper, size, time_limit: DEFAULT_TIME_LIMIT }
    }
}

/// Why a request brought no result.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The helper read the file and refused; the next file is not concerned.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The file is larger than a helper may be given ([`MAX_FILE_BYTES`]).
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    /// The request took longer than the time limit; the helper was ended.
    #[error("reading the file took too long and was stopped")]
    TimedOut,
    /// The helper died of the request.
    #[error("the decoder failed on this file")]
    Died,
    /// The helper answered what was not asked; it was ended.
    #[error("the decoder gave no valid answer")]
    Answer,
    /// The helper could not be started, or is of another version: no file can be read.
    #[error("the decoder could not be started")]
    Start(#[source] StartError),
}

/// Why a helper could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program could not be run.
    #[error("the program could not be run")]
    Run(#[from] std::io::Error),
    /// It did not introduce itself.
    #[error("the program is no decode helper")]
    Hello,
    /// It speaks another version of the protocol.
    #[error("the program is of another version")]
    Version,
}

/// A number of warm helpers, to be shared by threads.
#[derive(Debug)]
pub struct DecodePool {
    settings: PoolSettings,
    fences: Fences,
    idle: Mutex<Idle>,
    returned: Condvar,
    watchdog: Watchdog,
}

#[derive(Debug)]
struct Idle {
    helpers: Vec<Helper>,
    in_use: usize,
}

impl DecodePool {
    /// Starts the first helper and makes the pool; others start when they are needed.
    ///
    /// # Errors
    /// [`DecodeError::Start`] when the helper cannot be started.
    pub fn new(settings: PoolSettings) -> Result<Self, DecodeError> {
        let watchdog = Watchdog::start().map_err(|error| DecodeError::Start(error.into()))?;
        let first = Helper::start(&settings, &watchdog)?;
        let fences = first.fences;
        let idle = Mutex::new(Idle { helpers: vec![first], in_use: 0 });
        Ok(DecodePool { settings, fences, idle, returned: Condvar::new(), watchdog })
    }

    /// The fences that stand around the helpers.
    pub fn fences(&self) -> Fences {
        self.fences
    }

    /// Most helpers that run at a time.
    pub fn size(&self) -> NonZeroUsize {
        self.settings.size
    }

    /// Reads the attributes of a file.
    ///
    /// # Errors
    /// [`DecodeError`]; only [`DecodeError::Start`] concerns other files too.
    pub fn describe(&self, file: &[u8]) -> Result<Described, DecodeError> {
        match self.ask(&Request::Describe, file)? {
            (Reply::Described(described), _) => Ok(*described),
            _ => Err(DecodeError::Answer),
        }
    }

    /// Decodes one frame (0-based).
    ///
    /// # Errors
    /// [`DecodeError`]; only [`DecodeError::Start`] concerns other files too.
    pub fn frame(&self, file: &[u8], frame: u32) -> Result<Frame, DecodeError> {
        match self.ask(&Request::Frame { frame }, file)? {
            (Reply::Frame(header), pixels) => Frame::new(*header, pixels).map_err(|_| DecodeError::Answer),
            _ => Err(DecodeError::Answer),
        }
    }

    /// Renders one frame (0-based) with its default window as a small PNG.
    ///
    /// # Errors
    /// [`DecodeError`]; only [`DecodeError::Start`] concerns other files too.
    pub fn thumbnail(&self, file: &[u8], frame: u32) -> Result<Vec<u8>, DecodeError> {
        match self.ask(&Request::Thumbnail { frame }, file)? {
            (Reply::Thumbnail { .. }, png) => Ok(png),
            _ => Err(DecodeError::Answer),
        }
    }

    /// Writes a photo or scan (JPEG, PNG) anew: upright, its longest side at most `side` pixels, nothing but its pixels.
    ///
    /// # Errors
    /// [`DecodeError`]; only [`DecodeError::Start`] concerns other files too.
    pub fn photo(&self, file: &[u8], side: u32) -> Result<(PhotoHeader, Vec<u8>), DecodeError> {
        match self.ask(&Request::Photo { side }, file)? {
            (Reply::Photo(header), jpeg) if jpeg.starts_with(&[0xFF, 0xD8]) => Ok((header, jpeg)),
            _ => Err(DecodeError::Answer),
        }
    }

    /// Lets a helper misbehave, so that tests see that the pool outlives it. Absent from release builds.
    ///
    /// # Errors
    /// What the misbehaviour brings about.
    #[cfg(debug_assertions)]
    pub fn misbehave(&self, how: rustcare_decode_helper::protocol::Misbehaviour) -> Result<(), DecodeError> {
        self.ask(&Request::Misbehave { how }, &[]).map(|_| ())
    }

    fn ask(&self, request: &Request, file: &[u8]) -> Result<(Reply, Vec<u8>), DecodeError> {
        if file.len() as u64 > MAX_FILE_BYTES {
            return Err(DecodeError::TooLarge);
        }
        let mut turn = self.take_turn();
        let mut helper = match turn.idle_helper() {
            Some(helper) => helper,
            None => Helper::start(&self.settings, &self.watchdog)?,
        };
        let reply = helper.ask(request, file, &self.watchdog, self.settings.time_limit)?;
        turn.give_back(helper);
        match reply {
            (Reply::Refused(refusal), _) => Err(refusal.into()),
            reply => Ok(reply),
        }
    }

    /// Waits until fewer than [`PoolSettings::size`] requests run.
    fn take_turn(&self) -> Turn<'_> {
        let mut idle = locked(&self.idle);
        while idle.in_use >= self.settings.size.get() {
            idle = self.returned.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
        idle.in_use += 1;
        Turn { pool: self }
    }
}

/// The right to run one request.
struct Turn<'a> {
    pool: &'a DecodePool,
}

impl Turn<'_> {
    fn idle_helper(&mut self) -> Option<Helper> {
        loop {
            let helper = locked(&self.pool.idle).helpers.pop()?;
            if helper.child.is_running() {
                return Some(helper);
            }
        }
    }

    /// Keeps a helper that is fit for another request; one near its limit of CPU time is ended.
    fn give_back(&mut self, helper: Helper) {
        if helper.busy < Duration::from_secs(CPU_SECONDS / 3) {
            locked(&self.pool.idle).helpers.push(helper);
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        locked(&self.pool.idle).in_use -= 1;
        self.pool.returned.notify_one();
    }
}

/// One helper process; it ends with this value.
#[derive(Debug)]
struct Helper {
    child: Arc<SharedChild>,
    requests: ChildStdin,
    replies: ChildStdout,
    fences: Fences,
    busy: Duration,
}

impl Helper {
    fn start(settings: &PoolSettings, watchdog: &Watchdog) -> Result<Self, DecodeError> {
        let mut child = Command::new(&settings.helper)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null()) // what a failing decoder says could hold patient data
            .spawn()
            .map_err(|error| DecodeError::Start(error.into()))?;
        let (requests, replies) = (child.stdin.take(), child.stdout.take());
        let child = SharedChild::new(child);
        let (Some(requests), Some(replies)) = (requests, replies) else {
            child.end();
            return Err(DecodeError::Start(StartError::Hello));
        };
        let mut helper = Helper { child, requests, replies, fences: Fences::default(), busy: Duration::ZERO };
        let watch = watchdog.watch(&helper.child, settings.time_limit);
        let hello = read_message::<Hello>(&mut helper.replies, 0);
        drop(watch);
        match hello {
            Ok((hello, _)) if hello.protocol == PROTOCOL_VERSION => helper.fences = hello.fences,
            Ok(_) => return Err(DecodeError::Start(StartError::Version)),
            Err(_) => return Err(DecodeError::Start(StartError::Hello)),
        }
        Ok(helper)
    }

    fn ask(
        &mut self,
        request: &Request,
        file: &[u8],
        watchdog: &Watchdog,
        limit: Duration,
    ) -> Result<(Reply, Vec<u8>), DecodeError> {
        let began = Instant::now();
        let watch = watchdog.watch(&self.child, limit);
        let reply = write_message(&mut self.requests, request, file)
            .and_then(|()| read_message::<Reply>(&mut self.replies, request.max_reply_bytes()));
        drop(watch);
        self.busy += began.elapsed();
        reply.map_err(|error| match error {
            _ if self.child.timed_out() => DecodeError::TimedOut,
            FramingError::Header | FramingError::OverLimit => DecodeError::Answer,
            FramingError::Closed | FramingError::Pipe(_) => DecodeError::Died,
        })
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.child.end();
    }
}
