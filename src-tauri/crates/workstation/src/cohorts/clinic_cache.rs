//! The clinic's records as an index: read once and kept until they change or the vault is closed; kept encrypted beside the records, so
//! that the next opening need not read them anew.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::Date;
use parking_lot::Mutex;
use rusqlite::Connection;
use rustcare_cohorts::athena::ImportedVocabulary;
use rustcare_cohorts::clinic::{Before, ClinicConcept, ClinicData, MappedCodes, Whose};
use rustcare_cohorts::engine::{Engine, UnitNames};
use rustcare_vault::blob::Blobs;
use rustcare_vault::snapshot::Snapshots;
use rustcare_vault::table::{data_set, record_change, setting};
use rustcare_vault::{VaultError, VaultResult};

use super::stored_vocabulary;
use crate::choke_point::Call;
use crate::contract::cohort_definitions::CountCohort;
use crate::problem::Problem;

/// Name of the snapshot.
const SNAPSHOT: &str = "clinic_index";

/// The clinic's records, ready to be counted, with what was found of them before. What the index holds of patients is overwritten
/// when the last user lets go of it.
pub(crate) struct ClinicCohorts {
    pub engine: Engine,
    pub concepts: BTreeMap<i64, ClinicConcept>,
    pub units: UnitNames,
    /// How much of the records' codes the imported vocabulary knows.
    pub mapped: Option<MappedCodes>,
    pub whose: Whose,
    together: BTreeMap<i64, Vec<i64>>,
    data_version: u64,
    only_on: Option<Date>,
}

impl ClinicCohorts {
    fn of(data: ClinicData, vocabulary: Option<&ImportedVocabulary>) -> VaultResult<Self> {
        let index = match vocabulary {
            Some(vocabulary) => data.index.knowing(vocabulary.ids()?),
            None => data.index,
        };
        Ok(Self {
            engine: Engine::with_units(Arc::new(index), data.units.clone()),
            concepts: data.concepts,
            units: data.units,
            mapped: data.mapped,
            whose: Whose::Clinic,
            together: data.together,
            data_version: data.data_version,
            only_on: data.only_on,
        })
    }

    fn before(&self) -> Before<'_> {
        let is_cut = self.only_on.is_some();
        Before { index: self.engine.index(), concepts: &self.concepts, together: &self.together, is_cut }
    }

    /// Data of others: published concepts already.
    fn of_others(data: ClinicData) -> Self {
        Self {
            engine: Engine::with_units(Arc::new(data.index), data.units.clone()),
            concepts: data.concepts,
            units: data.units,
            mapped: None,
            whose: Whose::Others,
            together: data.together,
            data_version: 0,
            only_on: None,
        }
    }
}

/// The data now: of what was read before, with its version and the day that it is of alone, and of the records that changed since; of
/// all records where too many did, or it is not known whose.
fn brought_up_to_date(
    connection: &Connection,
    day: Date,
    vocabulary: Option<&ImportedVocabulary>,
    before: Option<(Before<'_>, u64, Option<Date>)>,
) -> VaultResult<ClinicData> {
    if let Some((before, version, only_on)) = before
        && only_on.is_none_or(|only| only == day)
        && let Some(changed) = record_change::since(connection, version, before.index.patients() / 8)?
    {
        return ClinicData::updated(before, connection, day, vocabulary, &changed);
    }
    ClinicData::read(connection, day, vocabulary)
}

/// The index that was built last; forgotten when the vault is closed.
#[derive(Default)]
pub struct ClinicCache {
    built: Mutex<Option<Arc<ClinicCohorts>>>,
    /// The data of others that were asked for last, by the number of the data set.
    others: Mutex<Option<(i64, Arc<ClinicCohorts>)>>,
    /// Held while the vault is read: two people asking at once read it once.
    reading: Mutex<()>,
    /// Raised when the vault is closed: what was being read then is not kept.
    closings: AtomicU64,
    /// Counts of what is being built that were asked for: the newest one makes the others void.
    asked: AtomicU64,
}

/// How the records are reached within a call.
pub(super) struct Reader<'a> {
    cache: &'a ClinicCache,
    snapshots: Snapshots,
    blobs: Blobs,
    /// The day in the clinic's time zone, beyond which nobody is observed.
    pub today: Date,
}

impl<'a> Reader<'a> {
    /// For a call.
    ///
    /// # Errors
    /// When the vault is locked or its settings cannot be read.
    pub fn of(call: &'a Call<'_>) -> Result<Self, Problem> {
        let today = call.settings()?.today();
        let vault = call.vault()?;
        let (snapshots, blobs) = (vault.snapshots(), vault.blobs().clone());
        Ok(Self { cache: &call.workstation.clinic_data, snapshots, blobs, today })
    }

