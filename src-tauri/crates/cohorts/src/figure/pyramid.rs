//! Ages of women and men, back to back.

use super::drawing::{Anchor, COLOURS, Drawing, INK, QUIET};
use super::strata::band;
use super::words::{Word, shown};
use super::{count, push_row};
use crate::language::Language;
use crate::review::AgeSexCounts;

/// One row a band of ten years.
#[must_use]
pub fn csv(counts: &AgeSexCounts) -> String {
    let mut out = String::from("age,female,male\r\n");
    for own in &counts.bands {
        push_row(&mut out, &[band(Some(own.age_from), Language::En), count(own.female), count(own.male)]);
    }
    out
}

/// Women to the left, men to the right, the oldest on top.
#[must_use]
pub fn drawing(counts: &AgeSexCounts, language: Language) -> Drawing {
    const ROW: f64 = 26.0;
    const MIDDLE: f64 = 480.0;
    const GAP: f64 = 36.0;
    const ROOM: f64 = 340.0;
    let both = counts.bands.iter().flat_map(|own| [own.female, own.male]);
    let most = both.flatten().max().unwrap_or(1).max(1) as f64;
    let height = 86.0 + ROW * counts.bands.len() as f64;
    let mut drawing = Drawing::new(960, height as u32, Word::Ages.wording(language));
    drawing.text((MIDDLE - GAP, 56.0), Anchor::End, QUIET, Word::Women.wording(language));
    drawing.text((MIDDLE + GAP, 56.0), Anchor::Start, QUIET, Word::Men.wording(language));
    for (at, own) in counts.bands.iter().rev().enumerate() {
        let y = 66.0 + ROW * at as f64;
        let length = |count: Option<u64>| count.map_or(0.0, |count| count as f64 * ROOM / most);
        drawing.text((MIDDLE, y + 15.0), Anchor::Middle, INK, &band(Some(own.age_from), language));
        let (female, male) = (length(own.female), length(own.male));
        drawing.rectangle((MIDDLE - GAP - female, y), (female, 20.0), COLOURS[1]);
        drawing.rectangle((MIDDLE + GAP, y), (male, 20.0), COLOURS[0]);
        drawing.text((MIDDLE - GAP - female - 6.0, y + 15.0), Anchor::End, INK, &shown(own.female, language));
        drawing.text((MIDDLE + GAP + male + 6.0, y + 15.0), Anchor::Start, INK, &shown(own.male, language));
    }
    drawing
}
