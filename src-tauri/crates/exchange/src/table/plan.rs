//! What becomes of each row, told the same way to the dry run and to the writer.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::civil::Date;
use rustcare_model::Severity;
use rustcare_model::birth::Birth;
use rustcare_model::name::folded;
use rustcare_model::patient::Demographics;
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::table::resource;

use super::columns::{Field, suggested};
use super::dates::{ColumnOrder, Observed};
use super::full_name;
use super::person::{ReadRow, Reading, Remark, read_row};
use super::rows::{Row, Rows};
use super::sex::Letters;
use super::{Table, TableChoice};
use crate::import::{Body, Piece};

/// What a person must say before anything is brought in.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub column: Option<String>,
    pub why: Why,
}

/// How a table will be brought in.
pub(super) struct Plan<'a> {
    pub table: &'a Table,
    pub reading: Reading,
    pub open: Vec<Open>,
    /// Columns whose values are secrets, by their field or by their name.
    secret: Vec<bool>,
    file: Arc<str>,
}

/// One row with what becomes of it.
pub(super) struct PlannedRow<'a> {
    pub row: Row<'a>,
    pub remarks: Vec<Remark>,
    pub fate: RowFate,
    /// Line of an earlier row of the same name, birth and sex.
    pub twin: Option<u64>,
}

/// What becomes of a row, as far as the file tells.
pub(super) enum RowFate {
    /// To be written.
    Person(Box<Piece>),
    Refused,
    /// A question is open.
    Open,
}

impl<'a> Plan<'a> {
    pub(super) fn new(table: &'a Table, choice: &TableChoice, today: Date, phone_region: &str) -> Self {
        let fields = table.fields(choice);
        let at = |field: Field| fields.iter().position(|f| *f == field);
        let mut letters =
            at(Field::Sex).map_or_else(Letters::default, |at| Letters::of_column(&table.names[at]));
        let mut observed = vec![Observed::default(); fields.len()];
        let mut unordered_names = 0_u64;
        let mut rows = 0_u64;
        for row in table.rows() {
            rows += 1;
            let Ok(cells) = &row.cells else { continue };
            for ((cell, field), observed) in cells.iter().zip(&fields).zip(&mut observed) {
                if field.is_date() {
                    observed.observe(cell, today);
                } else if *field == Field::Sex {
                    letters.observe(cell);
                } else if *field == Field::FullName && full_name::split(cell, choice.name_order).is_none() {
                    unordered_names += 1;
                }
            }
        }
        let said = choice.date_order.map(|order| ColumnOrder::Decided { order });
        let orders: Vec<ColumnOrder> = observed.iter().map(|o| said.unwrap_or_else(|| o.order())).collect();
        let mut open = questions(table, choice, &fields, &orders, rows);
        if unordered_names > 0 {
            let column = at(Field::FullName).map(|at| table.names[at].clone());
            open.push(Open { column, why: Reason::TableNameOrder.with("count", unordered_names) });
        }
        let secret =
            table.names.iter().zip(&fields).map(|(n, f)| f.is_secret() || suggested(n).is_secret()).collect();
        let reading = Reading {
            fields,
            orders,
            letters,
            name_order: choice.name_order,
            system: table.system(choice),
            today,
            phone_region: phone_region.to_owned(),
        };
        Self { table, reading, open, secret, file: table.file.as_str().into() }
    }

