//! The match index of the open vault: loaded or built after the opening, kept up with every change, kept as a snapshot.
//!
//! Whatever writes a patient notes the change in `match_change`, in the same transaction. The index reads on from the last
//! number it has seen, so that no writer needs to know of it: a form, an import and a merge are all followed. While it
//! loads, registering and finding work, without suggestions.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use rustcare_model::patient::PatientId;
use rustcare_patients::matching::people::People;
use rustcare_patients::matching::registered::key_of;
use rustcare_patients::matching::whole_register::AlikePatients;
use rustcare_patients::matching::{MatchIndex, MatchModel, PatientKey, PersonFields};
use rustcare_vault::table::match_register::{self, Pair, TwoPatients};
use rustcare_vault::table::{patient, setting};
use rustcare_vault::{Vault, VaultError, VaultResult};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Name of the snapshot.
const SNAPSHOT: &str = "match_index";
/// Key under which the model that was learnt from the register is kept.
pub(crate) const MODEL: &str = "match_model";
/// Lowest probability of a pair on the work list. Those below are shown while somebody is registered; among a million
/// invented people with 20 000 written twice, 32 000 pairs are above it, and a million, which nobody could read, above the
/// 0.65 of the form.
pub(crate) const ON_LIST: f64 = 0.9;
/// More changes than this are not followed one by one: the index is built anew.
const MOST_FOLLOWED: i64 = 20_000;
/// So many changes since the snapshot are cheap to read at the next opening.
const MOST_SINCE_SNAPSHOT: i64 = 5_000;
/// Patients that are read in one go.
const STRETCH: usize = 2_000;
/// Patients that are compared in one go: at a million, some 4 ms each.
const COMPARED_AT_ONCE: usize = 25;

/// An index and the number of the last change that is in it.
pub(crate) struct Kept {
    pub index: MatchIndex,
    sequence: i64,
    /// Whose register it is: between a closing and the next opening an answer must not come from the other one.
    of: Weak<Vault>,
}

/// How long nothing is tried again after a loading that failed, so that not every keystroke tries.
const AFTER_A_FAILURE: Duration = Duration::from_secs(60);

/// One opening of the vault, as the loading thread knows it: it does not keep the vault open.
struct Opening {
    vault: Weak<Vault>,
    generation: u64,
}

/// Whether changed patients still wait to be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    /// Some more.
    Some,
    /// None; or too many to be compared one by one.
    Waiting(i64),
}

/// What keeps the index.
#[derive(Default)]
pub struct MatchKeeper {
    kept: RwLock<Option<Kept>>,
    /// Rises when the vault is closed: what is still being loaded for an earlier opening is thrown away.
    generation: AtomicU64,
    /// Held by whoever loads or builds.
    loading: Mutex<()>,
    /// Held while the loading thread has the vault.
    under_way: Mutex<()>,
    /// Held by whoever compares changed patients, so that two never do the same.
    comparing: Mutex<()>,
    /// The vault that was closed last: what still runs with it loads nothing.
    closed: Mutex<Weak<Vault>>,
    /// Whether a thread that loads was begun and has not ended.
    is_starting: AtomicBool,
    /// How often a snapshot was read, for whoever tests that it is.
    snapshots_read: AtomicU64,
    /// When the last loading failed.
    failed_at: Mutex<Option<Instant>>,
}

/// A loading thread, as long as it runs. However it ends, the next one may begin.
struct Starting(Arc<MatchKeeper>);

impl Drop for Starting {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.failed_at.lock() = Some(Instant::now());
        }
        self.0.is_starting.store(false, Ordering::SeqCst);
    }
}

impl Kept {
    fn is_of(&self, vault: &Vault) -> bool {
        std::ptr::eq(self.of.as_ptr(), vault)
    }
}

/// The patient of a key.
pub(crate) fn id_of(key: PatientKey) -> PatientId {
    PatientId(Uuid::from_bytes(key))
}

