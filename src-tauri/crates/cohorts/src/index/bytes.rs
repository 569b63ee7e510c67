//! Arrays of numbers as bytes, little end first, each with its length before it.

use std::io::{self, Write};

/// The bytes are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Corrupt;

/// Numbers turned into bytes at a time.
const BATCH: usize = 16_384;

pub(super) fn put_u64(out: &mut impl Write, value: u64) -> io::Result<()> {
    out.write_all(&value.to_le_bytes())
}

pub(super) fn put_u8s(out: &mut impl Write, values: &[u8]) -> io::Result<()> {
    put_u64(out, values.len() as u64)?;
    out.write_all(values)
}

macro_rules! put {
    ($name:ident, $number:ty) => {
        pub(super) fn $name(out: &mut impl Write, values: &[$number]) -> io::Result<()> {
            put_u64(out, values.len() as u64)?;
            let mut buffer = Vec::with_capacity(BATCH * size_of::<$number>());
            for batch in values.chunks(BATCH) {
                buffer.clear();
                for value in batch {
                    buffer.extend_from_slice(&value.to_le_bytes());
                }
                out.write_all(&buffer)?;
            }
            Ok(())
        }
    };
}
put!(put_u16s, u16);
put!(put_u32s, u32);
put!(put_i32s, i32);
put!(put_i64s, i64);

/// Bytes that are taken off from the front.
pub(super) struct Bytes<'a>(pub &'a [u8]);

macro_rules! take {
    ($name:ident, $number:ty) => {
        pub(super) fn $name(&mut self) -> Result<Vec<$number>, Corrupt> {
            const WIDTH: usize = size_of::<$number>();
            let length = usize::try_from(self.u64()?).map_err(|_| Corrupt)?;
            let bytes = self.front(length.checked_mul(WIDTH).ok_or(Corrupt)?)?;
            let (numbers, _) = bytes.as_chunks::<WIDTH>();
            Ok(numbers.iter().map(|bytes| <$number>::from_le_bytes(*bytes)).collect())
        }
    };
}

impl<'a> Bytes<'a> {
    pub(super) fn front(&mut self, length: usize) -> Result<&'a [u8], Corrupt> {
        let (front, rest) = self.0.split_at_checked(length).ok_or(Corrupt)?;
        self.0 = rest;
        Ok(front)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Corrupt> {
        let bytes = self.front(8)?;
        Ok(u64::from_le_bytes(bytes.try_into().map_err(|_| Corrupt)?))
    }

    take!(u8s, u8);
    take!(u16s, u16);
    take!(u32s, u32);
    take!(i32s, i32);
    take!(i64s, i64);
}
