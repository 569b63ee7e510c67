//! The chart summary and letters: what whoever sees the chart prints.

use rusqlite::Transaction;
use rustcare_model::patient::Demographics;
use rustcare_model::reason::Reason;
use rustcare_paper::chart::{
    Allergies, ChartSummary, Entry, MOST_PAST, MOST_RESULTS, Mark, ResultEntry, Section, lay as lay_summary,
};
use rustcare_paper::font::FontBook;
use rustcare_paper::letter::{self, Letter, MOST_CHARACTERS};
use rustcare_patients::chart::{Abnormal, ChartRow, Panels, ResultRow};
use rustcare_vault::table::clinical_record;
use rustcare_vault::table::patient::StoredPatient;

use super::{Prepared, origin_of, paper_of, person_of, preview, print, save, shown_name, words_in};
use crate::choke_point::Call;
use crate::contract::exchange::HandedOut;
use crate::contract::paper::{
    ChartPaper, LetterWarning, PaperForm, PaperOrder, PaperPreviewed, PaperPrinted, PaperSize,
    PreviewChartPaper, PrintChartPaper, SaveChartPaper,
};
use crate::problem::Problem;
use crate::settings::ClinicSettings;

/// Most characters of a subject.
const MOST_OF_SUBJECT: usize = 200;

pub fn preview_chart_paper(call: &mut Call<'_>, input: PreviewChartPaper) -> Result<PaperPreviewed, Problem> {
    check_length(&input.paper)?;
    let kind = match input.paper {
        ChartPaper::Summary { .. } => "summary",
        ChartPaper::Letter { .. } => "letter",
    };
    let lay = layout(&input.order, &input.paper);
    preview(call, &input.order, &lay, (kind, input.page))
}

pub fn print_chart_paper(call: &mut Call<'_>, input: PrintChartPaper) -> Result<PaperPrinted, Problem> {
    check_letter(&input.paper)?;
    let lay = layout(&input.order, &input.paper);
    print(call, &input.order, &lay, PaperForm::Pdf, &input.printer)
}

pub fn save_chart_paper(call: &mut Call<'_>, input: SaveChartPaper) -> Result<HandedOut, Problem> {
    check_letter(&input.paper)?;
    let lay = layout(&input.order, &input.paper);
    save(call, &input.order, &lay, PaperForm::Pdf, &input.place_id)
}

/// A letter leaves with a subject and a text.
fn check_letter(paper: &ChartPaper) -> Result<(), Problem> {
    check_length(paper)?;
    if let ChartPaper::Letter { subject, text, .. } = paper {
        if subject.trim().is_empty() {
            return Err(Problem::at("subject", Reason::LetterSubjectMissing));
        }
        if text.trim().is_empty() {
            return Err(Problem::at("text", Reason::LetterTextMissing));
        }
    }
    Ok(())
}

fn check_length(paper: &ChartPaper) -> Result<(), Problem> {
    let ChartPaper::Letter { subject, text, .. } = paper else { return Ok(()) };
    for (field, value, most) in [("subject", subject, MOST_OF_SUBJECT), ("text", text, MOST_CHARACTERS)] {
        if value.chars().count() > most {
            return Err(Problem::at(field, Reason::LetterLong.with("most", most)));
        }
    }
    Ok(())
}

fn layout<'a>(
    order: &'a PaperOrder,
    paper: &'a ChartPaper,
) -> impl Fn(&Call<'_>, &Transaction<'_>, &StoredPatient, &ClinicSettings) -> Result<Prepared, Problem> + 'a {
    move |call, t, stored, settings| match paper {
        ChartPaper::Summary { size } => summary(call, t, stored, settings, order, *size),
        ChartPaper::Letter { size, subject, text } => {
            let person = person_of(stored, call.vault()?.header().practice, settings);
            let address = stored.patient.demographics.address.clone();
            let letter = Letter {
                person,
                address,
                subject: subject.clone(),
                text: text.clone(),
                signed_by: shown_name(call)?,
            };
            let (paper, origin) = (paper_of(*size), origin_of(call, settings)?);
            Ok(Prepared {
                laid: letter::lay(&letter, &origin, paper, words_in(order.language), FontBook::shared()),
                what: format!("letter, {}", paper.media()),
                file_word: "letter",
                media: paper.media().to_owned(),
                copies: order.copies,
                warnings: warnings(&stored.patient.demographics),
            })
        }
    }
}

