//! Figures of cohorts that leave: as drawings, or as their numbers.

use rustcare_cohorts::disclosure::Disclosure;
use rustcare_cohorts::figure::attrition::AttritionSteps;
use rustcare_cohorts::figure::drawing::Drawing;
use rustcare_cohorts::figure::table_one::ConceptNames;
use rustcare_cohorts::figure::{attrition, kaplan_meier, overlap, prevalence, pyramid, strata, table_one};
use rustcare_cohorts::review::{age_and_sex, prevalence_by_year, stratified};
use rustcare_model::reason::Reason;

use super::review::{followed, overlapping};
use super::run::Ran;
use super::{file_name, picture};
use crate::choke_point::Call;
use crate::contract::cohort_review::{CohortFigure, SaveCohortFigure};
use crate::contract::cohorts::FigureFormat;
use crate::contract::exchange::HandedOut;
use crate::exchange::job::write_new;
use crate::problem::Problem;

/// A figure in both its forms.
pub(super) struct Figure {
    pub drawing: Drawing,
    pub csv: String,
}

impl Figure {
    /// The ending of the file's name, and its content.
    pub fn written(self, format: FigureFormat) -> Result<(&'static str, Vec<u8>), Problem> {
        Ok(match format {
            FigureFormat::Csv => ("csv", self.csv.into_bytes()),
            FigureFormat::Svg => ("svg", self.drawing.svg().into_bytes()),
            FigureFormat::Png => ("png", picture::png(&self.drawing)?),
        })
    }
}

/// The figure's name, and the figure.
fn figure(call: &Call<'_>, input: &SaveCohortFigure) -> Result<(&'static str, Figure), Problem> {
    let language = input.language;
    Ok(match input.figure {
        CohortFigure::Attrition => {
            let ran = Ran::of(call, &input.of)?;
            let population = ran.index().patients() as u64;
            let steps = AttritionSteps::new(population, &ran.expression, &ran.result, Disclosure::FOR_OTHERS);
            (
                "attrition",
                Figure { drawing: attrition::drawing(&steps, language), csv: attrition::csv(&steps) },
            )
        }
        CohortFigure::Ages => {
            let ran = Ran::of(call, &input.of)?;
            let ages =
                age_and_sex(&stratified(ran.index(), &ran.cohort(), ran.shown(Disclosure::FOR_OTHERS)));
            ("ages", Figure { drawing: pyramid::drawing(&ages, language), csv: pyramid::csv(&ages) })
        }
        CohortFigure::People => {
            let ran = Ran::of(call, &input.of)?;
            let (of, given) = (ran.table_one(Disclosure::FOR_OTHERS), ran.names());
            let names = ConceptNames { given: &given, definition: &ran.expression, language };
            ("people", Figure { drawing: table_one::drawing(&of, names), csv: table_one::csv(&of, names) })
        }
        CohortFigure::Strata => {
            let ran = Ran::of(call, &input.of)?;
            let of = stratified(ran.index(), &ran.cohort(), ran.shown(Disclosure::FOR_OTHERS));
            ("strata", Figure { drawing: strata::drawing(&of, language), csv: strata::csv(&of) })
        }
        CohortFigure::Prevalence => {
            let ran = Ran::of(call, &input.of)?;
            let of = prevalence_by_year(ran.index(), &ran.cohort(), ran.shown(Disclosure::FOR_OTHERS));
            ("prevalence", Figure { drawing: prevalence::drawing(&of, language), csv: prevalence::csv(&of) })
        }
        CohortFigure::Overlap => {
            let of = overlapping(call, &input.of, &input.other_cohort_ids, Disclosure::FOR_OTHERS)?;
            let drawing = overlap::drawing(&of.overlap, &of.names, language);
            ("overlap", Figure { drawing, csv: overlap::csv(&of.overlap, &of.names) })
        }
        CohortFigure::Survival => {
            let cohort_id = input.outcome_cohort_id.as_deref();
            let cohort_id =
                cohort_id.ok_or_else(|| Problem::at("outcome_cohort_id", Reason::CohortUnknown))?;
            let (ran, outcome) = Ran::with_outcome(call, &input.of, cohort_id)?;
            let result = followed(&ran, &outcome, input.by_sex, Disclosure::FOR_OTHERS).survival;
            let drawing = kaplan_meier::drawing(&result, language);
            ("survival", Figure { drawing, csv: kaplan_meier::csv(&result) })
        }
    })
}

pub fn save_cohort_figure(call: &mut Call<'_>, input: SaveCohortFigure) -> Result<HandedOut, Problem> {
    let place = call.workstation.place(&input.place_id)?;
    let (name, figure) = figure(call, &input)?;
    let (ending, bytes) = figure.written(input.format)?;
    let file = file_name(&format!("cohort-{name}"), ending);
    Ok(HandedOut { file: write_new(&place.path, &file, &bytes)? })
}