impl MatchKeeper {
    /// How often an index was read from its snapshot.
    #[cfg(feature = "test-entry")]
    pub(crate) fn snapshots_read(&self) -> u64 {
        self.snapshots_read.load(Ordering::Relaxed)
    }

    /// Something is open again, and may be what was closed last.
    pub(crate) fn opened(&self) {
        *self.closed.lock() = Weak::new();
    }

    /// Forgets everything, for the moment the vault is closed.
    pub fn forget(&self, vault: Option<&Weak<Vault>>) {
        if let Some(vault) = vault {
            *self.closed.lock() = Weak::clone(vault);
        }
        *self.failed_at.lock() = None;
        self.generation.fetch_add(1, Ordering::SeqCst);
        // A piece that is under way still holds the vault.
        let _none = self.under_way.lock();
        *self.kept.write() = None;
    }

    fn opening(&self, vault: &Arc<Vault>) -> Opening {
        Opening { vault: Arc::downgrade(vault), generation: self.generation.load(Ordering::SeqCst) }
    }

    /// Begins to load, on a thread of its own. The thread holds the vault only for moments, so that a lock is a lock.
    pub(crate) fn start(self: &Arc<Self>, vault: &Arc<Vault>) {
        if self.is_there(vault) || self.failed_at.lock().is_some_and(|at| at.elapsed() < AFTER_A_FAILURE) {
            return;
        }
        if self.is_starting.swap(true, Ordering::SeqCst) {
            return;
        }
        let (starting, opening) = (Starting(Arc::clone(self)), self.opening(vault));
        std::thread::spawn(move || {
            // A vault that fails or closes meanwhile leaves no index: suggestions are missing, nothing else.
            if starting.0.load(&opening, &AtomicBool::new(false)).is_err() {
                *starting.0.failed_at.lock() = Some(Instant::now());
            }
        });
    }

    fn is_there(&self, vault: &Vault) -> bool {
        self.kept.read().as_ref().is_some_and(|kept| kept.is_of(vault))
    }

    /// Does a piece of work with the vault, unless it was closed; whoever closes it waits for the piece that is under way.
    fn piece<T>(
        &self,
        opening: &Opening,
        work: impl FnOnce(&Arc<Vault>) -> VaultResult<T>,
    ) -> VaultResult<Option<T>> {
        let _under_way = self.under_way.lock();
        let is_closed = Weak::ptr_eq(&self.closed.lock(), &opening.vault);
        if is_closed || self.generation.load(Ordering::SeqCst) != opening.generation {
            return Ok(None);
        }
        // Let go of before the next piece, and before the closing goes on.
        opening.vault.upgrade().map(|open| work(&open)).transpose()
    }

    /// Loads or builds now, unless it is there.
    ///
    /// # Errors
    /// Database errors.
    fn load(&self, opening: &Opening, cancelled: &AtomicBool) -> VaultResult<()> {
        let _one = self.loading.lock();
        if self.kept.read().as_ref().is_some_and(|kept| Weak::ptr_eq(&kept.of, &opening.vault)) {
            return Ok(());
        }
        let snapshot = self.piece(opening, |open| from_snapshot(open))?.flatten();
        let snapshot = snapshot.and_then(|(sequence, bytes)| {
            let of = Weak::clone(&opening.vault);
            MatchIndex::from_bytes(&bytes).ok().map(|index| Kept { index, sequence, of })
        });
        let fresh = snapshot.is_none();
        self.snapshots_read.fetch_add(u64::from(!fresh), Ordering::Relaxed);
        let Some(mut kept) = snapshot.map_or_else(|| self.build(opening), |kept| Ok(Some(kept)))? else {
            return Ok(());
        };
        let installed = self.piece(opening, |open| {
            kept.follow(open)?;
            *self.kept.write() = Some(kept);
            open.read(|t| match_register::changes_after(t, 0))
        })?;
        while !cancelled.load(Ordering::Relaxed)
            && self.piece(opening, |open| self.compare_some(open))? == Some(Compared::Some)
        {}
        if fresh || installed.is_some_and(|since| since > MOST_SINCE_SNAPSHOT) {
            self.piece(opening, |open| self.save(open))?;
        }
        Ok(())
    }

