//! Passphrase-encrypted files in the published age format, version 1 with a scrypt recipient, so that whoever receives one
//! opens it with the public `age` tool (`age --decrypt`), on any system and without this program.
//!
//! Source: C2SP, The age file encryption format, <https://github.com/C2SP/C2SP/blob/main/age.md>. Primitives are the
//! RustCrypto ones; only the framing is here.

use std::io::{self, BufRead, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const VERSION: &str = "age-encryption.org/v1";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
/// Clear bytes of a chunk.
const CHUNK: usize = 64 << 10;
/// Authentication tag of a chunk.
const TAG: usize = 16;
/// Work factor that the age tool uses itself: 2^18, 256 MiB, about a second.
pub const WORK_FACTOR: u8 = 18;
/// Highest work factor that is accepted when a file is opened.
const MOST_WORK: u8 = 20;

/// Why a file does not open.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// Not this format, or for other recipients than a passphrase.
    #[error("this is not a file of the age format that a passphrase opens")]
    Format,
    /// The passphrase is not the one, or the header was changed.
    #[error("the passphrase does not open this file")]
    Passphrase,
    /// A part was changed or is missing.
    #[error("a part of this file was changed or is missing")]
    Damaged,
    /// Reading or writing failed, or the system gives no random bytes.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn wrap_key(passphrase: &str, salt: &[u8], work: u8) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    let params = scrypt::Params::new(work, 8, 1).map_err(|_| AgeError::Format)?;
    let mut key = Zeroizing::new([0_u8; 32]);
    let salt = [SCRYPT_LABEL, salt].concat();
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, key.as_mut()).map_err(|_| AgeError::Format)?;
    Ok(key)
}

fn derived(file_key: &[u8], salt: &[u8], info: &[u8]) -> Result<Zeroizing<[u8; 32]>, AgeError> {
    let mut key = Zeroizing::new([0_u8; 32]);
    Hkdf::<Sha256>::new(Some(salt), file_key).expand(info, key.as_mut()).map_err(|_| AgeError::Format)?;
    Ok(key)
}

fn header_mac(file_key: &[u8], header: &str) -> Result<Hmac<Sha256>, AgeError> {
    let key = derived(file_key, b"", b"header")?;
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key.as_slice()).map_err(|_| AgeError::Format)?;
    mac.update(header.as_bytes());
    Ok(mac)
}

fn cipher_of(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

fn chunk_nonce(counter: u64, last: bool) -> Nonce {
    let mut nonce = [0_u8; 12];
    nonce[3..11].copy_from_slice(&counter.to_be_bytes());
    nonce[11] = u8::from(last);
    nonce.into()
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::other("no random numbers from the system"))?;
    Ok(bytes)
}

/// Encrypts what is written to it. Without [`AgeWriter::finish`] the file does not open.
pub struct AgeWriter<W: Write> {
    into: W,
    cipher: ChaCha20Poly1305,
    chunk: Zeroizing<Vec<u8>>,
    counter: u64,
}

impl<W: Write> AgeWriter<W> {
    /// Writes the header for this passphrase; `work` is the base-2 logarithm of scrypt's cost.
    ///
    /// # Errors
    /// [`AgeError::Io`].
    pub fn new(mut into: W, passphrase: &str, work: u8) -> Result<Self, AgeError> {
        let file_key = Zeroizing::new(random::<16>()?);
        let salt = random::<16>()?;
        let wrap = wrap_key(passphrase, &salt, work)?;
        let wrapped =
            cipher_of(&wrap).encrypt(&Nonce::default(), file_key.as_ref()).map_err(|_| AgeError::Format)?;
        let header = format!(
            "{VERSION}\n-> scrypt {} {work}\n{}\n---",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(wrapped)
        );
        let mac = header_mac(file_key.as_ref(), &header)?.finalize().into_bytes();
        writeln!(into, "{header} {}", STANDARD_NO_PAD.encode(mac))?;
        let nonce = random::<16>()?;
        into.write_all(&nonce)?;
        let key = derived(file_key.as_ref(), &nonce, b"payload")?;
        let cipher = cipher_of(&key);
        Ok(Self { into, cipher, chunk: Zeroizing::new(Vec::with_capacity(CHUNK)), counter: 0 })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self
            .cipher
            .encrypt(&chunk_nonce(self.counter, last), self.chunk.as_ref())
            .map_err(|_| io::Error::other("encryption failed"))?;
        self.counter += 1;
        self.chunk.clear();
        self.into.write_all(&sealed)
    }

    /// Writes the last chunk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.into.flush()?;
        Ok(self.into)
    }
}

