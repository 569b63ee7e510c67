//! Prevalence of a cohort year by year, with its interval.

use super::drawing::{Anchor, COLOURS, Drawing, INK, LINE, QUIET, step};
use super::words::Word;
use super::{count, number, push_row};
use crate::language::Language;
use crate::review::Prevalence;

/// One row a period; shares as percentages.
#[must_use]
pub fn csv(periods: &[Prevalence]) -> String {
    let mut out = String::from("from,to,observed,in_cohort,percent,percent_lower,percent_upper\r\n");
    for own in periods {
        let percent = |value: fn(&crate::statistics::Interval) -> f64| {
            number(own.share.as_ref().map(|share| 100.0 * value(share)), 3)
        };
        let cells = [
            own.from.clone(),
            own.to.clone(),
            count(own.observed),
            count(own.in_cohort),
            percent(|share| share.estimate),
            percent(|share| share.lower),
            percent(|share| share.upper),
        ];
        push_row(&mut out, &cells);
    }
    out
}

/// A square with its interval for each period, the oldest on top.
#[must_use]
pub fn drawing(periods: &[Prevalence], language: Language) -> Drawing {
    const ROW: f64 = 24.0;
    const LEFT: f64 = 80.0;
    const ROOM: f64 = 520.0;
    let highest = periods.iter().filter_map(|own| own.share).map(|share| share.upper).fold(0.0, f64::max);
    let by = step((100.0 * highest).max(0.001), 5.0);
    let most = (100.0 * highest / by).ceil().max(1.0) * by;
    let bottom = 52.0 + ROW * periods.len() as f64;
    let mut drawing = Drawing::new(960, (bottom + 48.0) as u32, Word::Shares.wording(language));
    let x = |percent: f64| LEFT + percent.clamp(0.0, most) / most * ROOM;
    let mut mark = 0.0;
    while highest > 0.0 && mark <= most + by / 2.0 {
        drawing.line((x(mark), 44.0), (x(mark), bottom), LINE);
        drawing.text((x(mark), bottom + 18.0), Anchor::Middle, QUIET, &trimmed(mark));
        mark += by;
    }
    for (at, own) in periods.iter().enumerate() {
        let y = 60.0 + ROW * at as f64;
        let year = own.from.split('-').next().unwrap_or_default();
        drawing.text((LEFT - 10.0, y + 4.0), Anchor::End, INK, year);
        let words = match (own.share, own.in_cohort, own.observed) {
            (Some(share), Some(in_cohort), Some(observed)) => {
                let [estimate, lower, upper] =
                    [share.estimate, share.lower, share.upper].map(|one| 100.0 * one);
                drawing.line((x(lower), y), (x(upper), y), COLOURS[0]);
                drawing.rectangle((x(estimate) - 4.0, y - 4.0), (8.0, 8.0), COLOURS[0]);
                let [estimate, lower, upper] = [estimate, lower, upper].map(|share| number(Some(share), 2));
                let [part, whole] = [in_cohort, observed].map(|of| of.to_string());
                let values = [
                    ("estimate", estimate.as_str()),
                    ("lower", &lower),
                    ("upper", &upper),
                    ("part", &part),
                    ("whole", &whole),
                ];
                Word::ShareOf.with(language, &values)
            }
            _ => Word::Hidden.of(language),
        };
        drawing.text((LEFT + ROOM + 20.0, y + 4.0), Anchor::Start, INK, &words);
    }
    let axis = Word::ShareAxis.wording(language);
    drawing.text((LEFT + ROOM / 2.0, bottom + 38.0), Anchor::Middle, QUIET, axis);
    drawing
}

/// A mark of the axis without needless noughts.
fn trimmed(mark: f64) -> String {
    let text = format!("{mark:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
