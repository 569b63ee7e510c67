//! What is said over a connection to the interface, encrypted or not.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustcare_exchange::hl7::mllp::framed;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How soon a thread notices that it shall end.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// Longest wait for a sender to take its acknowledgement, in all: whoever takes a byte now and then holds nothing up.
const LONGEST_WRITE: Duration = Duration::from_secs(10);

/// What is said over a connection, encrypted or not.
pub(super) enum Line {
    Open(Bounded),
    Encrypted(Box<StreamOwned<ServerConnection, Bounded>>),
}

/// A stream of which one read ends after a while, however slowly its bytes come: what decrypts reads on until a record is
/// whole, and whoever sends a byte now and then must not hold up the closing of the port.
pub(super) struct Bounded {
    stream: TcpStream,
    until: Instant,
    write_until: Instant,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if Instant::now() > self.until {
            return Err(ErrorKind::WouldBlock.into());
        }
        self.stream.read(buffer)
    }
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let left = self.write_until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        self.stream.set_write_timeout(Some(left))?;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

impl Line {
    /// Over an accepted connection; the two agree on keys with the first reads.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn over(stream: TcpStream, encryption: Option<&Arc<ServerConfig>>) -> std::io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_nodelay(true)?;
        let now = Instant::now();
        let stream = Bounded { stream, until: now, write_until: now + LONGEST_WRITE };
        let Some(config) = encryption else { return Ok(Self::Open(stream)) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        Ok(Self::Encrypted(Box::new(StreamOwned::new(connection, stream))))
    }

    /// What has come, within [`TICK`] and a little; [`ErrorKind::WouldBlock`] where that is nothing yet.
    ///
    /// # Errors
    /// The system's; what TLS refuses.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let now = Instant::now();
        self.bound(now + TICK, now + LONGEST_WRITE);
        match self {
            Self::Open(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }

    fn bound(&mut self, until: Instant, write_until: Instant) {
        let bounded = match self {
            Self::Open(stream) => stream,
            Self::Encrypted(stream) => &mut stream.sock,
        };
        (bounded.until, bounded.write_until) = (until, write_until);
    }

    /// Sends an acknowledgement, whole.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn answer(&mut self, text: &str) -> std::io::Result<()> {
        let frame = framed(text.as_bytes());
        let now = Instant::now();
        self.bound(now + LONGEST_WRITE, now + LONGEST_WRITE);
        match self {
            Self::Open(stream) => stream.write_all(&frame),
            Self::Encrypted(stream) => stream.write_all(&frame).and_then(|()| stream.flush()),
        }
    }

    /// Whether the two have not agreed on keys yet.
    pub(super) fn is_beginning(&self) -> bool {
        matches!(self, Self::Encrypted(stream) if stream.conn.is_handshaking())
    }

    /// Says that nothing more comes, so that the sender knows that nothing was cut off.
    pub(super) fn close(mut self) {
        if let Self::Encrypted(stream) = &mut self {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn whoever_takes_an_answer_byte_by_byte_holds_it_up_no_longer_than_the_limit() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().unwrap();
        let begun = Instant::now();
        let limit = Duration::from_millis(300);
        let mut bounded = Bounded { stream, until: begun, write_until: begun + limit };
        let drain = std::thread::spawn(move || {
            let mut byte = [0; 4096];
            while sender.read(&mut byte).is_ok_and(|read| read > 0) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        let failed = bounded.write_all(&vec![b'x'; 64 << 20]).unwrap_err();
        assert!(matches!(failed.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock), "{failed}");
        assert!(begun.elapsed() >= limit && begun.elapsed() < limit * 10, "{:?}", begun.elapsed());
        drop(bounded);
        drain.join().unwrap();
    }
}
