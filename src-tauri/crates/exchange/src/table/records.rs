//! Records of a text in one dialect, each with its true line and its text as it stands in the file.
//!
//! The `csv` crate reads on through a stray quotation mark, takes whole lines into one value and tells neither; here
//! such a record is a fault of its own line, and the next line is read as if nothing had been.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A quoted value longer than this was never closed.
const LONGEST_QUOTED: usize = 1 << 20;

/// What stands between the values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
    /// A comma and blanks that belong to it.
    CommaBlank,
}

impl Delimiter {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 5] = [Self::Comma, Self::Semicolon, Self::Tab, Self::Pipe, Self::CommaBlank];

    /// The one character.
    pub fn character(self) -> char {
        char::from(self.byte())
    }

    fn byte(self) -> u8 {
        match self {
            Self::Comma | Self::CommaBlank => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// What a value is put between when it holds the delimiter or a line end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum Quote {
    Double,
    Single,
    None,
}

impl Quote {
    pub(super) fn byte(self) -> Option<u8> {
        match self {
            Self::Double => Some(b'"'),
            Self::Single => Some(b'\''),
            Self::None => None,
        }
    }
}

/// What ends a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // each name says it
pub enum RecordEnd {
    CrLf,
    Lf,
    Cr,
}

/// How a text is cut into records and values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// Between values.
    pub delimiter: Delimiter,
    /// Around values.
    pub quote: Quote,
    /// A backslash before a quotation mark or a backslash takes its meaning away.
    pub backslash: bool,
    /// After records.
    pub record_end: RecordEnd,
}

/// Why a record cannot be cut into values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Something stands between a closing quotation mark and the next delimiter.
    QuoteStray,
    /// A quotation mark is never closed.
    QuoteOpen,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    /// Line of its first character in the file, from 1.
    pub line: u64,
    /// As it stands in the file, without its end.
    pub text: &'a str,
    /// Delimiters with a blank behind them, outside quoted values; counted where the blank belongs to the delimiter.
    pub spaced: usize,
    /// The values, or why there are none.
    pub cells: Result<Vec<Cow<'a, str>>, Fault>,
}

impl Record<'_> {
    /// Whether it holds nothing at all: an empty line, or delimiters only.
    pub fn is_blank(&self) -> bool {
        self.cells.as_ref().is_ok_and(|cells| cells.iter().all(|c| c.trim().is_empty()))
    }
}

/// Reads the records of a text.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    text: &'a str,
    cut: Cut,
    at: usize,
    line: u64,
}

struct CutRecord<'a> {
    cells: Vec<Cow<'a, str>>,
    end: usize,
    spaced: usize,
}

impl<'a> Records<'a> {
    /// From the beginning.
    pub fn new(text: &'a str, cut: Cut) -> Self {
        Self { text, cut, at: 0, line: 1 }
    }

    /// The length of the record end at a place, 0 when there is none.
    fn end_at(&self, at: usize) -> usize {
        let bytes = self.text.as_bytes();
        match (self.cut.record_end, bytes.get(at)) {
            (RecordEnd::Cr, Some(b'\r')) => 1,
            (RecordEnd::Lf | RecordEnd::CrLf, Some(b'\n')) => 1,
            (RecordEnd::Lf | RecordEnd::CrLf, Some(b'\r')) if bytes.get(at + 1) == Some(&b'\n') => 2,
            _ => 0,
        }
    }

    fn line_end(&self, from: usize) -> usize {
        (from..self.text.len()).find(|at| self.end_at(*at) > 0).unwrap_or(self.text.len())
    }

