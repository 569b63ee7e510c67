//! Vocabularies and data sets: brought in as jobs, kept as encrypted files, listed, removed.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustcare_cohorts::athena::{self, AthenaError, ImportedVocabulary, VocabularyName};
use rustcare_cohorts::clinic::ClinicData;
use rustcare_cohorts::omop::OmopError;
use rustcare_exchange::ImportReport;
use rustcare_exchange::report::TypeCount;
use rustcare_model::reason::Reason;
use rustcare_vault::table::data_set::{self, DataSet, DataSetKind, NewDataSet};
use rustcare_vault::vault::timestamp;
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultError};
use serde::{Deserialize, Serialize};

use super::clinic_cache::Reader;
use crate::choke_point::{Call, Told};
use crate::contract::Empty;
use crate::contract::data_sets::{
    DataSetLine, DataSetName, DataSetNames, DataSets, ImportDataSet, OneDataSet, VocabularyView,
};
use crate::contract::exchange::{BringIn, JobStarted};
use crate::exchange::job::start_import;
use crate::jobs::{JobKind, RunningJob};
use crate::problem::{Problem, ProblemCode};

/// What the row of a data set says of its content.
#[derive(Serialize, Deserialize)]
struct People {
    patients: u64,
    events: u64,
}

/// Whose act the bringing in is.
struct Keeper {
    vault: Arc<Vault>,
    person: String,
    role: String,
    action: &'static str,
}

impl Keeper {
    fn of(call: &Call<'_>, action: &'static str) -> Result<Self, Problem> {
        let (vault, person) = (Arc::clone(call.vault()?), call.actor()?.person.clone());
        Ok(Self { vault, person, role: call.role().to_owned(), action })
    }

    /// Keeps the bytes as an encrypted file, and with its row the entry in the trail. What they take the place of goes.
    fn keep(
        &self,
        job: &RunningJob,
        (kind, name): (DataSetKind, &str),
        summary: &str,
        bytes: &[u8],
    ) -> Result<(), Problem> {
        if job.is_cancelled() {
            return Ok(());
        }
        let blob = self.vault.blobs().write(bytes)?;
        let at = timestamp();
        let kept = self.vault.write(|t| -> Result<_, VaultError> {
            let new = NewDataSet {
                kind,
                name,
                summary,
                blob,
                bytes: bytes.len() as u64,
                at: &at,
                person: &self.person,
            };
            let (data_set, gone) = data_set::add(t, new)?;
            let entry = AuditEntry {
                at: at.clone(),
                person: self.person.clone(),
                role: self.role.clone(),
                action: self.action.into(),
                subject: Some(job.id().to_owned()),
                outcome: Outcome::Done,
                details: Some(format!("data set {data_set}, {} bytes", bytes.len())),
            };
            self.vault.record(t, &entry)?;
            Ok(gone)
        });
        let gone = match kept {
            Ok(gone) => gone,
            Err(error) => {
                // A file without its row is nobody's.
                let _ = self.vault.blobs().remove(blob);
                return Err(error.into());
            }
        };
        for blob in gone {
            // One that cannot be removed now is at the next opening: no row names it.
            let _ = self.vault.blobs().remove(blob);
        }
        self.vault.checkpoint(true)?;
        Ok(())
    }
}

fn folder_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Bytes of the files that lie in a folder.
fn bytes_in(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
}

pub fn import_vocabulary(call: &mut Call<'_>, input: BringIn) -> Result<JobStarted, Problem> {
    let folder = call.workstation.place(&input.entry_id)?.path;
    let keeper = Keeper::of(call, "import_vocabulary")?;
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportVocabulary, "Bring in a vocabulary", input.entry_id, move |job| {
        let total = bytes_in(&folder);
        let done = AtomicU64::new(0);
        job.expect(1, total);
        let reached = |bytes: u64| job.reached(0, done.fetch_add(bytes, Ordering::Relaxed) + bytes);
        let bytes = match athena::read_folder(&folder, &reached, &|| job.is_cancelled()) {
            Ok(bytes) => Arc::new(bytes),
            Err(AthenaError::Cancelled) => return Ok(ImportReport::default()),
            Err(error) => return Err(unreadable(&folder, error)),
        };
        let vocabularies = ImportedVocabulary::open(Box::new(Arc::clone(&bytes)))?.vocabularies();
        let summary = serde_json::to_string(&vocabularies).unwrap_or_default();
        keeper.keep(job, (DataSetKind::Vocabulary, &folder_name(&folder)), &summary, &bytes)?;
        job.reached(1, total);
        let count = |one: &VocabularyName| TypeCount {
            resource_type: one.id.clone(),
            taken: one.concepts,
            ..TypeCount::default()
        };
        let by_type: Vec<TypeCount> = vocabularies.iter().map(count).collect();
        let taken = by_type.iter().map(|one| one.taken).sum();
        Ok(ImportReport { taken, by_type, ..ImportReport::default() })
    })
}

