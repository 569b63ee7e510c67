//! Where the names of the columns stand: below a preamble, in one row or in two, or nowhere.

use super::columns::{Field, suggested};
use super::dialect::DialectChoice;
use super::records::Record;

/// Rows that are looked at for a header.
pub(super) const LOOKED_AT: usize = 30;

/// What was found above the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Above {
    pub preamble_rows: usize,
    pub header_rows: usize,
}

/// Counts the rows above the data among the first records of a table of `width` columns; blank rows count, so that a person
/// can count them too.
pub(super) fn find(records: &[Record<'_>], width: usize, choice: &DialectChoice) -> Above {
    let preamble_rows = choice.preamble_rows.unwrap_or_else(|| preamble(records, width));
    let header_rows = choice.header_rows.unwrap_or_else(|| {
        let mut below = records.iter().skip(preamble_rows);
        let Some(first) = below.next().filter(|r| is_header(r, width)) else { return 0 };
        let twice = below.next().is_some_and(|second| same_names(first, second));
        if twice { 2 } else { 1 }
    });
    Above { preamble_rows, header_rows }
}

fn preamble(records: &[Record<'_>], width: usize) -> usize {
    let named = |r: &Record<'_>| names_known(r) >= 2 && is_header(r, width);
    if let Some(at) = records.iter().position(named) {
        return at;
    }
    // Words known or not: names stand below rows that are nearly empty.
    let filled = |r: &Record<'_>| {
        r.cells.as_ref().map_or(0, |cells| cells.iter().filter(|c| !c.trim().is_empty()).count())
    };
    let sparse = records.iter().take_while(|r| r.is_blank() || (width >= 3 && filled(r) * 2 < width)).count();
    if records.get(sparse).is_some_and(|r| is_header(r, width)) { sparse } else { 0 }
}

fn names_known(record: &Record<'_>) -> usize {
    let Ok(cells) = &record.cells else { return 0 };
    cells.iter().filter(|c| suggested(c) != Field::LeaveOut).count()
}

/// Whether a row can be names: as many as there are columns (a last unnamed one may be missing), most of them there, and
/// none that is a number, a date or an identifier.
fn is_header(record: &Record<'_>, width: usize) -> bool {
    let Ok(cells) = &record.cells else { return false };
    let filled = cells.iter().filter(|c| !c.trim().is_empty()).count();
    (cells.len() == width || cells.len() + 1 == width)
        && filled > 0
        && filled * 2 >= cells.len()
        && cells.iter().all(|c| !is_value(c.trim()))
}

fn is_value(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    let only = |also: &str| cell.chars().all(|c| c.is_ascii_digit() || also.contains(c));
    let number_or_date = digits > 0 && only(" .,-/:+()TZ");
    let identifier = cell.len() >= 32 && cell.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    number_or_date || identifier || cell.contains('@') || cell.chars().count() > 80
}

fn same_names(a: &Record<'_>, b: &Record<'_>) -> bool {
    let (Ok(a), Ok(b)) = (&a.cells, &b.cells) else { return false };
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.trim().eq_ignore_ascii_case(b.trim()))
}

/// The names of the columns: trimmed, each its own. Rows that say the same are said once.
pub(super) fn names(rows: &[Record<'_>], width: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(width);
    for at in 0..width {
        let mut parts: Vec<&str> = Vec::new();
        for row in rows {
            let part = row.cells.as_ref().ok().and_then(|c| c.get(at)).map_or("", |c| c.trim());
            if !part.is_empty() && !parts.iter().any(|p| p.eq_ignore_ascii_case(part)) {
                parts.push(part);
            }
        }
        let mut name = parts.join(" ");
        if name.is_empty() {
            name = format!("column {}", at + 1);
        }
        let plain = name.clone();
        let mut copy = 2;
        while names.contains(&name) {
            name = format!("{plain} ({copy})");
            copy += 1;
        }
        names.push(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::dialect::{DialectChoice, detect};
    use crate::table::records::Records;

    fn above(text: &str, width: usize) -> (usize, usize) {
        let cut = detect(text, &DialectChoice::default());
        let records: Vec<Record<'_>> = Records::new(text, cut).collect();
        let above = find(&records, width, &DialectChoice::default());
        (above.preamble_rows, above.header_rows)
    }

    #[test]
    fn names_are_found_below_a_title_and_empty_rows() {
        assert_eq!(above("Register of the north clinic,,\n\nid,first,last\n1,Ana,Ruiz\n", 3), (2, 1));
        assert_eq!(above("\n\na,b\n1,2\n", 2), (2, 1));
    }

    #[test]
    fn doubled_names_are_two_rows_and_data_are_none() {
        assert_eq!(above("ID,First\nid,first\n1,Ana\n", 2), (0, 2));
        assert_eq!(above("1,Ana,1987-03-02\n2,Bo,1990-06-05\n", 3), (0, 0));
    }

    #[test]
    fn names_are_each_their_own() {
        let cut = detect("a,a,\nx,,\n", &DialectChoice::default());
        let records: Vec<Record<'_>> = Records::new("a,a,\nx,,\n", cut).collect();
        assert_eq!(names(&records, 3), ["a x", "a", "column 3"]);
        assert_eq!(names(&records[..1], 3), ["a", "a (2)", "column 3"]);
    }
}
