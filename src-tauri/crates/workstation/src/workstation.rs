//! The workstation itself: the vault's folder, the open vault, sessions and jobs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashmap::DashMap;
use parking_lot::{Mutex, RwLock};
use rustcare_imaging::pool::DecodePool;
use rustcare_vault::Vault;
use rustcare_vault::kdf::KdfParameters;

use crate::cohorts::ColumnCache;
use crate::cohorts::clinic_cache::ClinicCache;
use crate::cohorts::elsewhere::ElsewhereRun;
use crate::host::{Host, PlaceKind};
use crate::jobs::Jobs;
use crate::patients::match_keeper::MatchKeeper;
use crate::session::{SessionLimits, Sessions};

/// How a workstation is set up by its host.
pub struct WorkstationOptions {
    /// The clinic's vault.
    pub vault: PathBuf,
    /// The practice clinic's vault, made when it is first opened.
    pub practice: PathBuf,
    /// How long sessions live.
    pub limits: SessionLimits,
}

/// The front door. One a process; cheap to share behind an [`Arc`].
pub struct Workstation {
    options: WorkstationOptions,
    pub(crate) host: Arc<dyn Host>,
    /// Which of the two vaults is in use.
    pub(crate) practising: RwLock<bool>,
    pub(crate) open: RwLock<Option<Arc<Vault>>>,
    /// Held while a vault is being opened, closed or made, so that two of these never run side by side.
    pub(crate) door: Mutex<()>,
    pub(crate) sessions: Sessions,
    pub(crate) jobs: Jobs,
    pub(crate) places: DashMap<String, ListedPlace>,
    /// What each import was started from, so that it can be gone on with.
    pub(crate) import_sources: DashMap<String, String>,
    /// What was decided of the table of an import, by its job.
    pub(crate) table_choices: DashMap<String, rustcare_exchange::table::TableChoice>,
    pub(crate) columns: ColumnCache,
    pub(crate) clinic_data: ClinicCache,
    /// What runs on databases elsewhere brought, by their jobs.
    pub(crate) elsewhere: DashMap<String, Arc<ElsewhereRun>>,
    /// The port that other systems send messages to.
    pub(crate) listener: crate::exchange::listener::Listener,
    pub(crate) matches: Arc<MatchKeeper>,
    pub(crate) decoders: Mutex<Option<Arc<DecodePool>>>,
    /// Studies that a session has opened, by its token.
    pub(crate) opened_studies: DashMap<(String, i64), ()>,
    /// Charts that a session has opened, by its token and the patient's id.
    pub(crate) opened_charts: DashMap<(String, String), ()>,
    /// Papers that a session has previewed, by its token; what and whose.
    pub(crate) previewed: DashMap<(String, String), ()>,
    /// Recovery words that wait to be typed back, by person; gone at lock.
    pub(crate) unconfirmed_words: Mutex<Option<UnconfirmedWords>>,
}

/// Two of the recovery words, until they are typed back.
pub(crate) struct UnconfirmedWords {
    pub person: String,
    pub words: zeroize::Zeroizing<Vec<String>>,
    pub positions: (usize, usize),
}

/// A folder or file that the window knows by id only.
#[derive(Debug, Clone)]
pub(crate) struct ListedPlace {
    pub path: PathBuf,
    /// Further paths that belong to it, where a host was given several at once.
    pub also: Vec<PathBuf>,
    pub kind: PlaceKind,
}

/// How long a program that ends waits for what runs.
const LONGEST_GOODBYE: Duration = Duration::from_secs(5);

impl Drop for Workstation {
    fn drop(&mut self) {
        self.close_now();
    }
}

