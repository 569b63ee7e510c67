//! A file of an archive, unpacked on a thread of its own while it is being read.
//!
//! The archive's reader borrows the archive, so the two live on the thread and the bytes come over a channel; what goes
//! wrong there is an error here, never an early end.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

const PIECE: usize = 1 << 20;

/// The bytes of a file of an archive.
pub(crate) struct Unpacked {
    pieces: mpsc::Receiver<io::Result<Vec<u8>>>,
    piece: io::Cursor<Vec<u8>>,
}

/// Begins to unpack; more bytes than the archive `declared` are an error.
pub(crate) fn start(path: PathBuf, index: usize, declared: u64) -> Unpacked {
    let (hand_over, pieces) = mpsc::sync_channel(4);
    std::thread::spawn(move || {
        if let Err(error) = unpack(&path, index, declared, &hand_over) {
            let _ = hand_over.send(Err(error));
        }
    });
    Unpacked { pieces, piece: io::Cursor::default() }
}

fn unpack(
    path: &Path,
    index: usize,
    declared: u64,
    hand_over: &mpsc::SyncSender<io::Result<Vec<u8>>>,
) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(path)?).map_err(io::Error::other)?;
    let mut from = archive.by_index(index).map_err(io::Error::other)?;
    let mut left = declared;
    loop {
        let mut piece = Vec::new();
        if (&mut from).take(PIECE as u64).read_to_end(&mut piece)? == 0 {
            return if left == 0 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
        }
        left = left
            .checked_sub(piece.len() as u64)
            .ok_or_else(|| io::Error::other("the archive holds more than it says"))?;
        if hand_over.send(Ok(piece)).is_err() {
            return Ok(());
        }
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.piece.read(into)?;
            if read > 0 || into.is_empty() {
                return Ok(read);
            }
            match self.pieces.recv() {
                Ok(piece) => self.piece = io::Cursor::new(piece?),
                Err(_) => return Ok(0),
            }
        }
    }
}