fn warnings(patient: &Demographics) -> Vec<LetterWarning> {
    [
        (patient.deceased, LetterWarning::Deceased),
        (patient.consent_to_contact == Some(false), LetterWarning::NoContact),
        (patient.address.shown().trim().is_empty(), LetterWarning::WithoutAddress),
    ]
    .into_iter()
    .filter_map(|(so, warning)| so.then_some(warning))
    .collect()
}

fn summary(
    call: &Call<'_>,
    t: &Transaction<'_>,
    stored: &StoredPatient,
    settings: &ClinicSettings,
    order: &PaperOrder,
    size: PaperSize,
) -> Result<Prepared, Problem> {
    let panels = Panels::of(&clinical_record::of_patient(t, stored.row)?);
    let person = person_of(stored, call.vault()?.header().practice, settings);
    let known = panels.allergies_known();
    let some = |a: &&ChartRow| a.active && !a.negative;
    let listed: Vec<Entry> = panels.allergies.iter().filter(some).map(entry).collect();
    let allergies = match (listed.is_empty(), known.none_known, known.recorded || stored.allergies_asked) {
        (false, ..) => Allergies::Listed(listed),
        (true, true, _) => Allergies::NoneKnown,
        (true, false, true) => Allergies::NoneRecorded,
        (true, false, false) => Allergies::NotAsked,
    };
    let summary = ChartSummary {
        person,
        deceased: stored.patient.demographics.deceased,
        allergies,
        past_allergies: panels.allergies.iter().filter(|a| !a.active && !is_error(a)).count(),
        problems: active(&panels.problems),
        medicines: active(&panels.medicines),
        immunisations: newest(&panels.immunisations),
        results: Section::first(panels.results.iter().map(result).collect(), MOST_RESULTS),
        visits: newest(&panels.encounters),
    };
    let (paper, origin) = (paper_of(size), origin_of(call, settings)?);
    Ok(Prepared {
        laid: lay_summary(&summary, &origin, paper, words_in(order.language), FontBook::shared()),
        what: format!("chart summary, {}", paper.media()),
        file_word: "chart",
        media: paper.media().to_owned(),
        copies: order.copies,
        warnings: Vec::new(),
    })
}

fn is_error(row: &ChartRow) -> bool {
    row.status.as_deref() == Some("entered-in-error")
}

/// All that are active, then what is suggested or planned; past ones are counted.
fn active(rows: &[ChartRow]) -> Section<Entry> {
    let is_open = |r: &&ChartRow| {
        !r.active && r.qualifier.is_some() && matches!(r.status.as_deref(), None | Some("active" | "draft"))
    };
    let shown: Vec<Entry> =
        rows.iter().filter(|r| r.active).chain(rows.iter().filter(is_open)).map(entry).collect();
    let left_out = rows.iter().filter(|r| !r.active && !is_open(r) && !is_error(r)).count();
    Section { shown, left_out }
}

fn newest(rows: &[ChartRow]) -> Section<Entry> {
    Section::first(rows.iter().filter(|r| !is_error(r)).map(entry).collect(), MOST_PAST)
}

/// A status that turns the meaning around stands beside: a vaccine that was not given must not look like one that was.
fn entry(row: &ChartRow) -> Entry {
    let usual = ["active", "completed", "finished", "final", "confirmed", ""];
    let status = row.status.as_deref().filter(|s| !usual.contains(s));
    let parts: Vec<&str> = row.detail.as_deref().into_iter().chain(status).collect();
    Entry {
        title: row.title.clone(),
        date: row.date_iso.clone(),
        detail: Some(parts.join(" · ")).filter(|d| !d.is_empty()),
        qualifier: row.qualifier,
    }
}

fn result(row: &ResultRow) -> ResultEntry {
    ResultEntry {
        title: row.title.clone(),
        value: row.value.clone(),
        unit: row.unit.clone(),
        date: row.date_iso.clone(),
        mark: row.abnormal.map(|a| match a {
            Abnormal::High => Mark::High,
            Abnormal::Low => Mark::Low,
            Abnormal::CriticalHigh => Mark::CriticallyHigh,
            Abnormal::CriticalLow => Mark::CriticallyLow,
            Abnormal::Abnormal => Mark::Abnormal,
            Abnormal::CriticalAbnormal => Mark::CriticallyAbnormal,
        }),
        flags: row.flags.clone(),
        status: row.status.clone(),
        reference: row.reference.clone(),
    }
}
