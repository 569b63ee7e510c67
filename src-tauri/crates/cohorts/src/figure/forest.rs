//! Prevalence ratios with their intervals, one below the other.

use super::drawing::{Anchor, COLOURS, Drawing, INK, LINE, QUIET, short};
use super::words::{Word, interval};
use super::{cell, number, push_row};
use crate::breakdown::BreakdownGroup;
use crate::language::Language;
use crate::statistics::Interval;

/// A ratio.
#[derive(Clone, Debug, PartialEq)]
pub struct ForestRow {
    /// What it is of.
    pub name: String,
    /// The ratio with its interval, all above nought.
    pub ratio: Interval,
    /// Benjamini–Hochberg.
    pub q_value: Option<f64>,
}

/// The risk factors of a group that have a ratio, the largest first.
#[must_use]
pub fn rows(group: &BreakdownGroup) -> Vec<ForestRow> {
    let row = |factor: &crate::breakdown::RiskFactorCount| {
        Some(ForestRow {
            name: factor.title.clone(),
            ratio: factor.prevalence_ratio?,
            q_value: factor.q_value,
        })
    };
    let mut rows: Vec<ForestRow> = group.risk_factors.iter().filter_map(row).collect();
    sort(&mut rows);
    rows
}

/// The largest ratio first.
pub(crate) fn sort(rows: &mut [ForestRow]) {
    rows.sort_by(|a, b| b.ratio.estimate.total_cmp(&a.ratio.estimate).then_with(|| a.name.cmp(&b.name)));
}

/// One row a ratio.
#[must_use]
pub fn csv(rows: &[ForestRow]) -> String {
    let mut out = String::from("name,prevalence_ratio,lower,upper,q_value\r\n");
    for row in rows {
        let ratio =
            [row.ratio.estimate, row.ratio.lower, row.ratio.upper].map(|value| number(Some(value), 3));
        let [estimate, lower, upper] = ratio;
        push_row(&mut out, &[cell(&row.name), estimate, lower, upper, number(row.q_value, 4)]);
    }
    out
}

/// Marks of a logarithmic axis.
const MARKS: [f64; 13] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// Squares on a logarithmic axis with their intervals; the line of no difference is at 1.
#[must_use]
pub fn drawing(title: &str, rows: &[ForestRow], language: Language) -> Drawing {
    const ROW: f64 = 26.0;
    const LEFT: f64 = 300.0;
    const ROOM: f64 = 440.0;
    let lowest = rows.iter().map(|row| row.ratio.lower).fold(1.0, f64::min);
    let highest = rows.iter().map(|row| row.ratio.upper).fold(1.0, f64::max);
    let from = MARKS.iter().copied().rev().find(|mark| *mark <= lowest && *mark < 1.0).unwrap_or(MARKS[0]);
    let to =
        MARKS.iter().copied().find(|mark| *mark >= highest && *mark > 1.0).unwrap_or(MARKS[MARKS.len() - 1]);
    let bottom = 60.0 + ROW * rows.len() as f64;
    let mut drawing = Drawing::new(960, (bottom + 44.0) as u32, &short(title, 90));
    let x = |ratio: f64| LEFT + (ratio.clamp(from, to) / from).ln() / (to / from).ln() * ROOM;
    for mark in MARKS.into_iter().filter(|mark| *mark >= from && *mark <= to) {
        drawing.line((x(mark), 50.0), (x(mark), bottom), if mark == 1.0 { INK } else { LINE });
        drawing.text((x(mark), bottom + 18.0), Anchor::Middle, QUIET, &format!("{mark}"));
    }
    for (at, row) in rows.iter().enumerate() {
        let y = 68.0 + ROW * at as f64;
        drawing.text((LEFT - 12.0, y + 4.0), Anchor::End, INK, &short(&row.name, 42));
        drawing.line((x(row.ratio.lower), y), (x(row.ratio.upper), y), COLOURS[0]);
        drawing.rectangle((x(row.ratio.estimate) - 4.0, y - 4.0), (8.0, 8.0), COLOURS[0]);
        let q = row.q_value.map(|q| if q < 0.001 { ", q < 0.001".to_owned() } else { format!(", q {q:.3}") });
        let ratio = row.ratio;
        let words = format!("{}{}", interval(ratio, 1.0, 2, language), q.unwrap_or_default());
        drawing.text((LEFT + ROOM + 16.0, y + 4.0), Anchor::Start, INK, &words);
    }
    drawing.text(
        (LEFT + ROOM / 2.0, bottom + 36.0),
        Anchor::Middle,
        QUIET,
        Word::RatioAxis.wording(language),
    );
    drawing
}
