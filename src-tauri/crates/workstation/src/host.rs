//! What a host offers to the workstation: places to bring in from and hand out to, and a way to ask for a folder.
//!
//! The window never sees a path: it gets ids, and hands ids back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What kind of place it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// A folder of this machine.
    Folder,
    /// A stick or disc.
    Removable,
    /// The person's downloads.
    Downloads,
    /// The person's documents.
    Documents,
    /// Chosen in a dialog.
    Chosen,
}

/// A place as the host knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPlace {
    /// Name as a person knows it.
    pub name: String,
    /// What kind.
    pub kind: PlaceKind,
    /// Where it is.
    pub path: PathBuf,
}

/// What the program that runs the workstation offers.
pub trait Host: Send + Sync {
    /// Places known without asking.
    fn places(&self) -> Vec<HostPlace>;
    /// Asks the person for a folder; `None` when they close the dialog or there is nobody to ask.
    fn choose_folder(&self) -> Option<PathBuf>;
    /// The program that decodes foreign image bytes.
    fn decode_helper(&self) -> PathBuf;
}

/// The folders of the account that runs the program, and what is plugged in.
pub fn usual_places() -> Vec<HostPlace> {
    let mut places = Vec::new();
    if let Some(home) = std::env::var_os("HOME").map(PathBuf::from) {
        for (folder, name, kind) in [
            ("Downloads", "Downloads", PlaceKind::Downloads),
            ("Documents", "Documents", PlaceKind::Documents),
        ] {
            let path = home.join(folder);
            if path.is_dir() {
                places.push(HostPlace { name: name.into(), kind, path });
            }
        }
    }
    let user = std::env::var("USER").unwrap_or_default();
    for root in [format!("/media/{user}"), format!("/run/media/{user}"), "/media".into()] {
        for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
            let path = entry.path();
            let listed = places.iter().any(|p| p.path.starts_with(&path));
            if path.is_dir() && !listed && std::fs::read_dir(&path).is_ok_and(|mut d| d.next().is_some()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                places.push(HostPlace { name, kind: PlaceKind::Removable, path });
            }
        }
    }
    places
}

/// A host with fixed places and nobody to ask: the command line and the tests.
#[derive(Debug, Clone)]
pub struct PlainHost {
    /// Its places.
    pub places: Vec<HostPlace>,
    /// The program that decodes foreign image bytes.
    pub decode_helper: PathBuf,
}

impl Host for PlainHost {
    fn places(&self) -> Vec<HostPlace> {
        self.places.clone()
    }
    fn choose_folder(&self) -> Option<PathBuf> {
        None
    }
    fn decode_helper(&self) -> PathBuf {
        self.decode_helper.clone()
    }
}

/// The decode helper beside the running program, where every package puts it.
pub fn helper_beside_program() -> PathBuf {
    let name = if cfg!(windows) { "rustcare-decode-helper.exe" } else { "rustcare-decode-helper" };
    let beside = std::env::current_exe().ok().and_then(|p| p.parent().map(|d| d.join(name)));
    match beside {
        Some(path) if path.exists() => path,
        // Test programs run from target/<profile>/deps.
        Some(path) => path.parent().and_then(|d| d.parent()).map(|d| d.join(name)).unwrap_or(path),
        None => PathBuf::from(name),
    }
}
