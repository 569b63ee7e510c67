//! Files of messages: one, many, or a batch (FHS, BHS … BTS, FTS; HL7 v2.8.2 chapter 2.10.3).

use super::message::MOST_BYTES;

/// A stretch of a file or frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch<'b> {
    /// Where it begins, in bytes.
    pub offset: usize,
    /// The bytes, as they came.
    pub bytes: &'b [u8],
    /// Whether it begins as a message does; else it is something that stands between messages.
    pub is_message: bool,
}

fn is_envelope(line: &[u8]) -> bool {
    [b"FHS", b"BHS", b"BTS", b"FTS"].iter().any(|name| line.starts_with(*name))
        && line.get(3).is_none_or(|b| b.is_ascii_punctuation() || b.is_ascii_whitespace())
}

/// MLLP's own bytes, white space and byte order marks between messages mean nothing.
fn is_nothing(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| b.is_ascii_whitespace() || matches!(b, 0x0b | 0x1c | 0x1a | 0 | 0xef | 0xbb | 0xbf))
}

/// Cuts a file or a frame into its messages, and what stands outside them.
pub fn cut(bytes: &[u8]) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    let mut close = |from: Option<(usize, bool)>, to: usize| {
        if let Some((offset, is_message)) = from
            && (is_message || !is_nothing(&bytes[offset..to]))
        {
            stretches.push(Stretch { offset, bytes: &bytes[offset..to], is_message });
        }
    };
    let mut at = 0;
    while at < bytes.len() {
        let end = bytes[at..]
            .iter()
            .position(|b| matches!(b, b'\r' | b'\n' | 0x1c))
            .map_or(bytes.len(), |n| at + n + 1);
        let lead = bytes[at..end]
            .iter()
            .take_while(|b| matches!(b, 0x0b | 0xef | 0xbb | 0xbf | b' ' | b'\t'))
            .count();
        let line = &bytes[at + lead..end];
        if line.starts_with(b"MSH") {
            close(open, at);
            open = Some((at + lead, true));
        } else if is_envelope(line) {
            close(open, at);
            open = None;
        } else if open.is_none() && !is_nothing(line) {
            open = Some((at + lead, false));
        }
        if bytes[end - 1] == 0x1c {
            // The end of a frame: the mark itself belongs to nobody.
            close(open, end - 1);
            open = None;
        }
        at = end;
    }
    close(open, bytes.len());
    stretches
}

/// Largest file that is read.
pub const MOST_FILE_BYTES: u64 = 64 * MOST_BYTES as u64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_batch_gives_its_messages_and_what_is_stray() {
        let file = b"\xef\xbb\xbfFHS|^~\\&|\rBHS|^~\\&|\rMSH|^~\\&|1\rPID|1\rMSH|^~\\&|2\r\nPID|2\r\nBTS|2\r\nnobody\r\nFTS|1\r\n\r\n";
        let cut = cut(file);
        let texts: Vec<_> = cut.iter().map(|s| (s.is_message, String::from_utf8_lossy(s.bytes))).collect();
        assert_eq!(texts.len(), 3, "{texts:?}");
        assert_eq!(texts[0], (true, "MSH|^~\\&|1\rPID|1\r".into()));
        assert_eq!(texts[1], (true, "MSH|^~\\&|2\r\nPID|2\r\n".into()));
        assert_eq!(texts[2], (false, "nobody\r\n".into()));
        assert_eq!(&file[cut[2].offset..cut[2].offset + 6], b"nobody");
    }

    #[test]
    fn frames_in_a_file_are_taken_too() {
        let cut = cut(b"\x0bMSH|^~\\&|1\r\x1c\r\x0bMSH|^~\\&|2\r\x1c\r");
        assert_eq!(cut.iter().map(|s| s.bytes).collect::<Vec<_>>(), [b"MSH|^~\\&|1\r", b"MSH|^~\\&|2\r"]);
    }

    proptest! {
        #[test]
        fn no_byte_is_in_two_messages_and_none_is_lost(text in "(MSH\\||FHS\\||BTS\\||PID\\||x|\r|\n|\x0b|\x1c){0,60}") {
            let cut = cut(text.as_bytes());
            let bytes = text.as_bytes();
            let between = |gap: &[u8]| {
                gap.split(|b| matches!(b, b'\r' | b'\n' | 0x1c)).all(|line| {
                    let lead = line.iter().take_while(|b| **b == 0x0b).count();
                    is_nothing(line) || is_envelope(&line[lead..])
                })
            };
            let mut at = 0;
            for s in &cut {
                prop_assert!(s.offset >= at && between(&bytes[at..s.offset]));
                at = s.offset + s.bytes.len();
            }
            prop_assert!(between(&bytes[at..]));
        }
    }
}
