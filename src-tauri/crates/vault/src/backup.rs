//! Backup: one file with everything that the vault's folder holds, all of it still encrypted.
//!
//! Layout: magic; then for each part a JSON line `{name, bytes}`, the bytes, and at the end a manifest line with the
//! BLAKE3 of every part, signed with the audit key. Restoring needs no passphrase and gives a folder that still
//! needs one; a changed byte, a missing part or another vault's signature is refused.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use ed25519_dalek::{Signature, Signer, Verifier, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::audit::checkpoint;
use crate::blob::{BLOBS, files_below};
use crate::database;
use crate::error::{VaultError, VaultResult};
use crate::header::{self, VaultHeader, decode_exact, encode};
use crate::vault::Vault;

const MAGIC: &[u8; 8] = b"RCBACK\x01\n";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part {
    name: String,
    bytes: u64,
    blake3: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    made_at: String,
    parts: Vec<Part>,
    signature: String,
}

/// What a backup holds.
#[derive(Debug, Clone)]
pub struct BackupSummary {
    /// Where it is.
    pub file: PathBuf,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// Its size.
    pub bytes: u64,
    /// Count of parts.
    pub parts: usize,
}

fn signed_bytes(made_at: &str, parts: &[Part]) -> Vec<u8> {
    format!("rustcare/backup/v1\n{made_at}\n{}", serde_json::to_string(parts).unwrap_or_default())
        .into_bytes()
}

/// Writes a backup of the open vault into `folder`, reads it back and checks it before it is given its name.
///
/// `progress` is told parts done and parts in all.
///
/// # Errors
/// [`VaultError::Full`], [`VaultError::Io`], [`VaultError::BadBackup`] when reading back shows a difference.
pub fn make(vault: &Vault, folder: &Path, progress: &dyn Fn(u64, u64)) -> VaultResult<BackupSummary> {
    vault.checkpoint(true)?;
    let made_at = crate::vault::timestamp();
    let name = format!("RustCare-{}.rcbackup", made_at.replace([':', '.'], "-"));
    let temporary = folder.join(format!(".{name}.new"));
    let finished = write_parts(vault, &temporary, &made_at, progress).and_then(|()| {
        let summary = verify(&temporary)?;
        let file = folder.join(&name);
        fs::rename(&temporary, &file).map_err(VaultError::io("name the backup"))?;
        header::sync_folder(folder)?;
        Ok(BackupSummary { file, ..summary })
    });
    if finished.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    finished
}

fn write_parts(vault: &Vault, to: &Path, made_at: &str, progress: &dyn Fn(u64, u64)) -> VaultResult<()> {
    let failed = || VaultError::io("write the backup");
    let mut out = BufWriter::new(File::create(to).map_err(VaultError::io("create the backup"))?);
    out.write_all(MAGIC).map_err(failed())?;
    let root = vault.folder();
    // Database, header and checkpoints of one moment; the copy lies on this disk, so that a slow stick holds nobody up. The
    // database goes first: a blob that is written later is missing from it, never the other way round.
    let mut copy = Beside::create(&root.join("backup.making"))?;
    let small = vault.database().copy_quiet(&mut copy.0, || {
        let read = |name: &'static str| (name, fs::read(root.join(name)));
        Ok([read(header::FILE_NAME), read(checkpoint::FILE_NAME)])
    })?;
    copy.0.sync_all().map_err(failed())?;
    let blobs = files_below(&root.join(BLOBS));
    let total = blobs.len() as u64 + 3;
    let mut parts = vec![add_part(&mut out, database::FILE_NAME, &copy.1)?];
    progress(1, total);
    for (name, bytes) in small {
        match bytes {
            Ok(bytes) => parts.push(add_bytes(&mut out, name, bytes.as_slice(), bytes.len() as u64)?),
            Err(_) if name == checkpoint::FILE_NAME => {}
            Err(error) => return Err(VaultError::io("read a part of the vault")(error)),
        }
    }
    for (done, blob) in blobs.iter().filter(|b| b.extension().is_none()).enumerate() {
        let name = blob.strip_prefix(root).unwrap_or(blob).to_string_lossy().replace('\\', "/");
        match File::open(blob) {
            Ok(file) => {
                let bytes = file.metadata().map_err(VaultError::io("read a part of the vault"))?.len();
                parts.push(add_bytes(&mut out, &name, file, bytes)?);
            }
            // Gone since it was listed: written for a row that was then refused.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(VaultError::io("read a part of the vault")(error)),
        }
        progress(done as u64 + 4, total);
    }
    let signature = encode(&vault.sign(&signed_bytes(made_at, &parts)));
    let manifest = Manifest { made_at: made_at.to_owned(), parts, signature };
    let line = serde_json::to_string(&manifest)
        .map_err(|_| VaultError::BadBackup("the manifest cannot be written"))?;
    writeln!(out, "{{\"name\":\"\",\"bytes\":{}}}", line.len()).map_err(failed())?;
    out.write_all(line.as_bytes()).map_err(failed())?;
    let file = out.into_inner().map_err(|e| VaultError::io("write the backup")(e.into_error()))?;
    file.sync_all().map_err(failed())
}

