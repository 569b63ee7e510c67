//! Which files of a folder may be DICOM, and reading one within limits.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rustcare_decode_helper::protocol::MAX_FILE_BYTES;

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 64;

/// Bytes from the start of a file that tell DICOM from other files: preamble, prefix and one element's start.
const START_BYTES: usize = 140;

/// A file that may be DICOM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// Its name below the folder that was walked, parts separated by `/`.
    pub name: String,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What a walk found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The files that may be DICOM, ordered by name.
    pub candidates: Vec<Candidate>,
    /// Directory files of discs (DICOMDIR): indexes, which hold no image.
    pub directories: u64,
    /// Files of other kinds.
    pub others: u64,
    /// Files and folders that could not be opened, by name.
    pub unreadable: Vec<String>,
}

/// Looks through a folder, or at a single file. Symbolic links are not followed, so that no file outside the folder is
/// read; nothing but the first bytes of each file is read.
///
/// # Errors
/// The error of opening `place` itself; what cannot be opened below it is listed.
pub fn find_candidates(place: &Path) -> io::Result<Found> {
    let mut found = Found::default();
    if fs::metadata(place)?.is_file() {
        let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.consider(place.to_owned(), name);
        return Ok(found);
    }
    found.look_into(fs::read_dir(place)?, "", 0);
    found.candidates.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

impl Found {
    fn look_into(&mut self, folder: fs::ReadDir, prefix: &str, depth: usize) {
        for entry in folder {
            let Ok(entry) = entry else {
                self.unreadable.push(prefix.to_owned());
                continue;
            };
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => match fs::read_dir(entry.path()) {
                    Ok(folder) => self.look_into(folder, &format!("{name}/"), depth + 1),
                    Err(_) => self.unreadable.push(name),
                },
                Ok(kind) if kind.is_file() => self.consider(entry.path(), name),
                Ok(_) => self.others += 1,
                Err(_) => self.unreadable.push(name),
            }
        }
    }

    fn consider(&mut self, path: PathBuf, name: String) {
        let Ok((start, bytes)) = read_start(&path) else {
            self.unreadable.push(name);
            return;
        };
        if path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR")) {
            self.directories += 1;
        } else if may_be_dicom(&start) {
            self.candidates.push(Candidate { path, name, bytes });
        } else {
            self.others += 1;
        }
    }
}

fn read_start(path: &Path) -> io::Result<(Vec<u8>, u64)> {
    let file = File::open(path)?;
    let bytes = file.metadata()?.len();
    let mut start = Vec::with_capacity(START_BYTES);
    file.take(START_BYTES as u64).read_to_end(&mut start)?;
    Ok((start, bytes))
}

/// Whether a file begins as DICOM does: the prefix after the preamble (PS3.10 7.1), or, without it, an element of group
/// 0002 or 0008 at the very start.
pub fn may_be_dicom(start: &[u8]) -> bool {
    if start.get(128..132) == Some(b"DICM") {
        return true;
    }
    let Some(&[group_low, group_high, element_low, element_high, first, second, ..]) = start.get(..8) else {
        return false;
    };
    let representation = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    match [group_low, group_high, element_low, element_high] {
        [2, 0, _, 0] | [0, 8, 0, _] => representation,
        [8, 0, _, 0] => representation || start[6..8] == [0, 0], // implicit: a length below 65 536
        _ => false,
    }
}

/// Why a file could not be read into memory.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("the file could not be opened or read")]
    Io(#[from] io::Error),
    /// Larger than a helper may be given.
    #[error("the file is larger than {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
}

/// Reads a whole file of at most [`MAX_FILE_BYTES`].
///
/// # Errors
/// [`ReadError`]; a file that grows while it is read is too large where it passes the limit.
pub fn read_bounded(path: &Path) -> Result<Vec<u8>, ReadError> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(ReadError::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dicom_is_told_from_other_files_by_its_start() {
        let mut with_preamble = vec![0; 128];
        with_preamble.extend(b"DICM\x02\0\0\0UL\x04\0");
        assert!(may_be_dicom(&with_preamble));
        assert!(may_be_dicom(b"\x02\0\x10\0UI\x14\0"));
        assert!(may_be_dicom(b"\x08\0\x05\0CS\x0a\0"));
        assert!(may_be_dicom(b"\x08\0\x05\0\x0a\0\0\0"));
        assert!(may_be_dicom(b"\0\x08\0\x05CS\0\x0a"));
        for other in [
            &b""[..],
            b"DICM",
            b"%PDF-1.7 ",
            b"PK\x03\x04 zip ",
            b"\x08\0\x05\0\x0a\0\xff\xff",
            b"{\"resourceType\"",
        ] {
            assert!(!may_be_dicom(other));
        }
    }

    #[test]
    fn a_walk_sorts_skips_directories_and_follows_no_link() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        };
        write("b/2.dcm", b"\x08\0\x05\0CS\x0a\0");
        write("a/1", b"\x08\0\x05\0CS\x0a\0");
        write("DICOMDIR", b"\x02\0\x10\0UI\x14\0");
        write("read me.txt", b"hello, this is text");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/", folder.path().join("root")).unwrap();
        let found = find_candidates(folder.path()).unwrap();
        let names: Vec<&str> = found.candidates.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(names, ["a/1", "b/2.dcm"]);
        assert_eq!(found.candidates[0].bytes, 8);
        assert_eq!((found.directories, found.unreadable.len()), (1, 0));
        assert_eq!(found.others, if cfg!(unix) { 2 } else { 1 });
    }

    #[test]
    fn a_file_over_the_limit_is_refused_unread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sparse");
        File::create(&path).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap();
        assert!(matches!(read_bounded(&path), Err(ReadError::TooLarge)));
        assert!(matches!(read_bounded(&folder.path().join("absent")), Err(ReadError::Io(_))));
    }
}