impl Workstation {
    /// A workstation over the folders of `options`. Nothing is opened yet.
    pub fn new(options: WorkstationOptions, host: Arc<dyn Host>) -> Arc<Self> {
        Arc::new(Self {
            sessions: Sessions::new(options.limits),
            options,
            host,
            practising: RwLock::new(false),
            open: RwLock::new(None),
            door: Mutex::new(()),
            jobs: Jobs::default(),
            places: DashMap::new(),
            import_sources: DashMap::new(),
            table_choices: DashMap::new(),
            columns: ColumnCache::default(),
            clinic_data: ClinicCache::default(),
            elsewhere: DashMap::new(),
            listener: Default::default(),
            matches: Arc::default(),
            decoders: Mutex::new(None),
            opened_studies: DashMap::new(),
            opened_charts: DashMap::new(),
            previewed: DashMap::new(),
            unconfirmed_words: Mutex::new(None),
        })
    }

    /// The folder of the vault in use.
    pub fn vault_folder(&self) -> &Path {
        if *self.practising.read() { &self.options.practice } else { &self.options.vault }
    }

    pub(crate) fn clinic_folder(&self) -> &Path {
        &self.options.vault
    }

    /// KDF cost of new passphrases.
    pub(crate) fn kdf(&self) -> KdfParameters {
        KdfParameters::STANDARD
    }

    /// The open vault.
    pub(crate) fn open_vault(&self) -> Option<Arc<Vault>> {
        self.open.read().clone()
    }

    /// Closes the vault when nobody is signed in and no job runs. Keys are wiped as the last owner lets go.
    pub(crate) fn close_if_idle(&self) {
        let _door = self.door.lock();
        if !self.sessions.sweep() && self.jobs.running() == 0 {
            self.close_now();
        }
    }

    /// Puts a vault that was unlocked in place; the caller holds the door.
    pub(crate) fn put_open(&self, vault: &Arc<Vault>) {
        // Before anybody sees a chart: an earlier version read orders not to give a medicine as orders to give it. What cannot be
        // written now is tried again at the next opening.
        let _ = rustcare_exchange::reread::reread(vault);
        *self.open.write() = Some(Arc::clone(vault));
        // What a running job writes is not left over.
        if self.jobs.running() == 0 {
            // A trail that cannot be written now is found out by whatever is done next; what is left is noted still.
            let _ = crate::exchange::unfinished::take_away(vault);
        }
        self.matches.opened();
    }

    /// Closes the vault; the caller holds the door.
    pub(crate) fn close_now(&self) {
        let closed = self.open.write().take().map(|vault| Arc::downgrade(&vault));
        self.listener.stop();
        self.columns.forget();
        self.clinic_data.forget();
        self.elsewhere.clear();
        self.matches.forget(closed.as_ref());
        self.decoders.lock().take();
        self.jobs.forget_ended();
        self.places.clear();
        self.import_sources.clear();
        self.table_choices.clear();
        self.opened_studies.clear();
        self.opened_charts.clear();
        self.previewed.clear();
        *self.unconfirmed_words.lock() = None;
    }

    /// For a program that ends: jobs stop at their next whole piece, sessions end, and the vault is closed, so that no thread is
    /// left inside the database while the process is taken down. Waits a few seconds for that, no longer.
    pub fn close(&self) {
        let until = Instant::now() + LONGEST_GOODBYE;
        self.jobs.cancel_all();
        while self.jobs.running() > 0 && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _door = self.door.lock();
        let vault = self.open.read().as_ref().map(Arc::downgrade);
        self.sessions.end_all();
        self.close_now();
        // Calls that are under way hold it a little longer.
        while vault.as_ref().is_some_and(|vault| vault.strong_count() > 0) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends expired sessions and closes the vault when that was the last one; opens the interface of a vault that was opened.
    /// The host calls it every second.
    pub fn sweep(self: &Arc<Self>) {
        if self.open.read().is_none() {
            return;
        }
        if self.sessions.sweep() {
            self.listener.follow(self);
        } else {
            self.close_if_idle();
        }
    }

    /// Count of jobs that still run.
    pub fn running_jobs(&self) -> usize {
        self.jobs.running()
    }
}
