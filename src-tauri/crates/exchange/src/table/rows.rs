//! The data rows of a table. A row that does not have the table's width is read with certainty or not at all.

use std::borrow::Cow;

use rustcare_model::reason::{Reason, Why};

use super::Table;
use super::records::{Cut, Delimiter, Fault, Record, Records};

/// One row of data.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// Its first line in the file, from 1.
    pub line: u64,
    /// As it stands in the file.
    pub text: &'a str,
    /// Its values, as many as there are columns, or what a person must decide.
    pub cells: Result<Vec<Cow<'a, str>>, Why>,
    /// Its values when they are too few or too many.
    pub miscounted: Option<Vec<Cow<'a, str>>>,
    /// Another delimiter than the rest has, by which it was read.
    pub other_delimiter: Option<Delimiter>,
}

/// The data rows of a table; blank ones are passed over and counted.
#[derive(Debug)]
pub struct Rows<'a> {
    table: &'a Table,
    records: Records<'a>,
    above: usize,
    /// Rows that hold nothing.
    pub blank: u64,
}

impl<'a> Rows<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table, records: Records::new(&table.text, table.dialect.cut()), above: table.above, blank: 0 }
    }

    fn read(&self, record: Record<'a>) -> Row<'a> {
        let Record { line, text, cells, .. } = record;
        let width = self.table.names.len();
        let row = |cells, other_delimiter| Row { line, text, cells, miscounted: None, other_delimiter };
        if self.table.gaps && text.contains('\u{FFFD}') {
            return row(Err(Reason::TableTextUndecodable.into()), None);
        }
        match cells {
            Ok(cells) if cells.len() == width => {
                let again = !self.table.header.is_empty()
                    && cells.iter().zip(&self.table.header).all(|(c, h)| c.trim() == h);
                row(if again { Err(Reason::TableHeaderAgain.into()) } else { Ok(cells) }, None)
            }
            refused => {
                if let Some((cells, delimiter)) = self.by_another_delimiter(text) {
                    return row(Ok(cells), Some(delimiter));
                }
                match refused {
                    Err(Fault::QuoteStray) => row(Err(Reason::TableQuoteStray.into()), None),
                    Err(Fault::QuoteOpen) => row(Err(Reason::TableQuoteOpen.into()), None),
                    Ok(cells) => {
                        let reason = if cells.len() < width {
                            Reason::TableValuesFew
                        } else {
                            Reason::TableValuesMany
                        };
                        let why = reason.with("found", cells.len()).with("expected", width);
                        Row { miscounted: Some(cells), ..row(Err(why), None) }
                    }
                }
            }
        }
    }

    /// The values by the one other delimiter that gives exactly the table's width. Two values, or one, could be chance.
    fn by_another_delimiter(&self, text: &'a str) -> Option<(Vec<Cow<'a, str>>, Delimiter)> {
        let width = self.table.names.len();
        let own = self.table.dialect.cut();
        if width < 4 {
            return None;
        }
        let others = Delimiter::ALL.into_iter().filter(|d| d.character() != own.delimiter.character());
        let mut fitting = others.filter(|d| *d != Delimiter::CommaBlank).filter_map(|delimiter| {
            let mut records = Records::new(text, Cut { delimiter, ..own });
            let cells = records.next()?.cells.ok().filter(|cells| cells.len() == width)?;
            records.next().is_none().then_some((cells, delimiter))
        });
        let found = fitting.next()?;
        fitting.next().is_none().then_some(found)
    }
}

impl<'a> Iterator for Rows<'a> {
    type Item = Row<'a>;

    fn next(&mut self) -> Option<Row<'a>> {
        while self.above > 0 {
            self.above -= 1;
            self.records.next()?;
        }
        loop {
            let record = self.records.next()?;
            if !record.is_blank() {
                return Some(self.read(record));
            }
            self.blank += 1;
        }
    }
}
