//! A large file of lines, read in stretches of whole lines, so that its size does not matter.

use std::io::Read;

use rustcare_model::reason::Reason;

use crate::input::SourceFile;

/// Longest line, which is one resource.
const LONGEST_LINE: usize = 64 << 20;

/// A part of a large file: whole lines.
pub(crate) struct Stretch {
    /// The lines.
    pub text: String,
    /// Lines of the file that come before it.
    pub lines_before: usize,
}

enum State {
    Closed,
    Open { from: Box<dyn Read>, rest: Vec<u8> },
    Ended,
}

/// The stretches of a file; the first one that cannot be read is the last.
pub(crate) struct Stretches<'f> {
    file: &'f SourceFile,
    state: State,
    size: usize,
    lines_before: usize,
}

impl<'f> Stretches<'f> {
    /// The stretches of `file`, each of about `size` bytes.
    pub(crate) fn of(file: &'f SourceFile, size: usize) -> Self {
        Self { file, state: State::Closed, size, lines_before: 0 }
    }
}

impl Iterator for Stretches<'_> {
    type Item = Result<Stretch, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        let (mut from, mut bytes) = match std::mem::replace(&mut self.state, State::Ended) {
            State::Ended => return None,
            State::Open { from, rest } => (from, rest),
            State::Closed => match self.file.open() {
                Ok(from) => (from, Vec::new()),
                Err(reason) => return Some(Err(reason)),
            },
        };
        loop {
            let before = bytes.len();
            let read = (&mut from).take(self.size as u64).read_to_end(&mut bytes);
            if read.is_err() {
                return Some(Err(Reason::FileUnreadableToEnd));
            }
            let ended = bytes.len() == before;
            if ended && bytes.is_empty() {
                return None;
            }
            let cut = if ended {
                Some(bytes.len())
            } else {
                bytes.iter().rposition(|b| *b == b'\n').map(|at| at + 1)
            };
            let Some(cut) = cut else {
                if bytes.len() > LONGEST_LINE {
                    return Some(Err(Reason::LineTooLong));
                }
                continue;
            };
            let rest = bytes.split_off(cut);
            if !ended {
                self.state = State::Open { from, rest };
            }
            let Ok(mut text) = String::from_utf8(bytes) else {
                self.state = State::Ended;
                return Some(Err(Reason::FileNotText));
            };
            if self.lines_before == 0 && text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            let lines_before = self.lines_before;
            self.lines_before += text.lines().count();
            return Some(Ok(Stretch { text, lines_before }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(content: &[u8], size: usize) -> Vec<Result<(String, usize), Reason>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ndjson");
        std::fs::write(&path, content).unwrap();
        let listed = crate::input::list(&[path]);
        Stretches::of(&listed[0], size).map(|s| s.map(|s| (s.text, s.lines_before))).collect()
    }

    #[test]
    fn every_line_comes_once_with_its_number_however_it_is_cut() {
        let content: String = (1..=300).map(|n| format!("line {n} é{}\n", "x".repeat(n % 37))).collect();
        for size in [1, 2, 3, 7, 64, 1000, 1 << 20] {
            let mut seen = 0;
            for stretch in stretches(content.as_bytes(), size) {
                let (text, before) = stretch.unwrap();
                assert_eq!(before, seen, "size {size}");
                for line in text.lines() {
                    seen += 1;
                    assert!(line.starts_with(&format!("line {seen} ")));
                }
            }
            assert_eq!(seen, 300, "size {size}");
        }
        let bom = stretches("\u{feff}{}\nlast without an end".as_bytes(), 4);
        let text: String = bom.into_iter().map(|s| s.unwrap().0).collect();
        assert_eq!(text, "{}\nlast without an end");
        assert!(stretches(b"", 4).is_empty());
        let bad = stretches(b"good\n\xff\xfe\nnever\n", 5);
        assert_eq!(bad.first().unwrap().as_ref().unwrap().0, "good\n");
        assert!(bad.last().unwrap().is_err() && bad.len() == 2);
    }
}
