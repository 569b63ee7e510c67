//! How a table is written: detected from its first records, shown, and corrected by whoever knows better.
//!
//! Each way of cutting that the text gives reason to try is tried on the same sample; the one that gives the most
//! records of one width, and the widest, wins (after van den Burg, Nazábal and Sutton, *Wrangling messy CSV files by
//! detecting row and type patterns*, 2019, without its types).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::records::{Cut, Delimiter, Quote, RecordEnd, Records};

/// Bytes that the detection looks at.
const SAMPLE_BYTES: usize = 256 << 10;
/// Records that it looks at.
const SAMPLE_RECORDS: usize = 200;

/// How a table is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct Dialect {
    /// WHATWG name of the encoding.
    pub encoding: String,
    /// Between values.
    pub delimiter: Delimiter,
    /// Around values.
    pub quote: Quote,
    /// A backslash takes the meaning of a quotation mark away.
    pub backslash: bool,
    /// After records.
    pub record_end: RecordEnd,
    /// Rows above the names of the columns.
    pub preamble_rows: usize,
    /// Rows with the names of the columns; 0 when there is none.
    pub header_rows: usize,
}

impl Dialect {
    /// How its text is cut.
    pub fn cut(&self) -> Cut {
        Cut {
            delimiter: self.delimiter,
            quote: self.quote,
            backslash: self.backslash,
            record_end: self.record_end,
        }
    }
}

/// What a person said of the dialect; the rest is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)] // as in Dialect
pub struct DialectChoice {
    pub encoding: Option<String>,
    pub delimiter: Option<Delimiter>,
    pub quote: Option<Quote>,
    pub backslash: Option<bool>,
    pub record_end: Option<RecordEnd>,
    pub preamble_rows: Option<usize>,
    pub header_rows: Option<usize>,
}

/// The beginning of a text, cut at a line end where there is more.
pub(super) fn sample(text: &str) -> &str {
    if text.len() <= SAMPLE_BYTES {
        return text;
    }
    let start = &text.as_bytes()[..SAMPLE_BYTES];
    let end = start.iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
    &text[..end]
}

/// How `text` is cut into records and values.
pub(super) fn detect(text: &str, choice: &DialectChoice) -> Cut {
    let sample = sample(text);
    let record_end = choice.record_end.unwrap_or_else(|| detect_end(sample));
    let quotes = match choice.quote {
        Some(quote) => vec![quote],
        None if starts(sample, '\'') > starts(sample, '"') => vec![Quote::Single, Quote::Double],
        None => vec![Quote::Double],
    };
    let delimiters: Vec<Delimiter> = choice.delimiter.map_or_else(|| Delimiter::ALL.to_vec(), |d| vec![d]);
    let backslashes: &[bool] = match choice.backslash {
        Some(true) => &[true],
        Some(false) => &[false],
        None if sample.contains("\\\"") || sample.contains("\\'") => &[false, true],
        None => &[false],
    };
    let mut best: Option<(f64, Cut)> = None;
    for &quote in &quotes {
        for &delimiter in &delimiters {
            for &backslash in backslashes {
                let cut = Cut { delimiter, quote, backslash, record_end };
                let score = score(sample, cut);
                if best.is_none_or(|(most, _)| score > most + 1e-9) {
                    best = Some((score, cut));
                }
            }
        }
    }
    best.map_or(
        Cut { delimiter: Delimiter::Comma, quote: Quote::Double, backslash: false, record_end },
        |b| b.1,
    )
}

/// The share of records of the most frequent width, times how much that width tells.
fn score(sample: &str, cut: Cut) -> f64 {
    let mut widths = BTreeMap::new();
    let (mut records, mut separators, mut with_blank) = (0_usize, 0_usize, 0_usize);
    for record in Records::new(sample, cut).filter(|r| !r.is_blank()).take(SAMPLE_RECORDS) {
        records += 1;
        if let Ok(cells) = &record.cells {
            *widths.entry(cells.len()).or_insert(0_usize) += 1;
            separators += cells.len() - 1;
            with_blank += record.spaced;
        }
    }
    // A blank after nearly every comma belongs to the comma; after some of them it belongs to the values.
    if cut.delimiter == Delimiter::CommaBlank && with_blank * 10 < separators * 9 {
        return 0.0;
    }
    let (width, count) = widths.into_iter().max_by_key(|(width, count)| (*count, *width)).unwrap_or((1, 0));
    let told = (width as f64 - 1.0) / width as f64;
    let bonus = if cut.delimiter == Delimiter::CommaBlank && width > 1 { 1e-6 } else { 0.0 };
    count as f64 / (records.max(1)) as f64 * told + bonus
}

/// Values that begin with `mark`.
fn starts(sample: &str, mark: char) -> usize {
    let mut before = '\n';
    let mut count = 0;
    for c in sample.chars() {
        if c == mark && matches!(before, '\n' | '\r' | ',' | ';' | '\t' | '|' | ' ') {
            count += 1;
        }
        before = c;
    }
    count
}

fn detect_end(sample: &str) -> RecordEnd {
    let bytes = sample.as_bytes();
    let (mut both, mut lf, mut cr) = (0, 0, 0);
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => inside = !inside,
            b'\n' if !inside && (at == 0 || bytes[at - 1] != b'\r') => lf += 1,
            b'\r' if !inside && bytes.get(at + 1) == Some(&b'\n') => both += 1,
            b'\r' if !inside => cr += 1,
            _ => {}
        }
    }
    if cr > both + lf {
        RecordEnd::Cr
    } else if both > lf {
        RecordEnd::CrLf
    } else {
        RecordEnd::Lf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detected(text: &str) -> Cut {
        detect(text, &DialectChoice::default())
    }

    #[test]
    fn a_decimal_comma_does_not_make_a_comma_table() {
        assert_eq!(detected("id;name;kg\n1;Ana;62,5\n2;Bo;71,0\n").delimiter, Delimiter::Semicolon);
    }

    #[test]
    fn a_blank_belongs_to_the_comma_only_when_it_always_stands_there() {
        assert_eq!(detected("a, b, c\n1, 2, 3\n").delimiter, Delimiter::CommaBlank);
        assert_eq!(detected("a,b,c\n1,x, 3\n4,5,6\n").delimiter, Delimiter::Comma);
    }

    #[test]
    fn backslashes_are_seen_where_they_matter() {
        let text = "id,name\n1,\"Ana \\\"Nita\\\" Ruiz, hija\"\n2,\"Bo\"\n";
        assert!(detected(text).backslash);
        assert!(!detected("id,name\n1,\"C:\\\\x\"\n").backslash);
    }

    #[test]
    fn what_a_person_says_is_kept() {
        let choice = DialectChoice { delimiter: Some(Delimiter::Pipe), ..DialectChoice::default() };
        assert_eq!(detect("a,b\n1,2\n", &choice).delimiter, Delimiter::Pipe);
    }
}
