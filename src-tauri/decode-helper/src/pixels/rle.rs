//! RLE Lossless: PS3.5 annex G.

use super::Samples;
use super::plan::PicturePlan;

/// The samples of one frame; `None` where the coded bytes do not yield them.
pub(super) fn samples(coded: &[u8], plan: &PicturePlan) -> Option<Samples> {
    let pixels = plan.rows as usize * plan.columns as usize;
    let colours = plan.samples_per_pixel as usize;
    let depth = plan.bits_allocated as usize / 8;
    let segments = segments(coded)?;
    if segments.len() != colours * depth {
        return None;
    }
    if depth == 1 {
        let mut samples = vec![0; pixels * colours];
        for (colour, segment) in segments.iter().enumerate() {
            unpack(segment, &mut samples, colour, colours, pixels)?;
        }
        return Some(Samples::Bytes(samples));
    }
    // The most significant byte's segment comes first; of 32 bits at most the lower 16 hold the value.
    let mut bytes = vec![0; pixels * colours * 2];
    for (index, segment) in segments.iter().enumerate() {
        let (colour, significance) = (index / depth, depth - 1 - index % depth);
        if significance < 2 {
            unpack(segment, &mut bytes, colour * 2 + significance, colours * 2, pixels)?;
        }
    }
    Some(Samples::Words(bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect()))
}

/// The segments by the RLE header: a count and fifteen offsets, 32-bit little-endian (G.5).
fn segments(coded: &[u8]) -> Option<Vec<&[u8]>> {
    let word = |index: usize| -> Option<usize> {
        let bytes = coded.get(index * 4..index * 4 + 4)?;
        Some(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize)
    };
    let count = word(0)?;
    if !(1..=15).contains(&count) {
        return None;
    }
    (0..count)
        .map(|index| {
            let start = word(1 + index)?;
            let end = if index + 1 < count { word(2 + index)? } else { coded.len() };
            coded.get(start..end)
        })
        .collect()
}

/// Unpacks `count` bytes (G.3.2) into every `step`-th place of `samples` from `first` on.
fn unpack(segment: &[u8], samples: &mut [u8], first: usize, step: usize, count: usize) -> Option<()> {
    let mut rest = segment;
    let mut places = samples.get_mut(first..)?.iter_mut().step_by(step).take(count);
    let mut left = count;
    while left > 0 {
        let (&control, after) = rest.split_first()?;
        let control = control as i8;
        if control >= 0 {
            let run = control as usize + 1;
            let literal = after.get(..run)?;
            for (byte, place) in literal.iter().take(left).zip(places.by_ref()) {
                *place = *byte;
            }
            left -= run.min(left);
            rest = &after[run..];
        } else if control != -128 {
            let run = (1 - isize::from(control)) as usize;
            let (&byte, after) = after.split_first()?;
            places.by_ref().take(run.min(left)).for_each(|place| *place = byte);
            left -= run.min(left);
            rest = after;
        } else {
            rest = after;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_literals_are_unpacked_and_nothing_beyond_the_picture() {
        let mut samples = [0; 6];
        // literal 1 2, no-operation, three times 9, then more than the picture needs
        unpack(&[1, 1, 2, 0x80, 0xFE, 9, 0xFB, 7], &mut samples, 0, 1, 6).unwrap();
        assert_eq!(samples, [1, 2, 9, 9, 9, 7]);
    }

    #[test]
    fn a_segment_that_ends_early_is_damaged() {
        let mut samples = [0; 6];
        assert!(unpack(&[1, 1], &mut samples, 0, 1, 6).is_none());
        assert!(unpack(&[0xFE, 9], &mut samples, 0, 1, 6).is_none());
    }

    #[test]
    fn a_header_that_lies_is_damaged() {
        assert!(segments(&[255, 255, 255, 255]).is_none());
        let mut header = [0; 64];
        header[0] = 1;
        header[4] = 200;
        assert!(segments(&header).is_none());
    }
}