    /// The rows with what becomes of them.
    pub(super) fn rows(&self) -> PlannedRows<'_> {
        PlannedRows { plan: self, rows: self.table.rows(), by_id: HashMap::new(), by_person: HashMap::new() }
    }

    /// The row's text for a person to look at, without the secrets in it.
    pub(super) fn shown(&self, row: &Row<'_>) -> String {
        match &row.cells {
            Ok(cells) => {
                let secrets =
                    cells.iter().zip(&self.secret).filter(|(c, secret)| **secret && !c.trim().is_empty());
                secrets.fold(row.text.to_owned(), |text, (cell, _)| text.replace(cell.as_ref(), "•••"))
            }
            Err(_) if self.secret.contains(&true) => without_long_numbers(row.text),
            Err(_) => row.text.to_owned(),
        }
    }

    /// The row as a record of ordinary CSV to be corrected and brought in again: its values without the secrets, or its whole
    /// text as one value when it cannot be cut.
    pub(super) fn handed_back(&self, row: &Row<'_>) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let any_secret = self.secret.contains(&true);
        let written = match (&row.cells, &row.miscounted) {
            (Ok(cells), _) => {
                let kept =
                    cells.iter().zip(&self.secret).map(|(c, secret)| if *secret { "" } else { c.as_ref() });
                writer.write_record(kept)
            }
            // Which of them is the secret one cannot be told: no value that could be is handed back.
            (Err(_), Some(cells)) => {
                let kept = |c: &Cow<'_, str>| {
                    let long = any_secret && without_long_numbers(c) != c.as_ref();
                    if long { String::new() } else { c.to_string() }
                };
                writer.write_record(cells.iter().map(kept))
            }
            (Err(_), None) => writer.write_record([self.shown(row)]),
        };
        let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default().trim_end_matches(['\r', '\n']).to_owned()
    }

    /// The values of a row as they are kept beside the patient.
    fn source(&self, cells: &[Cow<'_, str>]) -> String {
        let kept: serde_json::Map<String, serde_json::Value> = self
            .table
            .names
            .iter()
            .zip(cells)
            .zip(&self.secret)
            .filter(|(_, secret)| !**secret)
            .map(|((name, cell), _)| (name.clone(), cell.as_ref().into()))
            .collect();
        serde_json::Value::from(kept).to_string()
    }

    /// The same content, read the same way, has the same hash: the values, the fields they are taken for, and what became of
    /// those that the column as a whole decides.
    fn hash(&self, source: &str, read: &Demographics) -> [u8; 16] {
        let mut text = source.to_owned();
        for (name, field) in self.table.names.iter().zip(&self.reading.fields) {
            text.push_str(&format!("\u{1e}{name}\u{1f}{}", field.name()));
        }
        // An estimated age is counted from the day of the import: the value, not the day, is the content.
        let born = match &read.birth {
            Birth::Estimated { .. } => None,
            known => known.reference_day(),
        };
        if self.reading.fields.contains(&Field::FullName) {
            text.push_str(&format!("\u{1e}{:?}", self.reading.name_order));
        }
        short(&format!("{text}\u{1e}{born:?}\u{1f}{:?}\u{1f}{}", read.deceased_on, read.sex.as_str()))
    }
}

/// What must be said before anything can be brought in.
fn questions(
    table: &Table,
    choice: &TableChoice,
    fields: &[Field],
    orders: &[ColumnOrder],
    rows: u64,
) -> Vec<Open> {
    let mut open = Vec::new();
    let mut ask = |column: Option<&String>, why: Why| open.push(Open { column: column.cloned(), why });
    if rows == 0 {
        ask(None, Reason::TableEmpty.into());
    }
    if !fields.iter().any(|f| matches!(f, Field::FullName | Field::GivenName | Field::FamilyName)) {
        ask(None, Reason::TableNameColumn.into());
    }
    for (at, (name, field)) in table.names.iter().zip(fields).enumerate() {
        if *field != Field::LeaveOut && fields[..at].contains(field) {
            ask(Some(name), Reason::TableFieldTwice.into());
        }
        if let (true, ColumnOrder::Open { day_first, month_first, year_first }) =
            (field.is_date(), orders[at])
        {
            let why = Reason::TableDateOrder
                .with("day_first", day_first)
                .with("month_first", month_first)
                .with("year_first", year_first);
            ask(Some(name), why);
        }
    }
    for name in choice.columns.keys().filter(|name| !table.names.contains(name)) {
        ask(Some(name), Reason::TableColumnAbsent.into());
    }
    open
}

/// Numbers of nine digits and more, blanks and hyphens inside them included, taken out of a text that cannot be cut into
/// values.
fn without_long_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run = String::new();
    let flush = |run: &mut String, out: &mut String| {
        let digits = run.chars().filter(char::is_ascii_digit).count();
        let is_date = run.len() == 10 && run.as_bytes()[4] == b'-' && run.as_bytes()[7] == b'-';
        out.push_str(if digits >= 9 && !is_date { "•••" } else { run });
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_digit() || (!run.is_empty() && matches!(c, '-' | ' ')) {
            run.push(c);
        } else {
            flush(&mut run, &mut out);
            out.push(c);
        }
    }
    flush(&mut run, &mut out);
    out
}

