//! The match index of the open vault: loaded or built after the opening, kept up with every change, kept as a snapshot.
//!
//! Whatever writes a patient notes the change in `match_change`, in the same transaction. The index reads on from the last
//! number it has seen, so that no writer needs to know of it: a form, an import and a merge are all followed. While it
//! loads, registering and finding work, without suggestions.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use rustcare_model::patient::PatientId;
use rustcare_patients::matching::registered::key_of;
use rustcare_patients::matching::{MatchIndex, MatchModel, PatientKey, PersonFields};
use rustcare_vault::table::match_register::{self, Pair, TwoPatients};
use rustcare_vault::table::{patient, setting};
use rustcare_vault::{Vault, VaultError, VaultResult};
use uuid::Uuid;

/// Name of the snapshot.
const SNAPSHOT: &str = "match_index";
/// Key under which the model that was learnt from the register is kept.
pub(crate) const MODEL: &str = "match_model";
/// Lowest probability of a pair on the work list.
pub(crate) const ON_LIST: f64 = rustcare_patients::matching::index::POSSIBLE;
/// More changes than this are not followed one by one: the index is built anew.
const MOST_FOLLOWED: i64 = 20_000;
/// So many changes since the snapshot are cheap to read at the next opening.
const MOST_SINCE_SNAPSHOT: i64 = 5_000;
/// Patients that are read, or compared and written, in one go.
const STRETCH: usize = 2_000;

/// An index and the number of the last change that is in it.
pub(crate) struct Kept {
    pub index: MatchIndex,
    sequence: i64,
}

/// What keeps the index.
#[derive(Default)]
pub struct MatchKeeper {
    kept: RwLock<Option<Kept>>,
    /// Rises when the vault is closed: what is still being loaded for an earlier opening is thrown away.
    generation: AtomicU64,
    /// Held by whoever loads or builds.
    loading: Mutex<()>,
    /// Held by whoever compares changed patients, so that two never do the same.
    comparing: Mutex<()>,
}

/// The patient of a key.
pub(crate) fn id_of(key: PatientKey) -> PatientId {
    PatientId(Uuid::from_bytes(key))
}

impl MatchKeeper {
    /// Forgets everything, for the moment the vault is closed.
    pub fn forget(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        *self.kept.write() = None;
    }

    /// Begins to load, on a thread of its own. The thread holds the vault only for moments, so that a lock is a lock.
    pub(crate) fn start(self: &Arc<Self>, vault: &Arc<Vault>) {
        if self.kept.read().is_some() {
            return;
        }
        let (keeper, vault) = (Arc::clone(self), Arc::downgrade(vault));
        let generation = self.generation.load(Ordering::SeqCst);
        std::thread::spawn(move || {
            // A vault that fails or closes meanwhile leaves no index: suggestions are missing, nothing else.
            let _ = keeper.load(&vault, generation);
        });
    }

