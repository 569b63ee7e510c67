//! What this desktop offers to the workstation.

use std::path::PathBuf;
use std::sync::OnceLock;

use rustcare_workstation::Host;
use rustcare_workstation::host::{HostPlace, helper_beside_program, usual_places};
use tauri::AppHandle;
use tauri_plugin_dialog::DialogExt;

/// Folders of this account, a dialog that asks for one, and the decode helper.
pub struct DesktopHost {
    named: Vec<HostPlace>,
    app: OnceLock<AppHandle>,
}

impl DesktopHost {
    /// A host whose first places are those named on the command line.
    pub fn new(named: Vec<HostPlace>) -> Self {
        Self { named, app: OnceLock::new() }
    }

    /// Gives it the window to open dialogs over.
    pub fn belongs_to(&self, app: &AppHandle) {
        let _ = self.app.set(app.clone());
    }
}

impl Host for DesktopHost {
    fn places(&self) -> Vec<HostPlace> {
        self.named.iter().cloned().chain(usual_places()).collect()
    }

    /// Opened from here and not from the window, which never sees a path. Called off the main thread: see
    /// [`crate::invoke`].
    fn choose_folder(&self) -> Option<PathBuf> {
        self.app.get()?.dialog().file().blocking_pick_folder()?.into_path().ok()
    }

    fn decode_helper(&self) -> PathBuf {
        helper_beside_program()
    }
}
