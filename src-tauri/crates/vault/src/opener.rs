//! One opener at a time, on a disk of this machine.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use crate::error::{VaultError, VaultResult};

const FILE_NAME: &str = "LOCK";

/// Held for as long as the vault is open; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Opener {
    file: File,
}

impl Opener {
    /// Takes the vault for this process.
    ///
    /// # Errors
    /// [`VaultError::InUse`] with who holds it, [`VaultError::NetworkShare`].
    pub fn take(folder: &Path) -> VaultResult<Self> {
        refuse_network_share(folder)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(folder.join(FILE_NAME))
            .map_err(VaultError::io("open the vault's lock file"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&mut file).take(200).read_to_string(&mut holder);
                return Err(VaultError::InUse { holder: holder.trim().to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(VaultError::io("lock the vault")(error)),
        }
        let program = std::env::current_exe()
            .ok()
            .and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "RustCare".into());
        let said = format!("{program}, process {}", std::process::id());
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .and_then(|_| file.write_all(said.as_bytes()))
            .map_err(VaultError::io("write the vault's lock file"))?;
        Ok(Self { file })
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// SQLite's write-ahead log needs shared memory, which network file systems do not give.
fn refuse_network_share(folder: &Path) -> VaultResult<()> {
    let Ok(mounts) = std::fs::read_to_string("/proc/self/mounts") else {
        return Ok(());
    };
    let Ok(folder) = folder.canonicalize() else {
        return Err(VaultError::Absent);
    };
    let kind = mounts
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (_, at, kind) = (words.next()?, words.next()?, words.next()?);
            folder.starts_with(at.replace("\\040", " ")).then(|| (at.len(), kind.to_owned()))
        })
        .max()
        .map(|(_, kind)| kind)
        .unwrap_or_default();
    const NETWORK: [&str; 9] =
        ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "sshfs", "fuse.sshfs", "davfs"];
    if NETWORK.contains(&kind.as_str()) {
        return Err(VaultError::NetworkShare { kind });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_opener_is_told_who_holds_the_vault() {
        let folder = tempfile::tempdir().unwrap();
        let first = Opener::take(folder.path()).unwrap();
        match Opener::take(folder.path()) {
            Err(VaultError::InUse { holder }) => assert!(holder.contains(&std::process::id().to_string())),
            other => panic!("{other:?}"),
        }
        drop(first);
        assert!(Opener::take(folder.path()).is_ok());
    }
}