    /// Loads or builds now, unless it is there.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn load(&self, vault: &Weak<Vault>, generation: u64) -> VaultResult<()> {
        let _one = self.loading.lock();
        let closed = || self.generation.load(Ordering::SeqCst) != generation;
        if self.kept.read().is_some() || closed() {
            return Ok(());
        }
        let (mut kept, fresh) = match from_snapshot(vault)? {
            Some(kept) => (kept, false),
            None => match build(vault, &closed)? {
                Some(kept) => (kept, true),
                None => return Ok(()),
            },
        };
        let Some(open) = vault.upgrade() else { return Ok(()) };
        kept.follow(&open)?;
        let since = {
            let mut place = self.kept.write();
            if closed() {
                return Ok(());
            }
            let since = open.read(|t| match_register::changes_after(t, 0))?;
            *place = Some(kept);
            since
        };
        self.compare_changed(&open)?;
        if fresh || since > MOST_SINCE_SNAPSHOT {
            self.save(&open)?;
        }
        Ok(())
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
        Ok(self.kept.read().as_ref().map(|kept| look(&kept.index)))
    }

    /// Brings the index up to the newest change; after very many it is built anew beside the old one's absence.
    fn follow(self: &Arc<Self>, vault: &Arc<Vault>) -> VaultResult<()> {
        let Some(seen) = self.kept.read().as_ref().map(|k| k.sequence) else {
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
        match self.kept.write().as_mut() {
            Some(kept) => kept.follow(vault),
            None => Ok(()),
        }
    }

    /// Compares patients that changed with everybody and puts the work list right; answers with how many still wait.
    ///
    /// # Errors
    /// Database errors.
    pub(crate) fn compare_changed(&self, vault: &Vault) -> VaultResult<i64> {
        let _one = self.comparing.lock();
        let matched = vault.read(|t| match_register::matched_up_to(t))?;
        let waiting = vault.read(|t| match_register::changes_after(t, matched))?;
        if waiting > MOST_FOLLOWED {
            return Ok(waiting);
        }
        let changed = vault.read(|t| match_register::changed_after(t, matched))?;
        for some in changed.chunks(STRETCH) {
            let generation = self.generation.load(Ordering::SeqCst);
            let mut found: Vec<(i64, Vec<(PatientKey, Pair)>)> = Vec::with_capacity(some.len());
            for (row, _) in some {
                let record = vault.read(|t| patient::by_row(t, *row))?;
                let pairs = match self.kept.read().as_ref() {
                    None => return Ok(waiting),
                    Some(_) if record.merged_into.is_some() => Vec::new(),
                    Some(kept) => kept.index.alike(key_of(&record.patient), ON_LIST),
                };
                let as_pair = |p: rustcare_patients::matching::whole_register::AlikePatients| {
                    let pair = Pair {
                        patients: TwoPatients(0, 0),
                        weight: p.weight,
                        probability: p.probability,
                        combination: p.combination,
                    };
                    (p.b, pair)
                };
                found.push((*row, pairs.into_iter().map(as_pair).collect()));
            }
            if self.generation.load(Ordering::SeqCst) != generation {
                return Ok(waiting);
            }
            let up_to = some.last().map_or(matched, |(_, sequence)| *sequence);
            vault.write(|t| -> VaultResult<()> {
                for (row, pairs) in found {
                    match_register::remove_pairs_of(t, row)?;
                    for (key, pair) in pairs {
                        let other = patient::record_by_id(t, id_of(key))?;
                        if let Some(patients) = TwoPatients::of(row, other.row)
                            && other.merged_into.is_none()
                        {
                            match_register::put_pair(t, &Pair { patients, ..pair })?;
                        }
                    }
                }
                match_register::note_matched(t, up_to)
            })?;
        }
        Ok(0)
    }

    /// Takes over a model that was learnt, and keeps the index with it.
    ///
    /// # Errors
    /// Database errors, a full disk.
    pub(crate) fn take_model(&self, vault: &Vault, model: &MatchModel) -> VaultResult<()> {
        if let Some(kept) = self.kept.write().as_mut() {
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
    ) -> VaultResult<Option<(rustcare_patients::matching::people::People, Vec<PatientKey>, i64)>> {
        if self.kept.read().is_none() {
            self.load(&Arc::downgrade(vault), self.generation.load(Ordering::SeqCst))?;
        }
        self.follow(vault)?;
        if self.kept.read().is_none() {
            self.load(&Arc::downgrade(vault), self.generation.load(Ordering::SeqCst))?;
        }
        Ok(self.kept.read().as_ref().map(|kept| {
            let (people, keys) = kept.index.as_people();
            (people, keys, kept.sequence)
        }))
    }

    /// Keeps the index as it is, and forgets the changes that are in it.
    fn save(&self, vault: &Vault) -> VaultResult<()> {
        let saved = self.kept.read().as_ref().map(|kept| (kept.index.to_bytes(), kept.sequence));
        let Some((bytes, sequence)) = saved else { return Ok(()) };
        let mut clear = zeroize::Zeroizing::new(Vec::with_capacity(bytes.len() + 8));
        clear.extend_from_slice(&sequence.to_le_bytes());
        clear.extend_from_slice(&zeroize::Zeroizing::new(bytes));
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
            Ok::<_, VaultError>((
                match_register::changed_after(t, self.sequence)?,
                match_register::newest_change(t)?,
            ))
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

/// The kept index, when there is one that fits this register.
fn from_snapshot(vault: &Weak<Vault>) -> VaultResult<Option<Kept>> {
    let Some(open) = vault.upgrade() else { return Ok(None) };
    let Some(clear) = open.snapshots().read(SNAPSHOT) else { return Ok(None) };
    let (newest, forgotten) = open.read(|t| {
        let oldest: Option<i64> = t
            .query_row("SELECT min(sequence) FROM match_change", [], |r| r.get(0))
            .map_err(VaultError::from)?;
        let newest = match_register::newest_change(t)?;
        Ok::<_, VaultError>((newest, oldest.map_or(newest, |first| first - 1)))
    })?;
    drop(open);
    let Some((sequence, bytes)) = clear.split_first_chunk::<8>() else { return Ok(None) };
    let sequence = i64::from_le_bytes(*sequence);
    // Changes that it has not seen are gone, or it has seen some that never were: it is of another time. After very many
    // changes, reading all anew is quicker.
    if sequence < forgotten || sequence > newest || newest - sequence > MOST_FOLLOWED {
        return Ok(None);
    }
    Ok(MatchIndex::from_bytes(bytes).ok().map(|index| Kept { index, sequence }))
}

/// Builds the index from the register, stretch by stretch; `None` when the vault was closed meanwhile.
fn build(vault: &Weak<Vault>, closed: &dyn Fn() -> bool) -> VaultResult<Option<Kept>> {
    let Some(open) = vault.upgrade() else { return Ok(None) };
    let (model, sequence) = open.read(|t| {
        let model = setting::get(t, MODEL)?.and_then(|text| MatchModel::from_json(&text).ok());
        Ok::<_, VaultError>((model.unwrap_or_else(MatchModel::published), match_register::newest_change(t)?))
    })?;
    drop(open);
    let mut index = MatchIndex::new(model);
    let mut after = 0;
    loop {
        let Some(open) = vault.upgrade().filter(|_| !closed()) else { return Ok(None) };
        let some = open.read(|t| patient::stretch(t, after, STRETCH))?;
        let Some(last) = some.last() else { break };
        after = last.row;
        for one in &some {
            index.gather(key_of(&one.patient), &PersonFields::from(&one.patient.demographics));
        }
    }
    index.finish();
    Ok(Some(Kept { index, sequence }))
}
