//! A breakdown as a file: groups and their risk factors as CSV, the bars as SVG.

use std::fmt::Write;

use super::{HIDDEN, cell, count, escape, number, push_row};
use crate::breakdown::{Breakdown, BreakdownGroup, COMPARISON, RiskFactorCount};
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
        let _ = write!(out, "{}\r\n", cell(&hidden_note(breakdown.smallest_shown)));
    }
    out
}

/// What is said wherever numbers are hidden and rounded ([`crate::disclosure::Disclosure::for_others`]).
pub(crate) fn hidden_note(smallest: u32) -> String {
    format!(
        "{HIDDEN}: a number below {smallest}, or one from which such a number would follow. Counts are rounded: each stands for up \
         to {} more or fewer, so that two results together tell no small number either.",
        smallest / 2
    )
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

/// The thirty largest groups as bars; the rest is named in the last line. Hidden groups have no bar.
pub fn svg(breakdown: &Breakdown) -> String {
    const MOST: usize = 30;
    const ROW: usize = 26;
    let counted: Vec<(&BreakdownGroup, u64)> =
        breakdown.groups.iter().filter_map(|group| Some((group, group.count?))).collect();
    let shown = &counted[..counted.len().min(MOST)];
    let most = shown.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    let height = 84 + shown.len() * ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"{height}\" viewBox=\"0 0 960 {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Patients by primary diagnosis\">\n\
         <rect width=\"960\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"16\" font-weight=\"600\" fill=\"#16202c\">Patients by primary diagnosis</text>\n\
         <text x=\"16\" y=\"48\" fill=\"#4a5666\">{} patients, counted as of {}</text>\n",
        count(breakdown.patients),
        escape(&breakdown.as_of)
    );
    for (at, (group, count)) in shown.iter().enumerate() {
        let y = 64 + at * ROW;
        let width = (*count as f64 * 460.0 / most as f64).max(1.0);
        let title: String = group.title.chars().take(48).collect();
        let share = group.share_percent.map(|share| format!(" · {share:.1} %")).unwrap_or_default();
        let _ = writeln!(
            out,
            "<text x=\"344\" y=\"{}\" text-anchor=\"end\" fill=\"#16202c\">{}</text>\
             <rect x=\"352\" y=\"{y}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"#0072b2\"/>\
             <text x=\"{:.1}\" y=\"{}\" fill=\"#16202c\">{count}{share}</text>",
            y + 14,
            escape(&title),
            360.0 + width,
            y + 14,
        );
    }
    let rest = breakdown.groups.len() - shown.len();
    if rest > 0 {
        let _ = writeln!(
            out,
            "<text x=\"16\" y=\"{}\" fill=\"#4a5666\">and {rest} further diagnoses</text>",
            height - 6
        );
    }
    out.push_str("</svg>\n");
    out
}