    /// The clinic's records that `connection` sees.
    ///
    /// # Errors
    /// Database errors.
    pub fn read(&self, connection: &Connection) -> VaultResult<Arc<ClinicCohorts>> {
        self.cache.of(connection, self)
    }

    /// The data that a count is asked of: the clinic's records, or a data set.
    ///
    /// # Errors
    /// Database errors; [`VaultError::NotFound`] for a data set that is not there.
    pub fn read_for(&self, connection: &Connection, of: &CountCohort) -> VaultResult<Arc<ClinicCohorts>> {
        self.read_data(connection, of.data_set())
    }

    /// The clinic's records, or a data set by its number.
    ///
    /// # Errors
    /// As [`Reader::read_for`].
    pub fn read_data(
        &self,
        connection: &Connection,
        data_set: Option<&str>,
    ) -> VaultResult<Arc<ClinicCohorts>> {
        match data_set {
            None => self.read(connection),
            Some(id) => self.cache.of_others(connection, id, &self.blobs),
        }
    }
}

impl ClinicCache {
    /// Drops it. Does not wait for anybody who reads.
    pub fn forget(&self) {
        self.closings.fetch_add(1, Ordering::SeqCst);
        self.asked.fetch_add(1, Ordering::SeqCst);
        *self.built.lock() = None;
        *self.others.lock() = None;
    }

    /// A number for a count of what is being built; see [`ClinicCache::is_newest`].
    pub(super) fn ask(&self) -> u64 {
        self.asked.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Whether no newer count was asked for, and the vault not closed.
    pub(super) fn is_newest(&self, ask: u64) -> bool {
        self.asked.load(Ordering::SeqCst) == ask
    }

    fn kept(&self, data_version: u64, day: Date) -> Option<Arc<ClinicCohorts>> {
        let is_same = |built: &&Arc<ClinicCohorts>| {
            built.data_version == data_version && built.only_on.is_none_or(|only| only == day)
        };
        self.built.lock().as_ref().filter(is_same).map(Arc::clone)
    }

    fn of(&self, connection: &Connection, reader: &Reader<'_>) -> VaultResult<Arc<ClinicCohorts>> {
        let day = reader.today;
        let closings = self.closings.load(Ordering::SeqCst);
        let data_version = setting::data_version(connection)?;
        if let Some(kept) = self.kept(data_version, day) {
            return Ok(kept);
        }
        let _reading = self.reading.lock();
        if let Some(kept) = self.kept(data_version, day) {
            return Ok(kept);
        }
        // What is no longer so gives its place up, and its memory when the new one has taken over what it needs.
        let before = self.built.lock().take();
        // Another vocabulary is a change of everybody's records.
        let vocabulary = stored_vocabulary::open(connection, &reader.blobs)?;
        let found = match &before {
            Some(_) => None,
            None => reader.snapshots.read(SNAPSHOT).and_then(|bytes| ClinicData::of_bytes(&bytes)),
        };
        let data = match found {
            Some(data) if data.is_of(data_version, day) => data,
            found => {
                let kept = before.as_deref().map(|kept| (kept.before(), kept.data_version, kept.only_on));
                let stored = found.as_ref().map(|data| (Before::of(data), data.data_version, data.only_on));
                let data = brought_up_to_date(connection, day, vocabulary.as_ref(), kept.or(stored))?;
                // Without a snapshot the next opening is slower, and nothing else.
                let (snapshots, bytes) = (reader.snapshots.clone(), data.to_bytes());
                std::thread::spawn(move || snapshots.write(SNAPSHOT, &bytes));
                data
            }
        };
        let built = Arc::new(ClinicCohorts::of(data, vocabulary.as_ref())?);
        let mut held = self.built.lock();
        if self.closings.load(Ordering::SeqCst) == closings {
            *held = Some(Arc::clone(&built));
        }
        Ok(built)
    }

    fn of_others(&self, connection: &Connection, id: &str, blobs: &Blobs) -> VaultResult<Arc<ClinicCohorts>> {
        let closings = self.closings.load(Ordering::SeqCst);
        let missing = VaultError::NotFound("the data set");
        let number = id.parse().map_err(|_| VaultError::NotFound("the data set"))?;
        let found = data_set::find(connection, number)?.ok_or(missing)?;
        if let Some((known, kept)) = self.others.lock().as_ref()
            && *known == found.data_set
        {
            return Ok(Arc::clone(kept));
        }
        let _reading = self.reading.lock();
        *self.others.lock() = None;
        let bytes = zeroize::Zeroizing::new(blobs.read(found.blob)?);
        let data = ClinicData::of_bytes(&bytes);
        let data = data.ok_or(VaultError::Damaged("a data set is not as it was written"))?;
        let built = Arc::new(ClinicCohorts::of_others(data));
        if self.closings.load(Ordering::SeqCst) == closings {
            *self.others.lock() = Some((found.data_set, Arc::clone(&built)));
        }
        Ok(built)
    }
}
