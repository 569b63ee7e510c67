//! Snapshots: what can be made again from the records, kept encrypted so that it need not be made at each opening.
//!
//! One file a snapshot, sealed as a whole (AES-256-GCM) and bound to its name. One that is missing, damaged or of an
//! older version is no fault: whoever keeps it makes it anew. A backup leaves them out.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;
use crate::sealing;

/// The folder of snapshots of one vault.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
    key: Key,
}

impl Snapshots {
    pub(crate) fn new(vault: &Path, key: Key) -> Self {
        Self { folder: vault.join("snapshots"), key }
    }

    fn associated(name: &str) -> String {
        format!("rustcare/snapshot/v1/{name}")
    }

    /// Keeps a snapshot in place of an earlier one; until it is whole, the earlier one stands.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`].
    pub fn write(&self, name: &str, clear: &[u8]) -> VaultResult<()> {
        let sealed = sealing::seal(&self.key, Self::associated(name).as_bytes(), clear)?;
        fs::create_dir_all(&self.folder).map_err(VaultError::io("create the folder for snapshots"))?;
        let (path, temporary) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(&sealed)?;
            file.sync_data()
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(VaultError::io("write a snapshot")(error));
        }
        fs::rename(&temporary, &path).map_err(VaultError::io("rename a snapshot"))
    }

    /// Reads a snapshot; `None` when there is none that is whole.
    pub fn read(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = fs::read(self.folder.join(name)).ok()?;
        sealing::open(&self.key, Self::associated(name).as_bytes(), &sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_encrypted_bound_to_its_name_and_missing_when_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(folder.path(), Key::from_bytes([7; 32]));
        assert!(snapshots.read("match_index").is_none());
        snapshots.write("match_index", b"Keller, Ana").unwrap();
        snapshots.write("match_index", b"Keller, Anna").unwrap();
        assert_eq!(snapshots.read("match_index").unwrap().as_slice(), b"Keller, Anna");
        let path = folder.path().join("snapshots/match_index");
        let mut bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(6).any(|w| w == b"Keller"));
        fs::copy(&path, folder.path().join("snapshots/other")).unwrap();
        assert!(snapshots.read("other").is_none(), "moved to another name");
        bytes[20] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert!(snapshots.read("match_index").is_none());
        assert!(Snapshots::new(folder.path(), Key::from_bytes([8; 32])).read("match_index").is_none());
    }
}
