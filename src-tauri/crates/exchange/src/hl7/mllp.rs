//! MLLP: `0x0B` message `0x1C 0x0D` on a stream (HL7 "Transport Specification: MLLP, Release 1"). Bytes in, frames out,
//! however the stream is cut. Nothing is dropped: what stands between frames comes out too, with its offset.

use super::message::MOST_BYTES;

/// Begins a frame.
const START: u8 = 0x0b;
/// Ends it, together with a carriage return.
const END: u8 = 0x1c;
/// Most bytes between frames that are held together.
const MOST_STRAY: usize = 64 << 10;

/// What came out of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole frame, without its marks.
    Frame {
        /// Offset of its first byte in the stream.
        offset: u64,
        /// The bytes between the marks.
        bytes: Vec<u8>,
    },
    /// Bytes outside frames.
    Stray {
        /// Offset of the first.
        offset: u64,
        /// As they came.
        bytes: Vec<u8>,
    },
    /// A frame that a new one cut off, or that the stream's end did.
    Broken {
        /// Offset of its first byte.
        offset: u64,
        /// As far as it came.
        bytes: Vec<u8>,
    },
    /// A frame beyond the limit; the rest of it is passed over.
    TooLarge {
        /// Offset of its first byte.
        offset: u64,
        /// What was read until the limit.
        bytes: Vec<u8>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Inside,
    /// After 0x1C: a carriage return ends the frame, anything else belongs to it.
    Ending,
    /// In a frame that is too large.
    Passing,
}

/// Cuts a stream.
#[derive(Debug)]
pub struct Frames {
    state: State,
    held: Vec<u8>,
    /// Offset of the first held byte.
    held_from: u64,
    at: u64,
    limit: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Self::with_limit(MOST_BYTES)
    }
}

impl Frames {
    /// With another limit to a frame, in bytes.
    pub fn with_limit(limit: usize) -> Self {
        Self { state: State::Between, held: Vec::new(), held_from: 0, at: 0, limit }
    }

    /// Whether a frame has begun and not ended.
    pub fn is_inside(&self) -> bool {
        self.state != State::Between
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for &byte in bytes {
            self.step(byte, &mut events);
            self.at += 1;
        }
        events
    }

    /// The stream has ended.
    pub fn finish(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        match self.state {
            State::Between => self.stray(&mut events),
            // The mark came, only its carriage return did not.
            State::Ending => self.frame(&mut events),
            State::Inside => {
                let (offset, bytes) = self.take();
                events.push(Event::Broken { offset, bytes });
            }
            State::Passing => {}
        }
        self.state = State::Between;
        events
    }

    fn take(&mut self) -> (u64, Vec<u8>) {
        (self.held_from, std::mem::take(&mut self.held))
    }

    fn frame(&mut self, events: &mut Vec<Event>) {
        let (offset, bytes) = self.take();
        events.push(Event::Frame { offset, bytes });
        self.state = State::Between;
    }

    fn stray(&mut self, events: &mut Vec<Event>) {
        let (offset, bytes) = self.take();
        // Line ends between frames mean nothing.
        if bytes.iter().any(|b| !b.is_ascii_whitespace()) {
            events.push(Event::Stray { offset, bytes });
        }
    }

    fn hold(&mut self, byte: u8) {
        if self.held.is_empty() {
            self.held_from = self.at;
        }
        self.held.push(byte);
    }

    fn begin(&mut self) {
        self.state = State::Inside;
        self.held_from = self.at + 1;
    }

    fn step(&mut self, byte: u8, events: &mut Vec<Event>) {
        match (self.state, byte) {
            (State::Between, START) => {
                self.stray(events);
                self.begin();
            }
            (State::Between, _) => {
                self.hold(byte);
                if self.held.len() >= MOST_STRAY {
                    self.stray(events);
                }
            }
            (State::Inside, END) => self.state = State::Ending,
            (State::Inside, START) => {
                let (offset, bytes) = self.take();
                events.push(Event::Broken { offset, bytes });
                self.begin();
            }
            (State::Inside, _) => self.content(byte, events),
            (State::Ending, b'\r') => self.frame(events),
            (State::Ending, START) => {
                self.frame(events);
                self.begin();
            }
            (State::Ending, END) => self.content(END, events),
            (State::Ending, _) => {
                self.state = State::Inside;
                self.content(END, events);
                if self.state == State::Inside {
                    self.content(byte, events);
                }
            }
            (State::Passing, START) => self.begin(),
            (State::Passing, END) => self.state = State::Between,
            (State::Passing, _) => {}
        }
    }

    fn content(&mut self, byte: u8, events: &mut Vec<Event>) {
        self.held.push(byte);
        if self.held.len() > self.limit {
            let (offset, bytes) = self.take();
            events.push(Event::TooLarge { offset, bytes });
            self.state = State::Passing;
        }
    }
}

/// A message in its frame.
pub fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(message.len() + 3);
    frame.push(START);
    frame.extend_from_slice(message);
    frame.extend_from_slice(&[END, b'\r']);
    frame
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(stream: &[u8], cuts: &[usize], limit: usize) -> Vec<Event> {
        let mut frames = Frames::with_limit(limit);
        let mut events = Vec::new();
        let mut from = 0;
        for &cut in cuts {
            let to = cut.clamp(from, stream.len());
            events.extend(frames.push(&stream[from..to]));
            from = to;
        }
        events.extend(frames.push(&stream[from..]));
        events.extend(frames.finish());
        events
    }

    #[test]
    fn frames_stray_bytes_and_broken_frames() {
        let stream = b"\r\nhello\x0bone\x1c\r\r\n\x0btwo\x0bth\x1cree\x1c\r\x0bfour\x1c\x0bcut off";
        let events = all(stream, &[], 100);
        let b = |s: &str| s.as_bytes().to_vec();
        assert_eq!(
            events,
            [
                Event::Stray { offset: 0, bytes: b("\r\nhello") },
                Event::Frame { offset: 8, bytes: b("one") },
                Event::Broken { offset: 16, bytes: b("two") },
                Event::Frame { offset: 20, bytes: b("th\x1cree") },
                Event::Frame { offset: 29, bytes: b("four") },
                Event::Broken { offset: 35, bytes: b("cut off") },
            ]
        );
        let large = all(b"\x0b12345\x1c\r\x0bok\x1c\r", &[], 3);
        assert_eq!(
            large,
            [Event::TooLarge { offset: 1, bytes: b("1234") }, Event::Frame { offset: 9, bytes: b("ok") }]
        );
    }

    proptest! {
        #[test]
        fn however_the_stream_is_cut_the_same_comes_out(
            stream in proptest::collection::vec(prop_oneof![Just(0x0b_u8), Just(0x1c), Just(b'\r'), Just(b'A'), any::<u8>()], 0..200),
            mut cuts in proptest::collection::vec(0_usize..200, 0..12),
            limit in 1_usize..40,
        ) {
            cuts.sort_unstable();
            prop_assert_eq!(all(&stream, &cuts, limit), all(&stream, &[], limit));
        }

        #[test]
        fn what_is_framed_comes_back(messages in proptest::collection::vec("[ -~\r]{0,60}", 0..6)) {
            let stream: Vec<u8> = messages.iter().flat_map(|m| framed(m.as_bytes())).collect();
            let back: Vec<Vec<u8>> = all(&stream, &[], 1000)
                .into_iter()
                .map(|e| match e { Event::Frame { bytes, .. } => bytes, _ => Vec::new() })
                .collect();
            prop_assert_eq!(back, messages.iter().map(|m| m.as_bytes().to_vec()).collect::<Vec<_>>());
        }
    }
}