/// A temporary file that is removed when dropped.
struct Beside(File, PathBuf);

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.1);
    }
}

impl Beside {
    fn create(path: &Path) -> VaultResult<Self> {
        File::create(path).map(|f| Self(f, path.to_owned())).map_err(VaultError::io("copy the database"))
    }
}

fn add_part(out: &mut impl Write, name: &str, path: &Path) -> VaultResult<Part> {
    let from = File::open(path).map_err(VaultError::io("read a part of the vault"))?;
    let bytes = from.metadata().map_err(VaultError::io("read a part of the vault"))?.len();
    add_bytes(out, name, from, bytes)
}

fn add_bytes(out: &mut impl Write, name: &str, mut from: impl Read, bytes: u64) -> VaultResult<Part> {
    let failed = || VaultError::io("write the backup");
    writeln!(out, "{}", serde_json::json!({ "name": name, "bytes": bytes })).map_err(failed())?;
    let mut hasher = blake3::Hasher::new();
    let mut left = bytes;
    let mut buffer = vec![0_u8; 256 * 1024];
    while left > 0 {
        let want = buffer.len().min(left as usize);
        from.read_exact(&mut buffer[..want]).map_err(VaultError::io("read a part of the vault"))?;
        hasher.update(&buffer[..want]);
        out.write_all(&buffer[..want]).map_err(failed())?;
        left -= want as u64;
    }
    Ok(Part { name: name.to_owned(), bytes, blake3: hasher.finalize().to_hex().to_string() })
}

/// Reads a backup through and checks every part and the signature.
///
/// # Errors
/// [`VaultError::BadBackup`], [`VaultError::Io`].
pub fn verify(file: &Path) -> VaultResult<BackupSummary> {
    read_parts(file, None)
}

/// Restores a backup into a new or empty folder.
///
/// # Errors
/// [`VaultError::NotEmpty`], [`VaultError::BadBackup`]; nothing is left behind when the backup is bad.
pub fn restore(file: &Path, folder: &Path) -> VaultResult<BackupSummary> {
    if folder.read_dir().is_ok_and(|mut d| d.next().is_some()) {
        return Err(VaultError::NotEmpty(folder.to_owned()));
    }
    verify(file)?;
    // Beside its place, so that a restore that is cut off leaves no half vault behind.
    let making = folder.with_extension("restoring");
    let _ = fs::remove_dir_all(&making);
    fs::create_dir_all(&making).map_err(VaultError::io("create the folder"))?;
    let restored = read_parts(file, Some(&making)).and_then(|s| VaultHeader::read(&making).map(|_| s));
    let named = restored.and_then(|summary| {
        let _ = fs::remove_dir(folder);
        fs::rename(&making, folder).map_err(VaultError::io("name the restored vault"))?;
        Ok(summary)
    });
    if named.is_err() {
        let _ = fs::remove_dir_all(&making);
    }
    named
}

