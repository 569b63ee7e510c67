//! One new file: never in the place of another, hashed as it is written, gone when it is not finished.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::age::{AgeError, AgeWriter};

/// What a finished file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes, hexadecimal, as `sha256sum` prints it.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
}

struct Hashed {
    file: BufWriter<File>,
    hash: Sha256,
    bytes: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

enum Form {
    Plain(Hashed),
    Sealed(Box<AgeWriter<Hashed>>),
}

/// A file that was not there, and that nobody else of this machine may read.
///
/// # Errors
/// When one of that name is there, or it cannot be written.
pub fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A file that is being written beside its later name. Dropped unfinished, it is removed.
pub struct NewFile {
    folder: PathBuf,
    name: String,
    form: Option<Form>,
}

impl NewFile {
    /// Begins a file in `folder`, encrypted for `passphrase` where there is one.
    ///
    /// # Errors
    /// When one of that name is there, or it cannot be written.
    pub fn begin(folder: &Path, name: &str, passphrase: Option<(&str, u8)>) -> Result<Self, AgeError> {
        // The name is reserved: whoever else wants it is refused, and renaming replaces our own empty file only.
        new_file(&folder.join(name))?;
        let mut new = Self { folder: folder.to_owned(), name: name.to_owned(), form: None };
        match new.start(passphrase) {
            Ok(form) => new.form = Some(form),
            Err(error) => {
                // Only the empty reservation is ours: a `.part` that was there is somebody's.
                let _ = fs::remove_file(folder.join(name));
                return Err(error);
            }
        }
        Ok(new)
    }

    fn start(&self, passphrase: Option<(&str, u8)>) -> Result<Form, AgeError> {
        let file = new_file(&self.part())?;
        let hashed = Hashed { file: BufWriter::with_capacity(1 << 16, file), hash: Sha256::new(), bytes: 0 };
        Ok(match passphrase {
            Some((passphrase, work)) => Form::Sealed(Box::new(AgeWriter::new(hashed, passphrase, work)?)),
            None => Form::Plain(hashed),
        })
    }

    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}.part", self.name))
    }

    /// Ends the file: it is on the disk under its name.
    ///
    /// # Errors
    /// When the disk is full or gone; nothing is left of it then.
    pub fn finish(mut self) -> io::Result<Finished> {
        let hashed = match self.form.take() {
            Some(Form::Sealed(age)) => age.finish(),
            Some(Form::Plain(hashed)) => Ok(hashed),
            None => return Err(io::Error::other("the file was never begun")),
        };
        let result = hashed.and_then(|hashed| self.settle(hashed));
        if result.is_err() {
            self.remove();
        }
        result
    }

    fn settle(&self, mut hashed: Hashed) -> io::Result<Finished> {
        hashed.flush()?;
        hashed.file.get_ref().sync_all()?;
        let sha256 = hashed.hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        fs::rename(self.part(), self.folder.join(&self.name))?;
        // The new name is on the disk too, before anybody says that it is.
        File::open(&self.folder)?.sync_all()?;
        Ok(Finished { name: self.name.clone(), sha256, bytes: hashed.bytes })
    }

    fn remove(&self) {
        // Whatever cannot be removed is an encrypted or unfinished piece under a `.part` name.
        let _ = fs::remove_file(self.part());
        let _ = fs::remove_file(self.folder.join(&self.name));
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.form {
            Some(Form::Plain(hashed)) => hashed.write(bytes),
            Some(Form::Sealed(age)) => age.write(bytes),
            None => Err(io::Error::other("the file is finished")),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.form {
            Some(Form::Plain(hashed)) => hashed.flush(),
            Some(Form::Sealed(age)) => age.flush(),
            None => Ok(()),
        }
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if self.form.take().is_some() {
            self.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_of_an_encrypted_file_that_the_disk_did_not_take() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = NewFile::begin(folder.path(), "a.age", None).unwrap();
        // Opened for reading: what goes beyond the buffer, the last piece of the encryption, cannot be written.
        let unwritable = File::open(folder.path().join("a.age.part")).unwrap();
        let hashed =
            Hashed { file: BufWriter::with_capacity(400, unwritable), hash: Sha256::new(), bytes: 0 };
        let mut sealed = AgeWriter::new(hashed, "seven violet bridges", 2).unwrap();
        sealed.write_all(&[7; 1000]).unwrap();
        file.form = Some(Form::Sealed(Box::new(sealed)));
        assert!(file.finish().is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_of_the_machine_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = NewFile::begin(folder.path(), "a.json", None).unwrap();
        file.finish().unwrap();
        let mode = fs::metadata(folder.path().join("a.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_unfinished_file_is_gone_and_another_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = NewFile::begin(folder.path(), "a.json", None).unwrap();
        file.write_all(b"half").unwrap();
        assert!(NewFile::begin(folder.path(), "a.json", None).is_err(), "the name is taken");
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut file = NewFile::begin(folder.path(), "a.json", None).unwrap();
        file.write_all(b"abc").unwrap();
        let finished = file.finish().unwrap();
        // The SHA-256 of "abc" of FIPS 180-2.
        assert_eq!(finished.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(fs::read(folder.path().join("a.json")).unwrap(), b"abc");
        assert!(NewFile::begin(folder.path(), "a.json", None).is_err());
        assert_eq!(fs::read(folder.path().join("a.json")).unwrap(), b"abc");
    }
}