    /// Cuts the record at `from`; answers with its values and the place behind the last.
    fn cut(&self, from: usize) -> Result<CutRecord<'a>, Fault> {
        let bytes = self.text.as_bytes();
        let delimiter = self.cut.delimiter.byte();
        let mut cells = Vec::new();
        let mut at = from;
        let mut spaced = 0;
        loop {
            if self.cut.delimiter == Delimiter::CommaBlank {
                let blanks = blanks(&bytes[at..]);
                spaced += usize::from(blanks > 0 && !cells.is_empty());
                at += blanks;
            }
            let quoted = self.cut.quote.byte().filter(|q| bytes.get(at) == Some(q));
            let cell = match quoted {
                Some(quote) => {
                    let (cell, behind) = self.quoted(at + 1, quote)?;
                    at = behind + blanks(&bytes[behind..]);
                    if at < bytes.len() && bytes[at] != delimiter && self.end_at(at) == 0 {
                        return Err(Fault::QuoteStray);
                    }
                    cell
                }
                None => {
                    let start = at;
                    while at < bytes.len() && bytes[at] != delimiter && self.end_at(at) == 0 {
                        at += 1;
                    }
                    Cow::Borrowed(&self.text[start..at])
                }
            };
            cells.push(cell);
            if bytes.get(at) != Some(&delimiter) {
                return Ok(CutRecord { cells, end: at, spaced });
            }
            at += 1;
        }
    }

    /// Reads a quoted value from behind its opening mark; answers with the place behind the closing one.
    fn quoted(&self, from: usize, quote: u8) -> Result<(Cow<'a, str>, usize), Fault> {
        let bytes = self.text.as_bytes();
        let mut own: Option<String> = None;
        let (mut start, mut at) = (from, from);
        loop {
            let (Some(&c), true) = (bytes.get(at), at - from <= LONGEST_QUOTED) else {
                return Err(Fault::QuoteOpen);
            };
            let next = bytes.get(at + 1).copied();
            let escaped = self.cut.backslash && c == b'\\' && next.is_some_and(|n| n == quote || n == b'\\');
            if escaped || (c == quote && next == Some(quote)) {
                own.get_or_insert_default().push_str(&self.text[start..at]);
                start = at + 1;
                at += 2;
            } else if c == quote {
                let last = &self.text[start..at];
                let cell = match own {
                    Some(own) => Cow::Owned(own + last),
                    None => Cow::Borrowed(last),
                };
                return Ok((cell, at + 1));
            } else {
                at += 1;
            }
        }
    }

    fn lines_in(&self, text: &str) -> u64 {
        let bytes = text.as_bytes();
        let ends = |at: usize| match bytes[at] {
            b'\n' => self.cut.record_end != RecordEnd::Cr || at == 0 || bytes[at - 1] != b'\r',
            b'\r' => self.cut.record_end == RecordEnd::Cr,
            _ => false,
        };
        (0..bytes.len()).filter(|at| ends(*at)).count() as u64
    }
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|b| **b == b' ').count()
}

impl<'a> Iterator for Records<'a> {
    type Item = Record<'a>;

    fn next(&mut self) -> Option<Record<'a>> {
        let from = self.at;
        if from >= self.text.len() {
            return None;
        }
        let (cells, end, spaced) = match self.cut(from) {
            Ok(CutRecord { cells, end, spaced }) => (Ok(cells), end, spaced),
            // Only its own line is lost to a fault: what follows is read on its own.
            Err(fault) => (Err(fault), self.line_end(from), 0),
        };
        let line = self.line;
        self.at = end + self.end_at(end);
        self.line += self.lines_in(&self.text[from..self.at]);
        Some(Record { line, text: &self.text[from..end], spaced, cells })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USUAL: Cut = Cut {
        delimiter: Delimiter::Comma,
        quote: Quote::Double,
        backslash: false,
        record_end: RecordEnd::Lf,
    };

    fn cells(text: &str, cut: Cut) -> Vec<(u64, Result<Vec<String>, Fault>)> {
        Records::new(text, cut)
            .map(|r| (r.line, r.cells.map(|c| c.iter().map(|c| c.to_string()).collect())))
            .collect()
    }

    fn row(cells: &[&str]) -> Result<Vec<String>, Fault> {
        Ok(cells.iter().map(|c| (*c).to_owned()).collect())
    }

    #[test]
    fn a_line_end_inside_a_value_counts_as_a_line() {
        let read = cells("a,b\n\"x\ny\",2\n3,4", USUAL);
        assert_eq!(read, [(1, row(&["a", "b"])), (2, row(&["x\ny", "2"])), (4, row(&["3", "4"]))]);
    }