    /// Builds the index from the register, stretch by stretch; `None` when the vault was closed meanwhile.
    fn build(&self, opening: &Opening) -> VaultResult<Option<Kept>> {
        let begun = self.piece(opening, |open| {
            open.read(|t| {
                let model = setting::get(t, MODEL)?.and_then(|text| MatchModel::from_json(&text).ok());
                let model = model.unwrap_or_else(MatchModel::published);
                Ok::<_, VaultError>((model, match_register::newest_change(t)?))
            })
        })?;
        let Some((model, sequence)) = begun else { return Ok(None) };
        let mut index = MatchIndex::new(model);
        let mut after = 0;
        loop {
            let some = self.piece(opening, |open| open.read(|t| patient::stretch(t, after, STRETCH)))?;
            let Some(some) = some else { return Ok(None) };
            let Some(last) = some.last() else { break };
            after = last.row;
            for one in &some {
                index.gather(key_of(&one.patient), &PersonFields::from(&one.patient.demographics));
            }
        }
        index.finish();
        Ok(Some(Kept { index, sequence, of: Weak::clone(&opening.vault) }))
    }

    /// Looks into the index as it is with all changes; `None` while it is not there yet.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn look<T>(
        self: &Arc<Self>,
        vault: &Arc<Vault>,
        look: impl FnOnce(&MatchIndex) -> T,
    ) -> VaultResult<Option<T>> {
        self.follow(vault)?;
        Ok(self.kept.read().as_ref().filter(|kept| kept.is_of(vault)).map(|kept| look(&kept.index)))
    }

    /// Brings the index up to the newest change; after very many it is built anew beside the old one's absence.
    fn follow(self: &Arc<Self>, vault: &Arc<Vault>) -> VaultResult<()> {
        let Some(seen) = self.kept.read().as_ref().filter(|k| k.is_of(vault)).map(|k| k.sequence) else {
            self.start(vault);
            return Ok(());
        };
        let newest = vault.read(|t| match_register::newest_change(t))?;
        if newest <= seen {
            return Ok(());
        }
        if vault.read(|t| match_register::changes_after(t, seen))? > MOST_FOLLOWED {
            *self.kept.write() = None;
            self.start(vault);
            return Ok(());
        }
        match self.kept.write().as_mut().filter(|kept| kept.is_of(vault)) {
            Some(kept) => kept.follow(vault),
            None => Ok(()),
        }
    }

    /// Does something to the work list while nobody compares changed patients.
    pub(crate) fn while_nothing_is_compared<T>(&self, work: impl FnOnce() -> T) -> T {
        let _none = self.comparing.lock();
        work()
    }

    /// Compares patients that changed with everybody and puts the work list right, for at most about `most`; answers with
    /// how many still wait.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn compare_changed(self: &Arc<Self>, vault: &Arc<Vault>, most: Duration) -> VaultResult<i64> {
        self.follow(vault)?;
        let begun = Instant::now();
        loop {
            match self.compare_some(vault)? {
                Compared::Waiting(left) => return Ok(left),
                Compared::Some if begun.elapsed() > most => {
                    return vault
                        .read(|t| match_register::changes_after(t, match_register::matched_up_to(t)?));
                }
                Compared::Some => {}
            }
        }
    }

    /// After a form was saved or two records were merged: the work list follows at once. The act itself is done and in the
    /// trail, so whatever fails here is made good when the list is looked at.
    pub(crate) fn follow_save(self: &Arc<Self>, vault: &Arc<Vault>) {
        let _ = self.compare_changed(vault, Duration::ZERO);
    }

    /// The same for the next few. Nobody is compared whom the index has not seen: who comes in while others are compared waits
    /// for the next round.
    fn compare_some(&self, vault: &Vault) -> VaultResult<Compared> {
        let _one = self.comparing.lock();
        let (matched, waiting, newest) = vault.read(|t| {
            let matched = match_register::matched_up_to(t)?;
            Ok::<_, VaultError>((
                matched,
                match_register::changes_after(t, matched)?,
                match_register::newest_change(t)?,
            ))
        })?;
        if waiting == 0 || waiting > MOST_FOLLOWED {
            return Ok(Compared::Waiting(waiting));
        }
        if let Some(kept) = self.kept.write().as_mut().filter(|kept| kept.is_of(vault))
            && kept.sequence < newest
        {
            kept.follow(vault)?;
        }
        let seen = self.kept.read().as_ref().filter(|kept| kept.is_of(vault)).map(|kept| kept.sequence);
        let Some(seen) = seen else { return Ok(Compared::Waiting(waiting)) };
        let mut changed = vault.read(|t| match_register::changed_between(t, matched, seen))?;
        changed.truncate(COMPARED_AT_ONCE);
        let mut some = Vec::with_capacity(changed.len());
        for (row, sequence) in changed {
            // Let go of after each, so that a keystroke's look need not wait.
            match self.kept.read().as_ref().filter(|kept| kept.is_of(vault)) {
                Some(kept) => some.push((alike_of(vault, &kept.index, row)?, sequence)),
                None => return Ok(Compared::Waiting(waiting)),
            }
        }
        let Some(up_to) = some.last().map(|(_, sequence)| *sequence) else {
            return Ok(Compared::Waiting(waiting));
        };
        let left = vault.write(|t| -> VaultResult<i64> {
            some.iter().try_for_each(|(found, _)| put_pairs(t, found.row, &found.alike))?;
            match_register::note_matched(t, up_to)?;
            match_register::changes_after(t, up_to)
        })?;
        Ok(if left == 0 { Compared::Waiting(0) } else { Compared::Some })
    }

    /// Takes over a model that was learnt, and keeps the index with it.
    ///
    /// # Errors
    /// Database errors, a full disk.
    pub(crate) fn take_model(&self, vault: &Vault, model: &MatchModel) -> VaultResult<()> {
        if let Some(kept) = self.kept.write().as_mut().filter(|kept| kept.is_of(vault)) {
            kept.index.set_model(model.clone());
        }
        self.save(vault)
    }

    /// The whole register as people to be compared, who they are, and the number of the last change in it; waits until the
    /// index is there.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn whole(
        self: &Arc<Self>,
        vault: &Arc<Vault>,
        cancelled: &AtomicBool,
    ) -> VaultResult<Option<(People, Vec<PatientKey>, i64)>> {
        self.load(&self.opening(vault), cancelled)?;
        self.follow(vault)?;
        // After very many changes the following has begun to build it anew.
        self.load(&self.opening(vault), cancelled)?;
        if cancelled.load(Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(self.kept.read().as_ref().filter(|kept| kept.is_of(vault)).map(|kept| {
            let (people, keys) = kept.index.as_people();
            (people, keys, kept.sequence)
        }))
    }

    /// Keeps the index as it is, and forgets the changes that are in it.
    fn save(&self, vault: &Vault) -> VaultResult<()> {
        let saved = self
            .kept
            .read()
            .as_ref()
            .filter(|kept| kept.is_of(vault))
            .map(|kept| (kept.index.to_bytes(), kept.sequence));
        let Some((bytes, sequence)) = saved else { return Ok(()) };
        let mut clear = Zeroizing::new(bytes);
        clear.extend_from_slice(&sequence.to_le_bytes());
        vault.snapshots().write(SNAPSHOT, &clear)?;
        vault.write(|t| -> VaultResult<()> {
            let seen = match_register::matched_up_to(t)?.min(sequence);
            match_register::forget_changes(t, seen)
        })
    }
}

