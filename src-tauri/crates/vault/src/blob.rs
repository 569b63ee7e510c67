//! Encrypted files: one random key each, AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár
//! 2015; big-endian counter), 64 KiB chunks, so that any part is read and checked alone and a cut tail is noticed.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use aead_stream::{NewStream, Nonce, StreamBE32, StreamPrimitive};
use aes_gcm::Aes256Gcm;
use uuid::Uuid;

use crate::error::{VaultError, VaultResult};
use crate::header::sync_folder;
use crate::keys::Key;
use crate::sealing;

const MAGIC: &[u8; 8] = b"RCBLOB\x01\n";
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const STREAM_NONCE: usize = 7;
/// Sealed 32-byte key: nonce, text, tag.
const SEALED_KEY: usize = 12 + 32 + 16;
const HEAD: usize = 8 + 16 + 8 + STREAM_NONCE + SEALED_KEY;

/// The folder of encrypted files of one vault.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
    key: Key,
}

/// Names a blob; random, so the name tells nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobId(pub Uuid);

struct Head {
    bytes: [u8; HEAD],
    length: u64,
    stream: StreamBE32<Aes256Gcm>,
}

impl Blobs {
    pub(crate) fn new(folder: PathBuf, key: Key) -> Self {
        Self { folder, key }
    }

    fn path(&self, id: BlobId) -> PathBuf {
        let name = id.0.simple().to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// Writes `clear` as a new blob; it is durable when this returns.
    ///
    /// # Errors
    /// [`VaultError::Io`], [`VaultError::Full`].
    pub fn write(&self, clear: &[u8]) -> VaultResult<BlobId> {
        let id = BlobId(Uuid::new_v4());
        let head = self.new_head(id, clear.len() as u64)?;
        let mut sealed = Vec::with_capacity(HEAD + clear.len() + (clear.len() / CHUNK + 1) * TAG);
        sealed.extend_from_slice(&head.bytes);
        let mut chunks = clear.chunks(CHUNK).peekable();
        let mut at = 0_u32;
        if clear.is_empty() {
            sealed.extend(encrypt_chunk(&head, 0, true, &[])?);
        }
        while let Some(chunk) = chunks.next() {
            sealed.extend(encrypt_chunk(&head, at, chunks.peek().is_none(), chunk)?);
            at += 1;
        }
        let path = self.path(id);
        let folder = path.parent().unwrap_or(&self.folder).to_owned();
        fs::create_dir_all(&folder).map_err(VaultError::io("create a folder for files"))?;
        let temporary = path.with_extension("new");
        let mut file = File::create(&temporary).map_err(VaultError::io("create an encrypted file"))?;
        let written = file.write_all(&sealed).and_then(|()| file.sync_data());
        if let Err(error) = written {
            let _ = fs::remove_file(&temporary);
            return Err(VaultError::io("write an encrypted file")(error));
        }
        fs::rename(&temporary, &path).map_err(VaultError::io("rename an encrypted file"))?;
        sync_folder(&folder)?;
        Ok(id)
    }

    /// The whole content.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when one bit differs, [`VaultError::NotFound`].
    pub fn read(&self, id: BlobId) -> VaultResult<Vec<u8>> {
        let (mut file, head) = self.open(id)?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).map_err(VaultError::io("read an encrypted file"))?;
        let mut clear = Vec::with_capacity(head.length as usize);
        let chunks = chunk_count(head.length);
        for (at, chunk) in sealed.chunks(CHUNK + TAG).enumerate() {
            clear.extend(decrypt_chunk(&head, at as u64, chunks, chunk)?);
        }
        if clear.len() as u64 == head.length {
            Ok(clear)
        } else {
            Err(VaultError::Damaged("a file was cut short"))
        }
    }

    /// `length` bytes from `offset`, reading only the chunks they lie in.
    ///
    /// # Errors
    /// As [`Blobs::read`]; a range beyond the end is [`VaultError::NotFound`].
    pub fn read_range(&self, id: BlobId, offset: u64, length: usize) -> VaultResult<Vec<u8>> {
        let (mut file, head) = self.open(id)?;
        let end = offset.checked_add(length as u64).filter(|end| *end <= head.length);
        let end = end.ok_or(VaultError::NotFound("that part of the file"))?;
        let chunks = chunk_count(head.length);
        let (first, last) = (offset / CHUNK as u64, end.saturating_sub(1) / CHUNK as u64);
        let mut clear = Vec::with_capacity(length + 2 * CHUNK);
        let mut sealed = vec![0_u8; CHUNK + TAG];
        file.seek(SeekFrom::Start(HEAD as u64 + first * (CHUNK + TAG) as u64))
            .map_err(VaultError::io("read an encrypted file"))?;
        for at in first..=last {
            let body = (head.length - at * CHUNK as u64).min(CHUNK as u64) as usize + TAG;
            file.read_exact(&mut sealed[..body]).map_err(|_| VaultError::Damaged("a file was cut short"))?;
            clear.extend(decrypt_chunk(&head, at, chunks, &sealed[..body])?);
        }
        let start = (offset - first * CHUNK as u64) as usize;
        Ok(clear[start..start + length].to_vec())
    }

    /// Removes a blob that no row refers to any more.
    ///
    /// # Errors
    /// [`VaultError::Io`].
    pub fn remove(&self, id: BlobId) -> VaultResult<()> {
        fs::remove_file(self.path(id)).map_err(VaultError::io("remove an encrypted file"))
    }

    /// Bytes of all blobs on disk.
    pub fn bytes(&self) -> u64 {
        files_below(&self.folder).iter().filter_map(|p| fs::metadata(p).ok()).map(|m| m.len()).sum()
    }