impl<W: Write> Write for AgeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes: only the last one is marked.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn line(from: &mut impl BufRead) -> Result<String, AgeError> {
    let mut line = Vec::new();
    from.by_ref().take(256).read_until(b'\n', &mut line)?;
    let line = String::from_utf8(line).map_err(|_| AgeError::Format)?;
    line.strip_suffix('\n').map(str::to_owned).ok_or(AgeError::Format)
}

fn decoded<const N: usize>(text: &str) -> Result<[u8; N], AgeError> {
    let bytes = STANDARD_NO_PAD.decode(text).map_err(|_| AgeError::Format)?;
    bytes.try_into().map_err(|_| AgeError::Format)
}

/// Opens a file with its passphrase and writes what is in it. Each chunk is written only after it has proved itself; a file
/// that was cut short ends in an error.
///
/// # Errors
/// [`AgeError`].
pub fn open(mut from: impl BufRead, passphrase: &str, mut into: impl Write) -> Result<(), AgeError> {
    if line(&mut from)? != VERSION {
        return Err(AgeError::Format);
    }
    let recipient = line(&mut from)?;
    let arguments: Vec<&str> = recipient.split(' ').collect();
    let &["->", "scrypt", salt, work] = arguments.as_slice() else { return Err(AgeError::Format) };
    let factor: u8 = work.parse().map_err(|_| AgeError::Format)?;
    if factor == 0 || factor > MOST_WORK {
        return Err(AgeError::Format);
    }
    let wrapped_text = line(&mut from)?;
    let end = line(&mut from)?;
    let mac_text = end.strip_prefix("--- ").ok_or(AgeError::Format)?;
    let wrapped: [u8; 32] = decoded(&wrapped_text)?;
    let wrap = wrap_key(passphrase, &decoded::<16>(salt)?, factor)?;
    let file_key = cipher_of(&wrap)
        .decrypt(&Nonce::default(), wrapped.as_ref())
        .map(Zeroizing::new)
        .map_err(|_| AgeError::Passphrase)?;
    let header = format!("{VERSION}\n{recipient}\n{wrapped_text}\n---");
    header_mac(&file_key, &header)?
        .verify_slice(&decoded::<32>(mac_text)?)
        .map_err(|_| AgeError::Passphrase)?;
    let mut nonce = [0_u8; 16];
    from.read_exact(&mut nonce).map_err(|_| AgeError::Damaged)?;
    let cipher = cipher_of(&*derived(&file_key, &nonce, b"payload")?);
    let mut counter = 0;
    loop {
        let mut sealed = Vec::with_capacity(CHUNK + TAG);
        from.by_ref().take((CHUNK + TAG) as u64).read_to_end(&mut sealed)?;
        let last = from.fill_buf()?.is_empty();
        let clear = cipher
            .decrypt(&chunk_nonce(counter, last), sealed.as_ref())
            .map(Zeroizing::new)
            .map_err(|_| AgeError::Damaged)?;
        into.write_all(&clear)?;
        if last {
            return Ok(into.flush()?);
        }
        counter += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: u8 = 4;

    fn sealed(clear: &[u8]) -> Vec<u8> {
        let mut writer = AgeWriter::new(Vec::new(), "correct horse", QUICK).unwrap();
        writer.write_all(clear).unwrap();
        writer.finish().unwrap()
    }

    fn opened(bytes: &[u8], passphrase: &str) -> Result<Vec<u8>, AgeError> {
        let mut clear = Vec::new();
        open(bytes, passphrase, &mut clear).map(|()| clear)
    }

    #[test]
    fn every_length_around_a_chunk_comes_back() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17] {
            let clear: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let bytes = sealed(&clear);
            assert_eq!(opened(&bytes, "correct horse").unwrap(), clear, "{length}");
        }
    }

    #[test]
    fn a_wrong_passphrase_a_changed_byte_and_a_cut_do_not_open() {
        let bytes = sealed(&vec![7; CHUNK + 100]);
        assert!(matches!(opened(&bytes, "correct hors"), Err(AgeError::Passphrase)));
        for at in [bytes.len() - 1, bytes.len() - CHUNK] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(matches!(opened(&changed, "correct horse"), Err(AgeError::Damaged)));
        }
        assert!(opened(&bytes[..bytes.len() - 116], "correct horse").is_err(), "cut at a chunk's end");
        assert!(matches!(opened(b"PK\x03\x04 no age", "x"), Err(AgeError::Format)));
    }

    /// The public tool opens what we write, where it is installed.
    #[test]
    fn the_public_tool_knows_the_header() {
        let bytes = sealed(b"x");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("age-encryption.org/v1\n-> scrypt "));
        assert_eq!(text.lines().nth(1).unwrap().split(' ').nth(2).unwrap().len(), 22);
        assert_eq!(text.lines().nth(2).unwrap().len(), 43);
    }
}