impl Kept {
    fn follow(&mut self, vault: &Vault) -> VaultResult<()> {
        let (changed, newest) = vault.read(|t| {
            let newest = match_register::newest_change(t)?;
            Ok::<_, VaultError>((match_register::changed_between(t, self.sequence, newest)?, newest))
        })?;
        for (row, _) in changed {
            let record = vault.read(|t| patient::by_row(t, row))?;
            let key = key_of(&record.patient);
            if record.merged_into.is_some() {
                self.index.remove(key);
            } else {
                self.index.put(key, &PersonFields::from(&record.patient.demographics));
            }
        }
        self.sequence = newest;
        Ok(())
    }
}

/// Who could be the same person as one patient.
struct AlikeOf {
    row: i64,
    alike: Vec<AlikePatients>,
}

/// Everybody whom the index finds for a patient, and those who stand beside it on the work list already: a comparison of the
/// whole register looks in more ways than the index does, and what it found is weighed anew, not forgotten.
fn alike_of(vault: &Vault, index: &MatchIndex, row: i64) -> VaultResult<AlikeOf> {
    let (record, listed) = vault.read(|t| {
        let record = patient::by_row(t, row)?;
        let mut listed = Vec::new();
        for Pair { patients: TwoPatients(a, b), .. } in match_register::pairs_of(t, row)? {
            listed.push(key_of(&patient::by_row(t, if a == row { b } else { a })?.patient));
        }
        Ok::<_, VaultError>((record, listed))
    })?;
    if record.merged_into.is_some() {
        return Ok(AlikeOf { row, alike: Vec::new() });
    }
    let own = key_of(&record.patient);
    let mut alike = index.alike(own, ON_LIST);
    for other in listed {
        if !alike.iter().any(|pair| pair.b == other) {
            alike.extend(index.alike_two(own, other, ON_LIST));
        }
    }
    Ok(AlikeOf { row, alike })
}

