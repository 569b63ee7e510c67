//! How alike two texts are: `rapidfuzz`'s metrics behind a filter that decides most pairs without running them.
//!
//! The filter is exact. It knows which characters a text has, so it knows how many the two can share at most, and from
//! that the highest Jaro similarity and the lowest edit distance that are possible.

/// Which characters a text has: of a text of digits alone, each digit up to six times; of others, letters up to twice,
/// digits and the blank once. What is beyond that is counted by [`Shape::slack`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shape {
    mask: u64,
    length: u16,
}

/// Marks a text of digits alone.
const NUMBER: u64 = 1 << 63;

impl Shape {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        let length = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let mask = if is_number { Self::digits(text) } else { Self::letters(text) };
        Self { mask, length }
    }

    fn digits(text: &str) -> u64 {
        let mut seen = [0u32; 10];
        let mut mask = NUMBER;
        for digit in text.bytes().map(|b| b - b'0') {
            let times = &mut seen[usize::from(digit)];
            if *times < 6 {
                mask |= 1 << (u32::from(digit) * 6 + *times);
                *times += 1;
            }
        }
        mask
    }

    fn letters(text: &str) -> u64 {
        let mut mask = 0u64;
        for c in text.chars() {
            match c {
                'a'..='z' => {
                    let bit = c as u32 - u32::from(b'a');
                    mask |= if mask >> bit & 1 == 0 { 1 << bit } else { 1 << (bit + 26) };
                }
                '0'..='9' => mask |= 1 << (52 + c as u32 - u32::from(b'0')),
                ' ' => mask |= 1 << 62,
                _ => {}
            }
        }
        mask
    }

    /// Characters.
    pub fn length(self) -> u32 {
        u32::from(self.length)
    }

    fn slack(self) -> u32 {
        self.length().saturating_sub((self.mask & !NUMBER).count_ones())
    }

    /// Characters that the two can have in common at most.
    fn shared(self, other: Self) -> u32 {
        if (self.mask ^ other.mask) & NUMBER != 0 {
            return self.length().min(other.length());
        }
        (self.mask & other.mask & !NUMBER).count_ones() + self.slack().min(other.slack())
    }

    /// The highest Jaro similarity that is possible.
    fn jaro_at_most(self, other: Self) -> f64 {
        if self.length == 0 || other.length == 0 {
            return 0.0;
        }
        let shared = f64::from(self.shared(other));
        (shared / f64::from(self.length) + shared / f64::from(other.length) + 1.0) / 3.0
    }

    /// The lowest edit distance that is possible.
    fn distance_at_least(self, other: Self) -> u32 {
        self.length().max(other.length()) - self.shared(other).min(self.length().max(other.length()))
    }
}

/// A text and its shape.
#[derive(Debug, Clone, Copy)]
pub struct Shaped<'a> {
    /// The text.
    pub text: &'a str,
    /// Its shape.
    pub shape: Shape,
}

impl<'a> Shaped<'a> {
    fn is_ascii(self) -> bool {
        self.text.len() == usize::from(self.shape.length)
    }

    /// Shapes a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, shape: Shape::of(text) }
    }
}

/// Jaro-Winkler similarity, or 0 when it is below `least` (0.7 or more).
pub fn jaro_winkler(a: Shaped<'_>, b: Shaped<'_>, least: f64) -> f64 {
    let at_most = a.shape.jaro_at_most(b.shape);
    // Winkler's bonus for a common beginning of up to four characters is only given above 0.7.
    if at_most < 0.7 {
        return 0.0;
    }
    let prefix = a.text.chars().zip(b.text.chars()).take(4).take_while(|(x, y)| x == y).count();
    // A hair of tolerance: the bound and the metric round differently.
    if at_most + 0.1 * prefix as f64 * (1.0 - at_most) < least - 1e-9 {
        return 0.0;
    }
    let least_of_it = rapidfuzz::distance::jaro_winkler::Args::default().score_cutoff(least);
    let similarity = if a.is_ascii() && b.is_ascii() {
        rapidfuzz::distance::jaro_winkler::similarity_with_args(a.text.bytes(), b.text.bytes(), &least_of_it)
    } else {
        rapidfuzz::distance::jaro_winkler::similarity_with_args(a.text.chars(), b.text.chars(), &least_of_it)
    };
    similarity.unwrap_or(0.0)
}

/// Damerau-Levenshtein distance (insertions, deletions, substitutions, swaps of neighbours), at most `limit + 1`.
pub fn distance(a: Shaped<'_>, b: Shaped<'_>, limit: u32) -> u32 {
    if a.text == b.text {
        return 0;
    }
    if a.shape.distance_at_least(b.shape) > limit {
        return limit + 1;
    }
    let most = rapidfuzz::distance::damerau_levenshtein::Args::default().score_cutoff(limit as usize);
    let distance = if a.is_ascii() && b.is_ascii() {
        rapidfuzz::distance::damerau_levenshtein::distance_with_args(a.text.bytes(), b.text.bytes(), &most)
    } else {
        rapidfuzz::distance::damerau_levenshtein::distance_with_args(a.text.chars(), b.text.chars(), &most)
    };
    distance.map_or(limit + 1, |d| d as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn published_values() {
        let jw = |a, b| jaro_winkler(Shaped::new(a), Shaped::new(b), 0.7);
        // Winkler 1990, table of examples.
        assert!((jw("martha", "marhta") - 0.9611).abs() < 1e-4);
        assert!((jw("dwayne", "duane") - 0.84).abs() < 1e-4);
        assert!((jw("dixon", "dicksonx") - 0.8133).abs() < 1e-4);
        assert_eq!(distance(Shaped::new("a cat"), Shaped::new("an act"), 2), 2);
        assert_eq!(distance(Shaped::new("ca"), Shaped::new("abc"), 2), 2);
    }

    proptest! {
        #[test]
        fn the_filter_never_changes_a_result(
            a in "[a-d0-2é ]{0,12}|[0-3]{0,9}",
            b in "[a-d0-2é ]{0,12}|[0-3]{0,9}",
            limit in 1u32..3,
            least in prop::sample::select(vec![0.7, 0.88, 0.92]),
        ) {
            let (x, y) = (Shaped::new(&a), Shaped::new(&b));
            let plain = strsim::jaro_winkler(&a, &b);
            let expected = if plain < least || a.is_empty() || b.is_empty() { 0.0 } else { plain };
            prop_assert!((jaro_winkler(x, y, least) - expected).abs() < 1e-12, "{} {}", plain, least);
            prop_assert_eq!(jaro_winkler(y, x, least), jaro_winkler(x, y, least));
            let plain = strsim::damerau_levenshtein(&a, &b) as u32;
            prop_assert_eq!(distance(x, y, limit), plain.min(limit + 1));
        }
    }
}
