//! Survival curves with their bands and the numbers at risk.

use super::drawing::{Anchor, COLOURS, Drawing, INK, LINE, QUIET, short, step};
use super::words::{Word, shown};
use super::{cell, number, push_row};
use crate::language::Language;
use crate::review::{CurveOf, SurvivalCurve, SurvivalResult};
use crate::statistics::SurvivalPoint;

const LEFT: f64 = 150.0;
const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 320.0;
/// Room for a number at risk.
const NUMBER_WIDTH: f64 = 52.0;

/// What a curve is called.
fn name(of: &CurveOf, language: Language) -> String {
    match of {
        CurveOf::All => Word::All.of(language),
        CurveOf::Female => Word::Female.of(language),
        CurveOf::Male => Word::Male.of(language),
        CurveOf::Cohort { name } => name.clone(),
    }
}

/// One row a curve and day on which anything happened.
#[must_use]
pub fn csv(result: &SurvivalResult) -> String {
    let mut out =
        String::from("curve,days,at_risk,events,censored,survival,survival_lower,survival_upper\r\n");
    for curve in &result.curves {
        for point in &curve.estimate.points {
            push_row(
                &mut out,
                &[
                    cell(&name(&curve.of, Language::En)),
                    point.days.to_string(),
                    point.at_risk.to_string(),
                    point.events.to_string(),
                    point.censored.to_string(),
                    number(Some(point.survival), 6),
                    number(point.lower, 6),
                    number(point.upper, 6),
                ],
            );
        }
    }
    if let Some(test) = &result.log_rank {
        out.push_str("\r\nlog_rank_chi_square,degrees_of_freedom,p_value\r\n");
        let cells = [
            number(Some(test.chi_square), 4),
            test.degrees_of_freedom.to_string(),
            number(Some(test.p_value), 6),
        ];
        push_row(&mut out, &cells);
    }
    out
}

/// Corners of the steps of a value that holds from each day to the next; `value` is none where it does not exist.
fn steps(
    points: &[SurvivalPoint],
    last: u32,
    value: impl Fn(&SurvivalPoint) -> Option<f64>,
) -> Vec<(u32, f64)> {
    let mut corners = vec![(0, 1.0)];
    let mut now = 1.0;
    for point in points {
        let Some(next) = value(point) else { continue };
        corners.push((point.days, now));
        corners.push((point.days, next));
        now = next;
    }
    corners.push((last.max(points.last().map_or(0, |point| point.days)), now));
    corners
}

/// Curves, bands between the bounds, numbers at risk below.
#[must_use]
pub fn drawing(result: &SurvivalResult, language: Language) -> Drawing {
    let longest = |curve: &SurvivalCurve| curve.estimate.points.last().map_or(0, |point| point.days);
    let last = result.curves.iter().map(longest).chain(result.days.iter().copied()).max().unwrap_or(0).max(1);
    let top = 56.0 + 18.0 * result.curves.len() as f64;
    let below = top + HEIGHT + 74.0;
    let height = (below + 22.0 * result.curves.len() as f64 + 12.0) as u32;
    let mut drawing = Drawing::new(960, height, Word::Survival.wording(language));
    let x = |days: u32| LEFT + f64::from(days) * WIDTH / f64::from(last);
    let y = |share: f64| top + (1.0 - share) * HEIGHT;
    for tenth in [0, 25, 50, 75, 100] {
        let at = y(f64::from(tenth) / 100.0);
        drawing.line((LEFT, at), (LEFT + WIDTH, at), LINE);
        drawing.text((LEFT - 8.0, at + 4.0), Anchor::End, QUIET, &format!("{tenth} %"));
    }
    let by = step(f64::from(last), 8.0).max(1.0) as u32;
    for days in (0..=last).step_by(by.max(1) as usize) {
        drawing.text((x(days), top + HEIGHT + 20.0), Anchor::Middle, QUIET, &days.to_string());
    }
    let axis = Word::DaysSinceEntry.wording(language);
    drawing.text((LEFT + WIDTH / 2.0, top + HEIGHT + 40.0), Anchor::Middle, QUIET, axis);
    for (at, curve) in result.curves.iter().enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let place = |corners: Vec<(u32, f64)>| corners.into_iter().map(|(days, share)| (x(days), y(share)));
        let points = &curve.estimate.points;
        let end = longest(curve);
        let mut band: Vec<(f64, f64)> = place(steps(points, end, |point| point.lower)).collect();
        let upper: Vec<(f64, f64)> = place(steps(points, end, |point| point.upper)).collect();
        band.extend(upper.into_iter().rev());
        drawing.area(&band, colour);
        let middle: Vec<(f64, f64)> = place(steps(points, end, |point| Some(point.survival))).collect();
        drawing.curve(&middle, colour);
        // Of those who are hidden on the first day nothing is drawn, and no nought stands for them.
        let of = match curve.at_risk.first() {
            Some(None) => Word::Hidden.of(language),
            _ => {
                let [people, events] =
                    [curve.estimate.people, curve.estimate.events].map(|of| of.to_string());
                Word::PeopleAndEvents.with(language, &[("people", &people), ("events", &events)])
            }
        };
        let words = format!("{} ({of})", short(&name(&curve.of, language), 40));
        drawing.text((LEFT, 52.0 + 18.0 * at as f64), Anchor::Start, colour, &words);
    }
    drawing.text((16.0, below - 14.0), Anchor::Start, INK, Word::AtRisk.wording(language));
    for (at, curve) in result.curves.iter().enumerate() {
        let y = below + 6.0 + 22.0 * at as f64;
        let name = short(&name(&curve.of, language), 17);
        drawing.text((LEFT - 24.0, y), Anchor::End, COLOURS[at % COLOURS.len()], &name);
        let mut last = f64::NEG_INFINITY;
        for (days, at_risk) in result.days.iter().zip(&curve.at_risk) {
            // A number that would lie over the one before it is left out.
            if x(*days) - last >= NUMBER_WIDTH {
                last = x(*days);
                drawing.text((last, y), Anchor::Middle, INK, &shown(*at_risk, language));
            }
        }
    }
    if let Some(test) = &result.log_rank {
        let p =
            if test.p_value < 0.0001 { "p < 0.0001".to_owned() } else { format!("p = {:.4}", test.p_value) };
        let (statistic, degrees) = (format!("{:.2}", test.chi_square), test.degrees_of_freedom.to_string());
        let values = [("statistic", statistic.as_str()), ("degrees", &degrees), ("p", &p)];
        let words = Word::LogRank.with(language, &values);
        drawing.text((LEFT + WIDTH, below - 14.0), Anchor::End, QUIET, &words);
    }
    drawing
}