    fn new_head(&self, id: BlobId, length: u64) -> VaultResult<Head> {
        let file_key = Key::random()?;
        let mut nonce = [0_u8; STREAM_NONCE];
        getrandom::fill(&mut nonce).map_err(|_| VaultError::Damaged("no random numbers from the system"))?;
        let mut bytes = [0_u8; HEAD];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..24].copy_from_slice(id.0.as_bytes());
        bytes[24..32].copy_from_slice(&length.to_le_bytes());
        bytes[32..39].copy_from_slice(&nonce);
        let sealed = sealing::seal(&self.key, &bytes[..39], file_key.as_bytes())?;
        bytes[39..].copy_from_slice(&sealed);
        Ok(Head { bytes, length, stream: stream(&file_key, nonce) })
    }

    fn open(&self, id: BlobId) -> VaultResult<(File, Head)> {
        let mut file = File::open(self.path(id)).map_err(|_| VaultError::NotFound("file"))?;
        let mut bytes = [0_u8; HEAD];
        file.read_exact(&mut bytes).map_err(|_| VaultError::Damaged("a file was cut short"))?;
        if &bytes[..8] != MAGIC || bytes[8..24] != *id.0.as_bytes() {
            return Err(VaultError::Damaged("a file is not what its name says"));
        }
        let key = Key::from_slice(&sealing::open(&self.key, &bytes[..39], &bytes[39..])?)?;
        let mut length = [0_u8; 8];
        length.copy_from_slice(&bytes[24..32]);
        let mut nonce = [0_u8; STREAM_NONCE];
        nonce.copy_from_slice(&bytes[32..39]);
        Ok((file, Head { bytes, length: u64::from_le_bytes(length), stream: stream(&key, nonce) }))
    }
}

fn stream(key: &Key, nonce: [u8; STREAM_NONCE]) -> StreamBE32<Aes256Gcm> {
    let nonce: Nonce<Aes256Gcm, StreamBE32<Aes256Gcm>> = nonce.into();
    StreamBE32::new(key.as_bytes().into(), &nonce)
}

fn chunk_count(length: u64) -> u64 {
    length.div_ceil(CHUNK as u64).max(1)
}

fn encrypt_chunk(head: &Head, at: u32, last: bool, clear: &[u8]) -> VaultResult<Vec<u8>> {
    let payload = aead_stream::aead::Payload { msg: clear, aad: &head.bytes };
    head.stream.encrypt(at, last, payload).map_err(|_| VaultError::Damaged("encryption failed"))
}

fn decrypt_chunk(head: &Head, at: u64, chunks: u64, sealed: &[u8]) -> VaultResult<Vec<u8>> {
    let payload = aead_stream::aead::Payload { msg: sealed, aad: &head.bytes };
    let position = u32::try_from(at).map_err(|_| VaultError::Damaged("a file is too long"))?;
    head.stream
        .decrypt(position, at + 1 == chunks, payload)
        .map_err(|_| VaultError::Damaged("a file does not open: it was changed"))
}

/// Encrypted files for a while, under a key that exists in memory only; they go when this is dropped, and what a crash
/// leaves goes at the next opening: nobody could read it any more.
pub struct Scratch {
    files: Blobs,
}

/// Folder of the encrypted files in the vault's folder.
pub(crate) const BLOBS: &str = "blobs";
/// Folder of the scratch files in the vault's folder.
pub(crate) const SCRATCH: &str = "scratch";

impl Scratch {
    pub(crate) fn new(vault: &Path) -> VaultResult<Self> {
        let folder = vault.join(SCRATCH).join(Uuid::new_v4().simple().to_string());
        Ok(Self { files: Blobs::new(folder, Key::random()?) })
    }

    /// The files.
    pub fn files(&self) -> &Blobs {
        &self.files
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.files.folder);
    }
}

/// All files below a folder, in no order.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(listing) = fs::read_dir(folder) else {
            continue;
        };
        for entry in listing.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(folder.path().to_owned(), Key::from_bytes([4; 32]));
        (folder, blobs)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_was_written_is_read_whole_and_in_parts(length in 0usize..300_000, from in 0usize..300_000, part in 0usize..100_000) {
            let (_folder, blobs) = blobs();
            let clear: Vec<u8> = (0..length).map(|i| (i * 7 + i / 251) as u8).collect();
            let id = blobs.write(&clear).unwrap();
            prop_assert_eq!(&blobs.read(id).unwrap(), &clear);
            let from = from.min(length);
            let part = part.min(length - from);
            if part > 0 {
                prop_assert_eq!(blobs.read_range(id, from as u64, part).unwrap(), &clear[from..from + part]);
            }
            prop_assert!(blobs.read_range(id, length as u64, 1).is_err());
        }
    }

    #[test]
    fn flipped_bits_cut_tails_and_swapped_files_are_noticed() {
        let (_folder, blobs) = blobs();
        let clear = vec![42_u8; 200_000];
        let (id, other) = (blobs.write(&clear).unwrap(), blobs.write(&clear).unwrap());
        let path = blobs.path(id);
        let sealed = fs::read(&path).unwrap();
        assert!(!sealed.windows(16).any(|w| w == [42_u8; 16]));
        for at in (0..sealed.len()).step_by(4097) {
            let mut bad = sealed.clone();
            bad[at] ^= 0x10;
            fs::write(&path, &bad).unwrap();
            assert!(blobs.read(id).is_err(), "bit flipped at {at}");
        }
        fs::write(&path, &sealed[..HEAD + 2 * (CHUNK + TAG)]).unwrap();
        assert!(blobs.read(id).is_err());
        fs::copy(blobs.path(other), &path).unwrap();
        assert!(blobs.read(id).is_err());
    }
}