/// Iterates over a plan's rows.
pub(super) struct PlannedRows<'a> {
    plan: &'a Plan<'a>,
    pub rows: Rows<'a>,
    by_id: HashMap<[u8; 16], [u8; 16]>,
    by_person: HashMap<[u8; 16], u64>,
}

fn short(text: &str) -> [u8; 16] {
    let mut hash = [0; 16];
    hash.copy_from_slice(&blake3::hash(text.as_bytes()).as_bytes()[..16]);
    hash
}

/// What two rows of one person agree in; `None` when too little is known to say so.
fn person_key(d: &Demographics) -> Option<[u8; 16]> {
    let name = |part: &Option<String>| part.as_deref().map(folded).unwrap_or_default();
    let born = d.birth.reference_day()?;
    let (given, family) = (name(&d.name.given), name(&d.name.family));
    (!given.is_empty() || !family.is_empty())
        .then(|| short(&format!("{given}\u{1f}{family}\u{1f}{born}\u{1f}{}", d.sex.as_str())))
}

impl<'a> PlannedRows<'a> {
    fn plan_row(&mut self, row: Row<'a>) -> PlannedRow<'a> {
        let cells = match &row.cells {
            Ok(cells) => cells,
            Err(why) => {
                let remarks = vec![Remark { field: None, severity: Severity::Error, why: why.clone() }];
                return PlannedRow { row, remarks, fate: RowFate::Refused, twin: None };
            }
        };
        let ReadRow { patient, source_id, mut remarks, open } = read_row(&self.plan.reading, cells);
        if let Some(delimiter) = row.other_delimiter {
            let why = Reason::TableOtherDelimiter.with("delimiter", delimiter.character());
            remarks.push(Remark { field: None, severity: Severity::Warning, why });
        }
        let refused = remarks.iter().any(|r| r.severity == Severity::Error);
        let Some(patient) = patient.filter(|_| !refused) else {
            let fate = if open && !refused { RowFate::Open } else { RowFate::Refused };
            return PlannedRow { row, remarks, fate, twin: None };
        };
        let source = self.plan.source(cells);
        let hash = self.plan.hash(&source, &patient.demographics);
        let hex = |hash: &[u8; 16]| hash.iter().map(|b| format!("{b:02x}")).collect::<String>();
        let own = source_id.unwrap_or_else(|| format!("row:{}", hex(&short(&source))));
        let id = format!("{}|{own}", self.plan.reading.system);
        match self.by_id.get(&short(&id)) {
            Some(first) if *first != hash => {
                let why = Reason::PatientTwice.into();
                remarks.push(Remark { field: Some(Field::SourceId), severity: Severity::Error, why });
                return PlannedRow { row, remarks, fate: RowFate::Refused, twin: None };
            }
            Some(_) => {
                let why = Reason::TableRowTwice.into();
                remarks.push(Remark { field: None, severity: Severity::Information, why });
            }
            None => {
                self.by_id.insert(short(&id), hash);
            }
        }
        let again = remarks.iter().any(|r| r.why.reason == Reason::TableRowTwice);
        let key = person_key(&patient.demographics).filter(|_| !again);
        let twin = key.and_then(|key| self.by_person.insert(key, row.line));
        if let (Some(key), Some(first)) = (key, twin) {
            // All later ones point to the first.
            self.by_person.insert(key, first);
        }
        let piece = Piece {
            resource_type: "Patient".into(),
            id,
            file: Arc::clone(&self.plan.file),
            line: Some(row.line),
            hash,
            compressed: resource::compress(source.as_bytes()),
            // The columns of a table are fields of the register; the others were left out by whoever mapped them.
            beyond: String::new(),
            said_at: None,
            body: Body::Patient(Box::new(patient)),
        };
        PlannedRow { row, remarks, fate: RowFate::Person(Box::new(piece)), twin }
    }
}

impl<'a> Iterator for PlannedRows<'a> {
    type Item = PlannedRow<'a>;

    fn next(&mut self) -> Option<PlannedRow<'a>> {
        let row = self.rows.next()?;
        Some(self.plan_row(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_nine_digits_is_not_shown() {
        assert_eq!(without_long_numbers("\"a\"x,536-90-4399,1987-03-02,12"), "\"a\"x,•••,1987-03-02,12");
        assert_eq!(without_long_numbers("536904399"), "•••");
    }
}
