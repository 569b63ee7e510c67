//! A breakdown as a file: groups and their risk factors as CSV, the largest groups as bars.

use std::fmt::Write;

use super::drawing::{Anchor, COLOURS, Drawing, INK, QUIET, short};
use super::words::{Word, shown};
use super::{HIDDEN, cell, count, number, push_row};
use crate::breakdown::{Breakdown, BreakdownGroup, COMPARISON, RiskFactorCount};
use crate::language::Language;
use crate::statistics::ProportionTest;

/// Two tables: one row a group, then one row a group and risk factor; the rule, the day of counting and what was hidden after them.
pub fn csv(breakdown: &Breakdown) -> String {
    let mut out = String::from(
        "code,system,diagnosis,patients,share_percent,age_mean_years,age_sd_years,age_median_years,age_lower_quartile_years,\
         age_upper_quartile_years,female,male,other_sex,unknown_sex,female_percent,risk_factors\r\n",
    );
    for group in &breakdown.groups {
        push_row(&mut out, &group_cells(group));
    }
    out.push_str(
        "\r\ncode,system,diagnosis,risk_factor,patients,percent,rest,rest_percent,prevalence_ratio,prevalence_ratio_lower,\
         prevalence_ratio_upper,standardised_difference,p_value,test,q_value,own_diagnosis,unique\r\n",
    );
    for group in &breakdown.groups {
        for factor in &group.risk_factors {
            push_row(&mut out, &factor_cells(group, factor));
        }
    }
    let _ = write!(
        out,
        "\r\n{}\r\n{}\r\n{}\r\n",
        cell(&format!("Counted as of {}", breakdown.as_of)),
        cell(&breakdown.rule),
        cell(COMPARISON)
    );
    if breakdown.smallest_shown > 1 {
        let _ = write!(out, "{}\r\n", cell(&hidden_note(breakdown.smallest_shown, Language::En)));
    }
    out
}

/// What is said wherever numbers are hidden and rounded ([`crate::disclosure::Disclosure::for_others`]).
pub(crate) fn hidden_note(smallest: u32, language: Language) -> String {
    let half = (smallest / 2).to_string();
    Word::HiddenNote.with(language, &[("smallest", &smallest.to_string()), ("half", &half)])
}

fn named(group: &BreakdownGroup) -> [String; 3] {
    [
        cell(group.code.as_deref().unwrap_or_default()),
        cell(group.system.as_deref().unwrap_or_default()),
        cell(&group.title),
    ]
}

fn group_cells(group: &BreakdownGroup) -> Vec<String> {
    let factor = |factor: &RiskFactorCount| match (factor.count, factor.percent) {
        (Some(count), Some(percent)) => format!("{} {count} ({percent:.1} %)", factor.title),
        _ => format!("{} {HIDDEN}", factor.title),
    };
    let factors: Vec<String> = group.risk_factors.iter().map(factor).collect();
    let mut cells = named(group).to_vec();
    cells.extend([count(group.count), number(group.share_percent, 2)]);
    let ages =
        [group.age_mean, group.age_sd, group.age_median, group.age_lower_quartile, group.age_upper_quartile];
    cells.extend(ages.map(|age| number(age, 1)));
    let sex = group.sex;
    cells.extend([sex.female, sex.male, sex.other, sex.unknown].map(count));
    cells.extend([number(group.female_percent, 1), cell(&factors.join("; "))]);
    cells
}

fn factor_cells(group: &BreakdownGroup, factor: &RiskFactorCount) -> Vec<String> {
    let ratio = factor.prevalence_ratio;
    let yes = |holds: bool| if holds { "yes" } else { "no" }.to_owned();
    let test = match factor.test {
        None => "",
        Some(ProportionTest::ChiSquare) => "chi-square",
        Some(ProportionTest::FisherExact) => "Fisher exact",
    };
    let mut cells = named(group).to_vec();
    cells.extend([
        cell(&factor.title),
        count(factor.count),
        number(factor.percent, 1),
        count(factor.rest_count),
        number(factor.rest_percent, 1),
        number(ratio.map(|ratio| ratio.estimate), 3),
        number(ratio.map(|ratio| ratio.lower), 3),
        number(ratio.map(|ratio| ratio.upper), 3),
        number(factor.standardised_difference, 3),
        small(factor.p_value),
        test.to_owned(),
        small(factor.q_value),
        yes(factor.is_own_diagnosis),
        yes(factor.is_unique),
    ]);
    cells
}

/// A probability: four decimals, or the power of ten where that would be nought.
fn small(value: Option<f64>) -> String {
    match value {
        Some(value) if value > 0.0 && value < 0.0001 => format!("{value:.2e}"),
        value => number(value, 4),
    }
}

/// The words of the drawing.
struct Words {
    title: &'static str,
    /// Between the number of patients and the day.
    counted: &'static str,
    none: &'static str,
    further: &'static str,
}

impl Words {
    const fn of(language: Language) -> Self {
        match language {
            Language::En => Self {
                title: "Patients by primary diagnosis",
                counted: "patients, counted as of",
                none: "No diagnosis recorded",
                further: "Further diagnoses:",
            },
            Language::Es => Self {
                title: "Pacientes por diagnóstico principal",
                counted: "pacientes, contados a fecha de",
                none: "Sin diagnóstico registrado",
                further: "Otros diagnósticos:",
            },
        }
    }
}

/// The thirty largest groups as bars; the rest is named in the last line. Hidden groups have no bar.
#[must_use]
pub fn drawing(breakdown: &Breakdown, language: Language) -> Drawing {
    const MOST: usize = 30;
    const ROW: f64 = 26.0;
    const LEFT: f64 = 352.0;
    const ROOM: f64 = 460.0;
    let counted: Vec<(&BreakdownGroup, u64)> =
        breakdown.groups.iter().filter_map(|group| Some((group, group.count?))).collect();
    let largest: Vec<&(&BreakdownGroup, u64)> = counted.iter().take(MOST).collect();
    let most = largest.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1) as f64;
    let height = 92.0 + largest.len() as f64 * ROW;
    let words = Words::of(language);
    let mut drawing = Drawing::new(960, height as u32, words.title);
    let whole = format!("{} {} {}", shown(breakdown.patients, language), words.counted, breakdown.as_of);
    drawing.text((16.0, 48.0), Anchor::Start, QUIET, &whole);
    for (at, (group, count)) in largest.iter().enumerate() {
        let y = 64.0 + at as f64 * ROW;
        let length = (*count as f64 * ROOM / most).max(1.0);
        let share = group.share_percent.map(|share| format!(" · {share:.1} %")).unwrap_or_default();
        let title = if group.code.is_none() { words.none } else { &group.title };
        drawing.text((LEFT - 8.0, y + 14.0), Anchor::End, INK, &short(title, 46));
        drawing.rectangle((LEFT, y), (length, 18.0), COLOURS[0]);
        drawing.text((LEFT + length + 8.0, y + 14.0), Anchor::Start, INK, &format!("{count}{share}"));
    }
    let rest = breakdown.groups.len() - largest.len();
    if rest > 0 {
        drawing.text((16.0, height - 10.0), Anchor::Start, QUIET, &format!("{} {rest}", words.further));
    }
    drawing
}
