//! One call of the command line: a workstation, a person who signs in, and the lock at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustcare_workstation::Reason;
use rustcare_workstation::host::{PlainHost, helper_beside_program};
use rustcare_workstation::session::SessionLimits;
use rustcare_workstation::{Problem, ProblemCode, Workstation, WorkstationOptions};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::arguments::Arguments;

const PACKAGED_HELPER: &str = "/usr/lib/rustcare/rustcare-decode-helper";

/// An answer, and how many items of it were rejected.
pub struct Finished {
    /// What is printed.
    pub answer: Value,
    /// Zero when all was done.
    pub rejected: u64,
}

impl From<Value> for Finished {
    fn from(answer: Value) -> Self {
        Self { answer, rejected: 0 }
    }
}

/// Why nothing came of it.
pub enum Failure {
    /// The workstation's own words.
    Problem(Box<Problem>),
    /// The arguments do not say enough.
    Usage(String),
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

/// The exit status of a refusal.
pub fn exit_status(code: ProblemCode) -> u8 {
    use ProblemCode as Code;
    match code {
        Code::NotSignedIn
        | Code::SessionExpired
        | Code::NotPermitted
        | Code::WrongPassphrase
        | Code::Throttled
        | Code::VaultLocked
        | Code::VaultInUse => 3,
        Code::VaultDamaged | Code::Internal => 5,
        Code::InvalidInput
        | Code::NotFound
        | Code::Conflict
        | Code::AlreadyExists
        | Code::VaultAbsent
        | Code::LastOfKind
        | Code::UnreadableFile
        | Code::StorageFailed
        | Code::StorageFull
        | Code::DatabaseFailed
        | Code::Cancelled => 4,
    }
}

/// A workstation over the vault of the arguments.
pub fn workstation(arguments: &Arguments) -> Result<Arc<Workstation>, Failure> {
    let vault = match &arguments.vault {
        Some(folder) => folder.clone(),
        None => default_vault()
            .ok_or_else(|| Failure::Usage("Name the vault's folder with --vault DIR.".into()))?,
    };
    let beside = helper_beside_program();
    let packaged = Path::new(PACKAGED_HELPER);
    let decode_helper = if !beside.exists() && packaged.exists() { packaged.to_owned() } else { beside };
    let host = PlainHost { places: Vec::new(), decode_helper };
    let practice = vault.with_extension("practice");
    let options = WorkstationOptions {
        vault,
        practice,
        limits: SessionLimits { idle: Duration::from_secs(12 * 3600), ..SessionLimits::default() },
    };
    Ok(Workstation::new(options, Arc::new(host)))
}

fn default_vault() -> Option<PathBuf> {
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.or_else(|| std::env::var_os("HOME").map(|h| PathBuf::from(h).join(".local/share")));
    data.map(|d| d.join("rustcare").join("vault"))
}

/// The first line of a file.
pub fn first_line(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = std::fs::read_to_string(file).map(Zeroizing::new).map_err(|error| {
        Failure::Usage(format!("The file with the passphrase or password cannot be read: {error}."))
    })?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

/// Who signs in, and with what.
pub fn credentials(arguments: &Arguments) -> Result<(String, Zeroizing<String>), Failure> {
    let (Some(user), Some(file)) = (&arguments.user, &arguments.passphrase_file) else {
        return Err(Failure::Usage("Say who you are with --user NAME and --passphrase-file FILE.".into()));
    };
    Ok((user.clone(), first_line(file)?))
}

/// A signed-in person; locks when dropped.
pub struct SignedIn {
    /// The workstation.
    pub workstation: Arc<Workstation>,
    token: String,
}

impl SignedIn {
    /// Signs in as the arguments say.
    pub fn begin(arguments: &Arguments) -> Result<Self, Failure> {
        let (user, passphrase) = credentials(arguments)?;
        let workstation = workstation(arguments)?;
        let answer =
            workstation.ask("sign_in", None, json!({ "person": user, "passphrase": passphrase.as_str() }))?;
        let token = answer["token"].as_str().unwrap_or_default().to_owned();
        Ok(Self { workstation, token })
    }

    /// Calls a use case.
    pub fn ask(&self, name: &str, input: Value) -> Result<Value, Failure> {
        Ok(self.workstation.ask(name, Some(&self.token), input)?)
    }

    /// Starts a job and waits for its end, telling its progress on standard error.
    pub fn finish(&self, name: &str, input: Value) -> Result<Finished, Failure> {
        let started = self.ask(name, input)?;
        self.follow(&started)
    }

    /// Waits for the end of a job that was started.
    pub fn follow(&self, started: &Value) -> Result<Finished, Failure> {
        let mut last = String::new();
        loop {
            let job = self.ask("job", json!({ "job_id": started["job_id"] }))?;
            let said = progress(&job);
            if said != last {
                crate::complain(&said);
                last = said;
            }
            if job["state"] != "running" {
                return finished(job);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

fn progress(job: &Value) -> String {
    let count = |key: &str| job[key].as_u64().unwrap_or(0);
    format!("{} of {}, {} MB/s", count("done"), count("total"), count("bytes_per_second") / 1_000_000)
}

fn finished(job: Value) -> Result<Finished, Failure> {
    match job["state"].as_str() {
        Some("done") => {
            let rejected = job["report"]["rejected"].as_u64().unwrap_or(0);
            let answer = if job["report"].is_null() { job } else { job["report"].clone() };
            Ok(Finished { answer, rejected })
        }
        _ => {
            let problem: Option<Problem> = serde_json::from_value(job["problem"].clone()).ok();
            Err(problem.unwrap_or_else(|| Problem::new(ProblemCode::Cancelled, Reason::JobCancelled)).into())
        }
    }
}

impl Drop for SignedIn {
    fn drop(&mut self) {
        // The process ends in any case; the lock writes its entry and its checkpoint.
        let _ = self.workstation.ask("lock", Some(&self.token), json!({}));
    }
}
