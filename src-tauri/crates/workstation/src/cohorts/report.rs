//! A cohort as a report that leaves: HTML, or a PDF with the same blocks laid out on paper.

use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::report::{
    Report, ReportBlock, ReportColumn, ReportInput, ReportRow, ReportTable, html,
};
use rustcare_cohorts::text::{self, TextBlock};
use rustcare_paper::flow::{Column, Flow, Paper};
use rustcare_paper::font::FontBook;
use rustcare_paper::pdf;
use rustcare_paper::text::Style;
use rustcare_paper::words::Language;

use super::review::followed;
use super::run::Ran;
use super::{file_name, picture};
use crate::choke_point::Call;
use crate::contract::cohort_review::{ReportCohort, ReportFormat};
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_new;
use crate::paper::not_made;
use crate::problem::Problem;

pub fn report_cohort(call: &mut Call<'_>, input: ReportCohort) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let paper = Paper::of_country(&call.settings()?.country);
    let (ran, outcome) = match input.outcome_cohort_id.as_deref() {
        None => (Ran::of(call, &input.of)?, None),
        Some(id) => {
            let (ran, outcome) = Ran::with_outcome(call, &input.of, id)?;
            (ran, Some(outcome))
        }
    };
    let report = Report::new(&ReportInput {
        index: ran.index(),
        definition: &ran.expression,
        result: &ran.result,
        name: input.name.trim(),
        concepts: &ran.names(),
        follow_up: outcome.map(|outcome| followed(&ran, &outcome, input.by_sex, Disclosure::FOR_OTHERS)),
        made_on: ran.today,
        disclosure: Disclosure::FOR_OTHERS,
        language: input.language,
    });
    let (ending, bytes) = match input.format {
        ReportFormat::Html => ("html", html(&report).into_bytes()),
        ReportFormat::Pdf => ("pdf", pdf(&report, paper)?),
    };
    Ok(HandedOut { file: write_new(&place.path, &file_name("cohort-report", ending), &bytes)? })
}

const TEXT: Style = Style::plain(9.5);

/// A report on paper. The same report is the same bytes.
pub(crate) fn pdf(report: &Report, paper: Paper) -> Result<Vec<u8>, Problem> {
    let language = match report.language {
        text::Language::En => Language::English,
        text::Language::Es => Language::Spanish,
    };
    let mut flow = Flow::new(FontBook::shared(), paper, language, &report.title);
    flow.title(&report.title);
    for block in &report.blocks {
        match block {
            ReportBlock::Heading(text) => flow.heading(text),
            ReportBlock::Paragraph(text) => flow.paragraph(text, TEXT),
            ReportBlock::Remark(text) => {
                flow.remark(text);
                flow.gap(4.0);
            }
            ReportBlock::List(blocks) => {
                list(&mut flow, blocks, 1);
                flow.gap(4.0);
            }
            ReportBlock::Table(own) => {
                table(&mut flow, own);
                flow.gap(6.0);
            }
            ReportBlock::Figure(drawing) => flow.figure(&picture::figure(drawing)),
        }
    }
    let laid = flow.finish(&report.title, 1, "RustCare");
    pdf::write(&laid).map_err(|error| not_made(&error))
}

/// Points by which a line stands further in than the one that it belongs to.
const INSET: f32 = 12.0;

fn list(flow: &mut Flow<'_>, blocks: &[TextBlock], depth: u16) {
    for block in blocks {
        flow.inset(f32::from(depth) * INSET, &format!("– {}", block.text), TEXT);
        list(flow, &block.items, depth + 1);
    }
}

/// Characters that a column of a table is wide, at least and at most.
const NARROWEST: usize = 9;
const WIDEST: usize = 34;

fn table(flow: &mut Flow<'_>, table: &ReportTable) {
    // As wide as what stands in it, within bounds.
    let share = |at: usize| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(at));
        let heads = table.columns.get(at).map(|column| &column.title);
        let longest = cells.chain(heads).map(|text| text.chars().count()).max().unwrap_or(0);
        longest.clamp(NARROWEST, WIDEST) as f32
    };
    if table.has_heads() {
        let column = |(at, column): (usize, &ReportColumn)| Column {
            title: column.title.clone(),
            share: share(at),
            is_number: column.is_number,
        };
        let columns: Vec<Column> = table.columns.iter().enumerate().map(column).collect();
        let rows: Vec<(bool, &[String])> =
            table.rows.iter().map(|row| (row.is_title, row.cells.as_slice())).collect();
        flow.table_with_titles(&columns, &rows);
    } else {
        let fact = |row: &ReportRow| {
            let (name, values) = row.cells.split_first()?;
            Some((name.clone(), values.join(" ")))
        };
        flow.facts(&table.rows.iter().filter_map(fact).collect::<Vec<_>>());
    }
}