/// Puts the pairs of a patient in place of those that it had.
fn put_pairs(connection: &Connection, row: i64, alike: &[AlikePatients]) -> VaultResult<()> {
    match_register::remove_pairs_of(connection, row)?;
    for found in alike {
        let other = patient::record_by_id(connection, id_of(found.b))?;
        if let Some(patients) = TwoPatients::of(row, other.row)
            && other.merged_into.is_none()
        {
            let (weight, probability, combination) = (found.weight, found.probability, found.combination);
            match_register::put_pair(connection, &Pair { patients, weight, probability, combination })?;
        }
    }
    Ok(())
}

/// The kept index as bytes with its number, when there is one that fits this register.
fn from_snapshot(vault: &Vault) -> VaultResult<Option<(i64, Zeroizing<Vec<u8>>)>> {
    let Some(mut clear) = vault.snapshots().read(SNAPSHOT) else { return Ok(None) };
    let (newest, forgotten) = vault.read(|t| {
        let oldest: Option<i64> = t
            .query_row("SELECT min(sequence) FROM match_change", [], |r| r.get(0))
            .map_err(VaultError::from)?;
        let newest = match_register::newest_change(t)?;
        Ok::<_, VaultError>((newest, oldest.map_or(newest, |first| first - 1)))
    })?;
    let Some((sequence, _)) = clear.split_last_chunk::<8>().map(|(rest, number)| (*number, rest.len()))
    else {
        return Ok(None);
    };
    let sequence = i64::from_le_bytes(sequence);
    let length = clear.len() - 8;
    clear.truncate(length);
    // Changes that it has not seen are gone, or it has seen some that never were: it is of another time. After very many
    // changes, reading all anew is quicker.
    let fits = sequence >= forgotten && sequence <= newest && newest - sequence <= MOST_FOLLOWED;
    Ok(fits.then_some((sequence, clear)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loading_that_breaks_off_stands_in_the_way_of_no_other() {
        let keeper = Arc::new(MatchKeeper::default());
        keeper.is_starting.store(true, Ordering::SeqCst);
        let starting = Starting(Arc::clone(&keeper));
        let broken = std::thread::spawn(move || {
            let _held = &starting;
            panic!("as a fault in the index would");
        });
        assert!(broken.join().is_err());
        assert!(!keeper.is_starting.load(Ordering::SeqCst));
        assert!(keeper.failed_at.lock().is_some(), "and it is not tried again with each keystroke");
    }
}