fn read_parts(file: &Path, into: Option<&Path>) -> VaultResult<BackupSummary> {
    let cut = |_| VaultError::BadBackup("it was cut short");
    let bytes = fs::metadata(file).map_err(VaultError::io("open the backup"))?.len();
    let mut from = BufReader::new(File::open(file).map_err(VaultError::io("open the backup"))?);
    let mut magic = [0_u8; 8];
    from.read_exact(&mut magic).map_err(cut)?;
    if &magic != MAGIC {
        return Err(VaultError::BadBackup("it is not a backup of RustCare"));
    }
    let mut seen: Vec<Part> = Vec::new();
    let mut header_text = None;
    loop {
        let (name, length) = read_part_line(&mut from)?;
        if name.is_empty() {
            let mut text = vec![
                0_u8;
                usize::try_from(length)
                    .ok()
                    .filter(|l| *l < 1 << 30)
                    .ok_or(VaultError::BadBackup("its manifest is too long"))?
            ];
            from.read_exact(&mut text).map_err(cut)?;
            let manifest: Manifest = serde_json::from_slice(&text)
                .map_err(|_| VaultError::BadBackup("its manifest cannot be read"))?;
            check_manifest(&manifest, &seen, header_text)?;
            return Ok(BackupSummary {
                file: file.to_owned(),
                made_at: manifest.made_at,
                bytes,
                parts: seen.len(),
            });
        }
        let target = into.map(|folder| safe_path(folder, &name)).transpose()?;
        let keep = name == header::FILE_NAME;
        let (hash, kept) = copy_part(&mut from, length, target.as_deref(), keep)?;
        if keep {
            header_text = kept;
        }
        seen.push(Part { name, bytes: length, blake3: hash });
    }
}

fn check_manifest(manifest: &Manifest, seen: &[Part], header_text: Option<Vec<u8>>) -> VaultResult<()> {
    if manifest.parts != seen {
        return Err(VaultError::BadBackup("a part differs from what was written"));
    }
    let header: VaultHeader = header_text
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| toml::from_str(&text).ok())
        .ok_or(VaultError::BadBackup("its header cannot be read"))?;
    let key = VerifyingKey::from_bytes(&decode_exact(&header.audit_key)?)
        .map_err(|_| VaultError::BadBackup("its key is not one"))?;
    let signature = Signature::from_bytes(&decode_exact(&manifest.signature)?);
    key.verify(&signed_bytes(&manifest.made_at, &manifest.parts), &signature)
        .map_err(|_| VaultError::BadBackup("its signature does not fit"))
}

fn read_part_line(from: &mut impl Read) -> VaultResult<(String, u64)> {
    #[derive(Deserialize)]
    struct Line {
        name: String,
        bytes: u64,
    }
    let mut line = Vec::with_capacity(120);
    let mut byte = [0_u8; 1];
    loop {
        from.read_exact(&mut byte).map_err(|_| VaultError::BadBackup("it was cut short"))?;
        if byte[0] == b'\n' {
            break;
        }
        line.push(byte[0]);
        if line.len() > 1000 {
            return Err(VaultError::BadBackup("a part has no name"));
        }
    }
    let line: Line =
        serde_json::from_slice(&line).map_err(|_| VaultError::BadBackup("a part has no name"))?;
    Ok((line.name, line.bytes))
}

/// Only the names that a vault has: nothing that climbs out of the folder.
fn safe_path(folder: &Path, name: &str) -> VaultResult<PathBuf> {
    let known = [database::FILE_NAME, header::FILE_NAME, checkpoint::FILE_NAME].contains(&name);
    let blob = name.strip_prefix("blobs/").is_some_and(|rest| {
        rest.len() == 35
            && rest.bytes().enumerate().all(|(i, b)| if i == 2 { b == b'/' } else { b.is_ascii_hexdigit() })
    });
    if !known && !blob {
        return Err(VaultError::BadBackup("it names a file that no vault has"));
    }
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(VaultError::io("create a folder"))?;
    }
    Ok(path)
}

fn copy_part(
    from: &mut impl Read,
    length: u64,
    to: Option<&Path>,
    keep: bool,
) -> VaultResult<(String, Option<Vec<u8>>)> {
    let mut target = to.map(File::create).transpose().map_err(VaultError::io("write a restored file"))?;
    let mut kept = keep.then(Vec::new);
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0_u8; 256 * 1024];
    let mut left = length;
    while left > 0 {
        let want = (buffer.len() as u64).min(left) as usize;
        from.read_exact(&mut buffer[..want]).map_err(|_| VaultError::BadBackup("it was cut short"))?;
        hasher.update(&buffer[..want]);
        if let Some(file) = &mut target {
            file.write_all(&buffer[..want]).map_err(VaultError::io("write a restored file"))?;
        }
        if let Some(kept) = &mut kept
            && kept.len() < 8 << 20
        {
            kept.extend_from_slice(&buffer[..want]);
        }
        left -= want as u64;
    }
    if let Some(file) = target {
        file.sync_all().map_err(VaultError::io("write a restored file"))?;
    }
    Ok((hasher.finalize().to_hex().to_string(), kept))
}

impl Vault {
    /// Signs with the audit key, for a backup's manifest.
    pub(crate) fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.audit_signing().sign(bytes).to_bytes()
    }
}
