//! Places: the window sees names and ids, never a path.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustcare_model::reason::Reason;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::exchange::{
    ChosenFolder, EntryKind, ListPlaceEntries, Place, PlaceEntries, PlaceEntry, Places,
};
use crate::host::PlaceKind;
use crate::problem::{Problem, ProblemCode};
use crate::workstation::{ListedPlace, Workstation};

const MOST_ENTRIES: usize = 2_000;
/// Files of a folder that are counted before it is said to hold "many".
const MOST_COUNTED: usize = 20_000;
/// Folders below a folder that are looked into: a whole disk must not hold a listing up.
const MOST_FOLDERS: usize = 2_000;

impl Workstation {
    /// Gives a path an id; the same path keeps its id until the vault is closed.
    pub(crate) fn place_id(&self, path: PathBuf, kind: PlaceKind) -> String {
        let known = self.places.iter().find(|p| p.path == path).map(|p| p.key().clone());
        known.unwrap_or_else(|| {
            let id = uuid::Uuid::new_v4().to_string();
            self.places.insert(id.clone(), ListedPlace { path, also: Vec::new(), kind });
            id
        })
    }

    /// Lends paths to a host whose user named them: they are one thing to bring in, or one place to write to.
    ///
    /// # Errors
    /// `invalid_input` when nothing was named.
    pub fn lend(&self, paths: Vec<PathBuf>) -> Result<String, Problem> {
        let mut paths = paths.into_iter();
        let path =
            paths.next().ok_or_else(|| Problem::new(ProblemCode::InvalidInput, Reason::NothingNamed))?;
        let id = uuid::Uuid::new_v4().to_string();
        self.places.insert(id.clone(), ListedPlace { path, also: paths.collect(), kind: PlaceKind::Chosen });
        Ok(id)
    }

    /// The path of an id.
    pub(crate) fn place(&self, id: &str) -> Result<ListedPlace, Problem> {
        self.places
            .get(id)
            .map(|p| p.clone())
            .ok_or_else(|| Problem::new(ProblemCode::NotFound, Reason::PlaceGone))
    }
}

pub fn list_places(call: &mut Call<'_>, _: Empty) -> Result<Places, Problem> {
    let places = call
        .workstation
        .host
        .places()
        .into_iter()
        .map(|p| Place { place_id: call.workstation.place_id(p.path, p.kind), name: p.name, kind: p.kind })
        .collect();
    Ok(Places { places })
}

/// Whoever is signed in, and on a machine without a vault whoever is about to restore one.
fn may_choose(call: &Call<'_>, token: Option<&str>) -> Result<(), Problem> {
    let header = call.workstation.vault_folder().join(rustcare_vault::header::FILE_NAME);
    match token {
        Some(token) => call.workstation.sessions.enter(token, true).map(|_| ()),
        None if !header.exists() => Ok(()),
        None => Err(Problem::not_signed_in()),
    }
}

pub fn choose_folder(call: &mut Call<'_>, _: Empty) -> Result<ChosenFolder, Problem> {
    let token = call.token().map(str::to_owned);
    may_choose(call, token.as_deref())?;
    // The dialog can stay open for hours: vault and keys must not stay with it.
    call.let_go();
    let chosen = Arc::clone(&call.workstation.host).choose_folder();
    may_choose(call, token.as_deref())?;
    let place = chosen.map(|path| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        Place { place_id: call.workstation.place_id(path, PlaceKind::Chosen), name, kind: PlaceKind::Chosen }
    });
    Ok(ChosenFolder { place })
}

