//! What is said over a connection to the interface, encrypted or not.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustcare_exchange::hl7::mllp::framed;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How soon a thread notices that it shall end.
pub(super) const TICK: Duration = Duration::from_millis(50);
/// Longest wait for a sender to take its acknowledgement.
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
        stream.set_write_timeout(Some(LONGEST_WRITE))?;
        stream.set_nodelay(true)?;
        let stream = Bounded { stream, until: Instant::now() };
        let Some(config) = encryption else { return Ok(Self::Open(stream)) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        Ok(Self::Encrypted(Box::new(StreamOwned::new(connection, stream))))
    }

    /// What has come, within [`TICK`] and a little; [`ErrorKind::WouldBlock`] where that is nothing yet.
    ///
    /// # Errors
    /// The system's; what TLS refuses.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let until = Instant::now() + TICK;
        match self {
            Self::Open(stream) => {
                stream.until = until;
                stream.read(buffer)
            }
            Self::Encrypted(stream) => {
                stream.sock.until = until;
                stream.read(buffer)
            }
        }
    }

    /// Sends an acknowledgement, whole.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn answer(&mut self, text: &str) -> std::io::Result<()> {
        let frame = framed(text.as_bytes());
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
