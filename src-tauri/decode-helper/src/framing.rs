//! Messages on a pipe: `u32` length of the header, header (JSON), `u64` length of the body, body. All little-endian.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest header that is read, in bytes.
const MAX_HEADER_BYTES: u32 = 1 << 20;

/// Why a message could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum FramingError {
    /// The other side closed the pipe between two messages.
    #[error("the other side closed the pipe")]
    Closed,
    /// A declared length is over its limit.
    #[error("a message is over its size limit")]
    OverLimit,
    /// The header is not the JSON that was expected.
    #[error("a message header is not understood")]
    Header,
    /// The pipe failed.
    #[error("the pipe failed: {}", .0.kind())]
    Pipe(io::Error),
}

impl From<io::Error> for FramingError {
    fn from(error: io::Error) -> Self {
        FramingError::Pipe(error)
    }
}

/// Writes one message and flushes.
///
/// # Errors
/// [`FramingError::Pipe`] when the pipe fails, [`FramingError::OverLimit`] when the header is too long.
pub fn write_message<H: Serialize>(
    pipe: &mut impl Write,
    header: &H,
    body: &[u8],
) -> Result<(), FramingError> {
    let header = serde_json::to_vec(header).map_err(|_| FramingError::Header)?;
    let length = u32::try_from(header.len()).map_err(|_| FramingError::OverLimit)?;
    if length > MAX_HEADER_BYTES {
        return Err(FramingError::OverLimit);
    }
    let mut start = Vec::with_capacity(header.len() + 12);
    start.extend_from_slice(&length.to_le_bytes());
    start.extend_from_slice(&header);
    start.extend_from_slice(&(body.len() as u64).to_le_bytes());
    pipe.write_all(&start)?;
    pipe.write_all(body)?;
    pipe.flush()?;
    Ok(())
}

/// Reads one message whose body is at most `max_body` bytes; nothing is allocated beyond the limits.
///
/// # Errors
/// [`FramingError::Closed`] when the pipe ends before the first byte, otherwise what went wrong.
pub fn read_message<H: DeserializeOwned>(
    pipe: &mut impl Read,
    max_body: u64,
) -> Result<(H, Vec<u8>), FramingError> {
    let mut length = [0; 4];
    let mut read = 0;
    while read < length.len() {
        match pipe.read(&mut length[read..]) {
            Ok(0) if read == 0 => return Err(FramingError::Closed),
            Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(count) => read += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_HEADER_BYTES {
        return Err(FramingError::OverLimit);
    }
    let mut header = vec![0; length as usize];
    pipe.read_exact(&mut header)?;
    let header = serde_json::from_slice(&header).map_err(|_| FramingError::Header)?;
    let mut length = [0; 8];
    pipe.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > max_body {
        return Err(FramingError::OverLimit);
    }
    let mut body = Vec::new();
    let wanted = usize::try_from(length).map_err(|_| FramingError::OverLimit)?;
    body.try_reserve_exact(wanted).map_err(|_| FramingError::OverLimit)?;
    pipe.take(length).read_to_end(&mut body)?;
    if body.len() != wanted {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    Ok((header, body))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Request;

    #[test]
    fn a_message_is_read_as_it_was_written() {
        let mut pipe = Vec::new();
        write_message(&mut pipe, &Request::Frame { frame: 7 }, b"body").unwrap();
        let (request, body) = read_message::<Request>(&mut pipe.as_slice(), 4).unwrap();
        assert_eq!(request, Request::Frame { frame: 7 });
        assert_eq!(body, b"body");
    }

    #[test]
    fn a_declared_length_over_the_limit_is_refused_before_it_is_allocated() {
        let mut pipe = Vec::new();
        write_message(&mut pipe, &Request::Describe, b"").unwrap();
        let end = pipe.len();
        pipe[end - 8..].copy_from_slice(&u64::MAX.to_le_bytes());
        let refused = read_message::<Request>(&mut pipe.as_slice(), 1 << 20);
        assert!(matches!(refused, Err(FramingError::OverLimit)));
        let header = u32::MAX.to_le_bytes();
        let refused = read_message::<Request>(&mut header.as_slice(), 1 << 20);
        assert!(matches!(refused, Err(FramingError::OverLimit)));
    }

    #[test]
    fn an_ended_pipe_is_told_from_a_torn_message() {
        let closed = read_message::<Request>(&mut [].as_slice(), 1);
        assert!(matches!(closed, Err(FramingError::Closed)));
        let torn = read_message::<Request>(&mut [9, 0].as_slice(), 1);
        assert!(matches!(torn, Err(FramingError::Pipe(_))));
    }
}
