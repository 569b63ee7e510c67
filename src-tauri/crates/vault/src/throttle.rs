//! Waiting times after wrong passphrases. Kept beside the vault so that a restart does not reset them.
//!
//! Honest limit: whoever can copy the folder can put an old copy of this file back. The bound against guessing on a
//! stolen copy is the cost of Argon2id, not this file.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::{VaultError, VaultResult};
use crate::header::write_whole;

const FILE_NAME: &str = "attempts.toml";
/// Under which name failures of people who do not exist are counted together.
pub const NOBODY: &str = "-";

/// One change of the file at a time: parallel guesses must not lose each other's count.
static ONE_AT_A_TIME: parking_lot::Mutex<()> = parking_lot::Mutex::new(());

#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Attempts {
    #[serde(default)]
    person: Vec<Failures>,
    /// When the file was found spoiled; kept, so that the next failure does not end the wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spoiled_at: Option<Timestamp>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Failures {
    person: String,
    count: u32,
    last: Timestamp,
}

/// Seconds to wait after `failures` in a row: none for two, then 1, 2, 4 … at most 900.
pub fn wait_seconds(failures: u32) -> u64 {
    match failures {
        0..=2 => 0,
        n => (1_u64 << (n - 3).min(10)).min(900),
    }
}

/// Failures that everybody is taken to have when the file was written over with something else.
const SPOILED: u32 = 9;

fn load(folder: &Path) -> Attempts {
    let Ok(bytes) = fs::read(folder.join(FILE_NAME)) else { return Attempts::default() };
    let text = String::from_utf8_lossy(&bytes);
    // It is always written whole, so a file that cannot be read was tampered with: nobody gains by that.
    toml::from_str(&text).unwrap_or_else(|_| Attempts { person: Vec::new(), spoiled_at: spoiled_at(folder) })
}

/// When the spoiled file was written; a time that the system cannot tell counts as now.
fn spoiled_at(folder: &Path) -> Option<Timestamp> {
    let changed = fs::metadata(folder.join(FILE_NAME)).and_then(|m| m.modified());
    let now = Timestamp::now();
    Some(changed.ok().and_then(|t| Timestamp::try_from(t).ok()).map_or(now, |t| t.min(now)))
}

/// Seconds that `person` still has to wait at `now`.
pub fn seconds_left(folder: &Path, person: &str, now: Timestamp) -> u64 {
    let attempts = load(folder);
    // A clock set back does not shorten the wait.
    let left = |count, last: Timestamp| {
        wait_seconds(count).saturating_sub(now.duration_since(last).as_secs().max(0) as u64)
    };
    let own = attempts.person.iter().find(|f| f.person == person).map_or(0, |f| left(f.count, f.last));
    own.max(attempts.spoiled_at.map_or(0, |at| left(SPOILED, at)))
}

/// Refuses while a wait is running.
///
/// # Errors
/// [`VaultError::Throttled`].
pub fn check(folder: &Path, person: &str, now: Timestamp) -> VaultResult<()> {
    match seconds_left(folder, person, now) {
        0 => Ok(()),
        seconds => Err(VaultError::Throttled { seconds }),
    }
}

/// Counts a failure; returns the failures in a row.
///
/// # Errors
/// [`VaultError::Io`].
pub fn count_failure(folder: &Path, person: &str, now: Timestamp) -> VaultResult<u32> {
    let _one = ONE_AT_A_TIME.lock();
    let mut attempts = load(folder);
    let known = attempts.person.iter().position(|f| f.person == person);
    let count = match known {
        Some(at) => {
            attempts.person[at].count += 1;
            attempts.person[at].last = now;
            attempts.person[at].count
        }
        None => {
            attempts.person.push(Failures { person: person.to_owned(), count: 1, last: now });
            1
        }
    };
    store(folder, &attempts)?;
    Ok(count)
}

/// Forgets the failures of a person who signed in.
///
/// # Errors
/// [`VaultError::Io`].
pub fn forget(folder: &Path, person: &str) -> VaultResult<()> {
    let _one = ONE_AT_A_TIME.lock();
    let mut attempts = load(folder);
    let before = attempts.person.len();
    attempts.person.retain(|f| f.person != person);
    if attempts.person.len() == before { Ok(()) } else { store(folder, &attempts) }
}

fn store(folder: &Path, attempts: &Attempts) -> VaultResult<()> {
    let text =
        toml::to_string(attempts).map_err(|_| VaultError::Damaged("the attempts cannot be written"))?;
    write_whole(folder, FILE_NAME, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_survive_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        for expected in [0, 0, 1, 2, 4, 8] {
            let count = count_failure(folder.path(), "amina", now).unwrap();
            assert_eq!(wait_seconds(count), expected);
            assert_eq!(seconds_left(folder.path(), "amina", now), expected);
        }
        let earlier = Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(seconds_left(folder.path(), "amina", earlier), 8, "a clock set back must not help");
        forget(folder.path(), "amina").unwrap();
        assert_eq!(seconds_left(folder.path(), "amina", now), 0);
        assert_eq!(wait_seconds(100), 900);
    }

    #[test]
    fn guesses_side_by_side_are_all_counted() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        count_failure(folder.path(), "amina", now).unwrap();
                    }
                });
            }
        });
        assert_eq!(count_failure(folder.path(), "amina", now).unwrap(), 41);
    }

    #[test]
    fn a_file_that_was_written_over_makes_everybody_wait_and_not_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NAME), [0xff, 0x00, b'x']).unwrap();
        let now = Timestamp::now();
        assert!(seconds_left(folder.path(), "amina", now) >= 60);
        let later = now + jiff::SignedDuration::from_secs(70);
        assert_eq!(seconds_left(folder.path(), "amina", later), 0);
        // A failure meanwhile writes the file anew and keeps the wait.
        count_failure(folder.path(), "tom", now).unwrap();
        assert!(seconds_left(folder.path(), "amina", now) >= 60);
    }
}