    #[test]
    fn a_stray_mark_spoils_its_own_line_only() {
        let read = cells("\"a\",\"\"b\",\"c\"\n\"1\",\"2\",\"3\"\n", USUAL);
        assert_eq!(read, [(1, Err(Fault::QuoteStray)), (2, row(&["1", "2", "3"]))]);
        let read = cells("\"a\",\"b\n\"1\",\"2\"\n", USUAL);
        assert_eq!(read, [(1, Err(Fault::QuoteStray)), (2, row(&["1", "2"]))]);
        let read = cells("1,2\n3,\"4\n5,6\n", USUAL);
        assert_eq!(read, [(1, row(&["1", "2"])), (2, Err(Fault::QuoteOpen)), (3, row(&["5", "6"]))]);
    }

    #[test]
    fn a_mark_inside_a_bare_value_is_a_letter() {
        assert_eq!(cells("1,5'11\" tall\n", USUAL), [(1, row(&["1", "5'11\" tall"]))]);
    }

    /// Written as such a program writes it: every value between marks, or none where nothing asks for them.
    fn written(table: &[Vec<String>], cut: Cut, all: bool) -> String {
        let end = match cut.record_end {
            RecordEnd::CrLf => "\r\n",
            RecordEnd::Lf => "\n",
            RecordEnd::Cr => "\r",
        };
        let delimiter = match cut.delimiter {
            Delimiter::CommaBlank => ", ".to_owned(),
            other => other.character().to_string(),
        };
        let mark = if cut.quote == Quote::Single { "'" } else { "\"" };
        let cell = |text: &String| {
            let special = text.is_empty()
                || text.starts_with(' ')
                || text.contains(['\n', '\r', '\\', '"', '\'', ',', ';', '\t', '|']);
            if !all && !special {
                return text.clone();
            }
            let inner = if cut.backslash {
                text.replace('\\', "\\\\").replace(mark, &format!("\\{mark}"))
            } else {
                text.replace(mark, &mark.repeat(2))
            };
            format!("{mark}{inner}{mark}")
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join(&delimiter) + end;
        table.iter().map(line).collect()
    }

    proptest! {
        #[test]
        fn a_table_written_in_any_dialect_reads_back_equal(
            table in prop::collection::vec(prop::collection::vec("[a-zé \"',;|\\\\\t\n\r]{0,8}", 1..5), 1..8),
            delimiter in prop::sample::select(Delimiter::ALL.to_vec()),
            single: bool, backslash: bool, all: bool,
            record_end in prop::sample::select(vec![RecordEnd::CrLf, RecordEnd::Lf, RecordEnd::Cr]),
        ) {
            let quote = if single { Quote::Single } else { Quote::Double };
            let cut = Cut { delimiter, quote, backslash, record_end };
            let text = written(&table, cut, all);
            let read: Vec<Vec<String>> =
                cells(&text, cut).into_iter().map(|(_, cells)| cells.expect("well formed")).collect();
            prop_assert_eq!(read, table);
        }

        #[test]
        fn no_text_is_lost_whatever_it_holds(text in "[ab\"',;\\\\\t\n\r ]{0,200}", single: bool, backslash: bool) {
            let quote = if single { Quote::Single } else { Quote::Double };
            for delimiter in Delimiter::ALL {
                for record_end in [RecordEnd::Lf, RecordEnd::Cr] {
                    let cut = Cut { delimiter, quote, backslash, record_end };
                    let kept: String = Records::new(&text, cut).map(|r| r.text.to_owned()).collect();
                    let letters = |t: &str| t.replace(['\n', '\r'], "");
                    prop_assert_eq!(letters(&kept), letters(&text));
                }
            }
        }

        #[test]
        fn ordinary_text_reads_as_the_csv_crate_reads_it(
            table in prop::collection::vec(prop::collection::vec("[a-z \",\n]{0,6}", 3), 1..6),
        ) {
            let text = written(&table, USUAL, false);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let theirs: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let ours: Vec<Vec<String>> = cells(&text, USUAL).into_iter().map(|(_, c)| c.unwrap()).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
