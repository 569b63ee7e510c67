//! Results as files: tables as CSV (RFC 4180), figures as a [`drawing::Drawing`] that is written as SVG or drawn elsewhere. All
//! are byte-stable for the same numbers and the same language.
//!
//! | module | what it writes |
//! |---|---|
//! | [`attrition`] | who is left after each rule of a definition |
//! | [`kaplan_meier`] | survival with bands and numbers at risk |
//! | [`forest`] | prevalence ratios with intervals |
//! | [`pyramid`] | ages of women and men |
//! | [`table_one`] | what the people are like, and what sets them apart |
//! | [`strata`] | people by sex, age and year of entry |
//! | [`prevalence`] | the share in the cohort, year by year |
//! | [`overlap`] | who is in several cohorts |
//! | [`breakdown`] | groups and their risk factors; the largest groups as bars |

pub mod attrition;
pub mod breakdown;
pub mod drawing;
pub mod forest;
pub mod kaplan_meier;
pub mod overlap;
pub mod prevalence;
pub mod pyramid;
pub mod strata;
pub mod table_one;
pub(crate) mod words;

/// A CSV cell: quoted when it must be, and never a formula for a spreadsheet.
pub(crate) fn cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Adds a row of cells that are written already.
pub(crate) fn push_row(out: &mut String, cells: &[String]) {
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

/// A number with so many decimals; nothing for none. Negative nought is nought.
pub(crate) fn number(value: Option<f64>, decimals: usize) -> String {
    let text = value.map(|value| format!("{value:.decimals$}")).unwrap_or_default();
    let is_nought = text.starts_with('-') && text.bytes().all(|c| matches!(c, b'-' | b'0' | b'.'));
    if is_nought { text.trim_start_matches('-').to_owned() } else { text }
}

/// What stands for a count that is not shown, in a table for programs.
pub(crate) const HIDDEN: &str = "hidden";

/// A count, or [`HIDDEN`].
pub(crate) fn count(value: Option<u64>) -> String {
    value.map_or_else(|| HIDDEN.to_owned(), |count| count.to_string())
}

/// Text within SVG or HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(escape("<script>&"), "&lt;script&gt;&amp;");
    }

    #[test]
    fn a_number_that_is_none_is_empty_and_nought_has_no_sign() {
        assert_eq!([number(None, 1), number(Some(-0.04), 1), number(Some(-0.05), 2)], ["", "0.0", "-0.05"]);
        assert_eq!([count(None), count(Some(0))], ["hidden", "0"]);
    }
}
