//! Snapshots: what can be made again from the records, kept encrypted so that it need not be made at each opening.
//!
//! One file a snapshot: a heading, then chunks that are sealed one by one (AES-256-GCM) and bound to the snapshot's name, to this
//! writing of it, to their place and to how many there are, so that both cores open it and nothing can be left out, moved or mixed. One
//! that is missing, damaged or of an older version is no fault: whoever keeps it makes it anew. A backup leaves them out.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::error::{VaultError, VaultResult};
use crate::keys::Key;
use crate::sealing;

const MAGIC: &[u8; 8] = b"RCSNAP2\n";
/// A random number for each writing.
const WRITING: usize = 16;
/// Magic, writing, length of the clear text.
const HEAD: usize = MAGIC.len() + WRITING + 8;
const CHUNK: usize = 1 << 20;
/// Nonce and tag of a sealed chunk.
const SEAL: usize = 12 + 16;
/// Chunks that one thread reads in one go.
const BATCH: usize = 8;

/// The folder of snapshots of one vault.
#[derive(Debug, Clone)]
pub struct Snapshots {
    folder: PathBuf,
    key: Key,
}

/// What each chunk of a snapshot is bound to besides its place.
struct Binding<'a> {
    name: &'a str,
    writing: [u8; WRITING],
    length: u64,
}

impl Binding<'_> {
    fn of_chunk(&self, chunk: usize) -> Vec<u8> {
        let mut bound = format!("rustcare/snapshot/v2/{}/{chunk}/{}/", self.name, self.length).into_bytes();
        bound.extend_from_slice(&self.writing);
        bound
    }
}

impl Snapshots {
    pub(crate) fn new(vault: &Path, key: Key) -> Self {
        Self { folder: vault.join("snapshots"), key }
    }

    /// Keeps a snapshot in place of an earlier one; until it is whole, the earlier one stands.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`].
    pub fn write(&self, name: &str, clear: &[u8]) -> VaultResult<()> {
        let mut writing = [0; WRITING];
        getrandom::fill(&mut writing)
            .map_err(|_| VaultError::Damaged("no random numbers from the system"))?;
        let binding = Binding { name, writing, length: clear.len() as u64 };
        // Not with what is above it: a vault that is gone must not come to be again.
        match fs::create_dir(&self.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                return Err(VaultError::io("create the folder for snapshots")(error));
            }
            _ => {}
        }
        let (path, temporary) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let written = File::create(&temporary)
            .map_err(VaultError::io("write a snapshot"))
            .and_then(|file| self.write_chunks(file, clear, &binding));
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(error);
        }
        fs::rename(&temporary, &path).map_err(VaultError::io("rename a snapshot"))
    }

    fn write_chunks(&self, mut file: File, clear: &[u8], binding: &Binding<'_>) -> VaultResult<()> {
        let io = |error| VaultError::io("write a snapshot")(error);
        let head = [MAGIC.as_slice(), &binding.writing, &binding.length.to_le_bytes()].concat();
        file.write_all(&head).map_err(io)?;
        for (batch, chunks) in clear.chunks(CHUNK * BATCH).enumerate() {
            let seal = |(at, chunk): (usize, &[u8])| {
                sealing::seal(&self.key, &binding.of_chunk(batch * BATCH + at), chunk)
            };
            let sealed: Vec<Vec<u8>> =
                chunks.par_chunks(CHUNK).enumerate().map(seal).collect::<VaultResult<_>>()?;
            for chunk in sealed {
                file.write_all(&chunk).map_err(io)?;
            }
        }
        file.sync_data().map_err(io)
    }

    /// Reads a snapshot; `None` when there is none that is whole.
    pub fn read(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let path = self.folder.join(name);
        let mut file = File::open(&path).ok()?;
        let mut head = [0; HEAD];
        file.read_exact(&mut head).ok()?;
        let rest = head.strip_prefix(MAGIC)?;
        let (writing, length) = rest.split_at_checked(WRITING)?;
        let length = u64::from_le_bytes(length.try_into().ok()?);
        let chunks = length.div_ceil(CHUNK as u64);
        // A length that the file does not bear out must not be believed when memory is asked for.
        let expected = (HEAD as u64).checked_add(length)?.checked_add(chunks.checked_mul(SEAL as u64)?)?;
        if file.metadata().ok()?.len() != expected {
            return None;
        }
        let binding = Binding { name, writing: writing.try_into().ok()?, length };
        let mut clear = Zeroizing::new(vec![0; usize::try_from(length).ok()?]);
        let batches = clear.par_chunks_mut(CHUNK * BATCH).enumerate();
        batches.map(|(batch, into)| self.read_batch(&path, &binding, batch, into)).collect::<Option<()>>()?;
        Some(clear)
    }

    fn read_batch(&self, path: &Path, binding: &Binding<'_>, batch: usize, into: &mut [u8]) -> Option<()> {
        let mut file = File::open(path).ok()?;
        let first = batch * BATCH;
        file.seek(SeekFrom::Start((HEAD + first * (CHUNK + SEAL)) as u64)).ok()?;
        let mut sealed = vec![0; CHUNK + SEAL];
        for (at, into) in into.chunks_mut(CHUNK).enumerate() {
            let sealed = &mut sealed[..into.len() + SEAL];
            file.read_exact(sealed).ok()?;
            let clear = sealing::open(&self.key, &binding.of_chunk(first + at), sealed).ok()?;
            into.copy_from_slice(&clear);
        }
        Some(())
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

    #[test]
    fn a_long_snapshot_is_read_whole_and_no_chunk_is_moved_left_out_or_taken_from_another_writing() {
        let folder = tempfile::tempdir().unwrap();
        let snapshots = Snapshots::new(folder.path(), Key::from_bytes([7; 32]));
        let clear: Vec<u8> = (0..(CHUNK * (BATCH + 2) + 77)).map(|at| (at % 251) as u8).collect();
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, clear.len()] {
            snapshots.write("long", &clear[..length]).unwrap();
            assert_eq!(snapshots.read("long").unwrap().as_slice(), &clear[..length], "{length} bytes");
        }
        let path = folder.path().join("snapshots/long");
        let whole = fs::read(&path).unwrap();
        let refused = |bytes: &[u8], what: &str| {
            fs::write(&path, bytes).unwrap();
            assert!(snapshots.read("long").is_none(), "{what}");
        };
        let sealed = CHUNK + SEAL;
        let mut swapped = whole.clone();
        swapped[HEAD..HEAD + 2 * sealed].rotate_left(sealed);
        refused(&swapped, "two chunks in each other's place");
        refused(&whole[..whole.len() - 1], "cut short");
        refused(&[&whole[..HEAD], &whole[HEAD + sealed..]].concat(), "a chunk left out");
        snapshots.write("long", &clear).unwrap();
        let mut mixed = fs::read(&path).unwrap();
        mixed[HEAD..HEAD + sealed].copy_from_slice(&whole[HEAD..HEAD + sealed]);
        refused(&mixed, "a chunk of another writing");
        let mut shorter = whole.clone();
        shorter[HEAD - 8..HEAD].copy_from_slice(&u64::MAX.to_le_bytes());
        refused(&shorter, "a length that nothing bears out");
    }
}