/// What is in a place or a folder of it. Before sign-in only folders and backups are shown: other file names can be
/// patients' names.
pub fn list_place_entries(call: &mut Call<'_>, input: ListPlaceEntries) -> Result<PlaceEntries, Problem> {
    let signed_in = call.token().is_some_and(|t| call.workstation.sessions.enter(t, true).is_ok());
    let place = call.workstation.place(input.folder.as_deref().unwrap_or(&input.place_id))?;
    let listing = fs::read_dir(&place.path).map_err(|error| {
        Problem::new(ProblemCode::UnreadableFile, Reason::PlaceNotOpened).because(error.to_string())
    })?;
    // By name before any is looked at, so that a full folder shows its beginning rather than what the disk gave first.
    let mut named: Vec<(String, PathBuf)> = listing
        .flatten()
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
        .filter(|(name, _)| !name.starts_with('.'))
        .collect();
    named.sort_by_key(|(name, _)| name.to_lowercase());
    let left_out = named.len().saturating_sub(MOST_ENTRIES);
    let mut entries = Vec::new();
    for (name, path) in named.into_iter().take(MOST_ENTRIES) {
        let (kind, files, bytes) = look_at(&path);
        if signed_in || matches!(kind, EntryKind::Backup | EntryKind::Folder) {
            let kind = if signed_in || kind == EntryKind::Backup { kind } else { EntryKind::Folder };
            let is_folder = path.is_dir();
            let entry_id = call.workstation.place_id(path, place.kind);
            entries.push(PlaceEntry { entry_id, name, kind, is_folder, files, bytes });
        }
    }
    entries.sort_by_key(|e| (matches!(e.kind, EntryKind::Other), e.name.to_lowercase()));
    Ok(PlaceEntries { entries, left_out })
}

fn look_at(path: &Path) -> (EntryKind, usize, u64) {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return (EntryKind::Other, 0, 0);
    };
    if metadata.is_file() {
        return (kind_of_file(path), 1, metadata.len());
    }
    if !metadata.is_dir() {
        return (EntryKind::Other, 0, 0);
    }
    let mut files = 0;
    let mut bytes = 0;
    let (mut fhir, mut dicom, mut messages) = (0, 0, 0);
    let mut folders = vec![path.to_owned()];
    let mut looked_into = 0;
    while let Some(folder) = folders.pop() {
        looked_into += 1;
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
            } else if metadata.is_file() && files < MOST_COUNTED {
                files += 1;
                bytes += metadata.len();
                // The first hundred tell what the folder is.
                if files <= 100 {
                    match kind_of_file(&entry.path()) {
                        EntryKind::Fhir => fhir += 1,
                        EntryKind::Dicom => dicom += 1,
                        EntryKind::Hl7 => messages += 1,
                        _ => {}
                    }
                }
            }
        }
        if files >= MOST_COUNTED || looked_into >= MOST_FOLDERS {
            break;
        }
    }
    let kind = match (fhir, dicom) {
        (f, d) if messages > 0 && messages >= f.max(d) => EntryKind::Hl7,
        _ if rustcare_exchange::is_synthea_set(path) => EntryKind::Fhir,
        (0, 0) => EntryKind::Folder,
        (f, d) if f >= d => EntryKind::Fhir,
        _ => EntryKind::Dicom,
    };
    (kind, files, bytes)
}

/// What a file is, told from its first bytes: an ending alone would take any JSON for patients' records.
fn kind_of_file(path: &Path) -> EntryKind {
    let name = path.file_name().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
    if name.ends_with(".rcbackup") {
        return EntryKind::Backup;
    }
    // What a table holds is told when somebody looks at it.
    if name.ends_with(".csv") || name.ends_with(".tsv") {
        return EntryKind::Table;
    }
    let mut start = Vec::with_capacity(4096);
    let read = fs::File::open(path).and_then(|f| f.take(4096).read_to_end(&mut start));
    if read.is_err() {
        return EntryKind::Other;
    }
    // PS3.10 puts "DICM" after a preamble of 128 bytes; many files of old machines have the ending only.
    if name.ends_with(".dcm") || start.get(128..132) == Some(b"DICM") {
        return EntryKind::Dicom;
    }
    if rustcare_exchange::hl7::files::begins_as_message(&start) {
        return EntryKind::Hl7;
    }
    if crate::documents::add::begins_as_document(&start) {
        return EntryKind::Document;
    }
    let is_json = [".json", ".ndjson", ".jsonl"].iter().any(|e| name.ends_with(e));
    let has_resource = start.windows(14).any(|w| w == b"\"resourceType\"");
    // A zip names its files in clear; which of them are resources is told when they are read.
    let is_archive = name.ends_with(".zip") && start.starts_with(b"PK") && zip_names_json(&start);
    if (is_json && has_resource) || is_archive { EntryKind::Fhir } else { EntryKind::Other }
}

fn zip_names_json(start: &[u8]) -> bool {
    let first_name = start.get(30..).unwrap_or_default();
    [b".json".as_slice(), b".ndjson"].iter().any(|e| first_name.windows(e.len()).any(|w| w == *e))
}