pub fn import_data_set(call: &mut Call<'_>, input: ImportDataSet) -> Result<JobStarted, Problem> {
    let name = input.name.trim().to_owned();
    if name.is_empty() {
        return Err(Problem::at("name", Reason::ValueLength));
    }
    let folder = call.workstation.place(&input.entry_id)?.path;
    let keeper = Keeper::of(call, "import_data_set")?;
    call.tell(Outcome::Done, &Told::default())?;
    start_import(call, JobKind::ImportDataSet, "Bring in a data set", input.entry_id, move |job| {
        job.expect(1, 0);
        let data = ClinicData::of_omop(&folder).map_err(|error: OmopError| unreadable(&folder, error))?;
        let people = People { patients: data.index.patients() as u64, events: data.index.events() as u64 };
        let summary = serde_json::to_string(&people).unwrap_or_default();
        keeper.keep(job, (DataSetKind::Omop, &name), &summary, &data.to_bytes())?;
        job.reached(1, 0);
        let count =
            |what: &str, taken: u64| TypeCount { resource_type: what.into(), taken, ..TypeCount::default() };
        let by_type = vec![count("Persons", people.patients), count("Events", people.events)];
        Ok(ImportReport { taken: people.patients, by_type, ..ImportReport::default() })
    })
}

/// The cause names the table and row, or the file; the folder's own path is nobody's business.
fn unreadable(folder: &Path, error: impl std::fmt::Display) -> Problem {
    let cause = error.to_string().replace(&format!("{}/", folder.display()), "");
    let cause = cause.replace(&folder.display().to_string(), &folder_name(folder));
    // The folder is named once, by the sentence.
    let named = format!("{}: ", folder_name(folder));
    let cause = cause.strip_prefix(&named).unwrap_or(&cause);
    Problem::new(
        ProblemCode::UnreadableFile,
        Reason::NamedFileUnreadable
            .with("file", folder_name(folder))
            .with("what", cause.trim_end_matches('.')),
    )
}

fn damaged() -> Problem {
    VaultError::Damaged("what a data set says of itself").into()
}

pub fn list_data_sets(call: &mut Call<'_>, _: Empty) -> Result<DataSets, Problem> {
    let records = Reader::of(call)?;
    let (all, mapped) = call.read(|t, _| {
        let all = data_set::list(t)?;
        let has_vocabulary = all.iter().any(|one| one.kind == DataSetKind::Vocabulary);
        let mapped = if has_vocabulary { records.read(t)?.mapped } else { None };
        Ok((all, mapped.unwrap_or_default()))
    })?;
    let mut sets = DataSets { vocabulary: None, data_sets: Vec::new() };
    for DataSet { data_set, kind, name, summary, bytes, at, person, .. } in all {
        let (data_set_id, brought_at, brought_by) = (data_set.to_string(), at, person);
        match kind {
            DataSetKind::Vocabulary => {
                let mut vocabularies: Vec<VocabularyName> =
                    serde_json::from_str(&summary).map_err(|_| damaged())?;
                vocabularies.sort_by_key(|one| std::cmp::Reverse(one.concepts));
                sets.vocabulary = Some(VocabularyView {
                    data_set_id,
                    name,
                    brought_at,
                    brought_by,
                    bytes,
                    vocabularies,
                    codes: mapped.codes,
                    mapped: mapped.mapped,
                });
            }
            DataSetKind::Omop => {
                let People { patients, events } = serde_json::from_str(&summary).map_err(|_| damaged())?;
                sets.data_sets.push(DataSetLine {
                    data_set_id,
                    name,
                    brought_at,
                    brought_by,
                    bytes,
                    patients,
                    events,
                });
            }
        }
    }
    Ok(sets)
}

/// Names alone: nothing of the records is read for them.
pub fn list_data_set_names(call: &mut Call<'_>, _: Empty) -> Result<DataSetNames, Problem> {
    let all = call.read(|t, _| Ok(data_set::list(t)?))?;
    let name = |one: DataSet| DataSetName { data_set_id: one.data_set.to_string(), name: one.name };
    Ok(DataSetNames {
        data_sets: all.into_iter().filter(|one| one.kind == DataSetKind::Omop).map(name).collect(),
    })
}

pub fn remove_data_set(call: &mut Call<'_>, input: OneDataSet) -> Result<Empty, Problem> {
    let unknown = || Problem::from(VaultError::NotFound("the data set"));
    let number = input.data_set_id.parse().map_err(|_| unknown())?;
    let gone = call.write(|t, told| {
        told.details = Some(format!("data set {number}"));
        data_set::remove(t, number)?.ok_or_else(unknown)
    })?;
    call.workstation.clinic_data.forget();
    // One that cannot be removed now is at the next opening: no row names it.
    let _ = call.vault()?.blobs().remove(gone);
    Ok(Empty {})
}
