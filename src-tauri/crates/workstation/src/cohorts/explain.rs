//! Why one patient is in a cohort, or is not: rule by rule, with the records that count and those that do not.

use std::collections::BTreeMap;

use rusqlite::Connection;
use rustcare_cohorts::clinic::ClinicConcept;
use rustcare_cohorts::definition::{CohortExpression, CriteriaGroup};
use rustcare_cohorts::engine::{
    TimelineKind, Trace, TracedEntry, TracedEvent, TracedMember, TracedMemberKind, TracedRule, UnitNames,
};
use rustcare_cohorts::text::{Language, member_words};
use rustcare_model::reason::Reason;
use rustcare_vault::table::patient;

use super::clinic_cache::Reader;
use super::count::{meant, refused};
use super::run::Localised;
use crate::choke_point::{Call, Told};
use crate::contract::cohort_patients::{
    DaysFromTo, ExplainPatient, ExplainedEntry, ExplainedMember, ExplainedRule, FoundEvent,
    PatientExplanation, PatientTimeline, ShowTimeline, TimelineLane,
};
use crate::patients::patient_id;
use crate::problem::{Problem, ProblemCode};

/// The number of a person in the data that are asked.
fn person(t: &Connection, told: &mut Told, id: &str, data_set: Option<&str>) -> Result<i64, Problem> {
    if data_set.is_some() {
        // A person of others' data has a number there, and no chart here.
        return id.trim().parse().map_err(|_| Problem::at("patient_id", Reason::PersonNumberUnknown));
    }
    let known = patient::by_id(t, patient_id(id)?)?;
    told.subject = Some(known.patient.id.to_string());
    Ok(known.row)
}

/// Said of a number or a patient whom the data do not have.
fn nobody(data_set: Option<&str>) -> Problem {
    let reason = if data_set.is_some() { Reason::PersonNumberUnknown } else { Reason::PatientUnknown };
    Problem::new(ProblemCode::NotFound, reason)
}

pub fn explain_patient(call: &mut Call<'_>, input: ExplainPatient) -> Result<PatientExplanation, Problem> {
    let records = Reader::of(call)?;
    let (expression, clinic, row) = call.read(|t, told| {
        let expression = meant(t, told, &input.of)?;
        let row = person(t, told, &input.patient_id, input.of.data_set())?;
        Ok((expression, records.read_for(t, &input.of)?, row))
    })?;
    let own = Localised::new(&clinic, &expression).own;
    let trace = clinic.engine.trace(&own, row).map_err(|error| refused(&error))?;
    // One who was merged into another is not counted any more.
    let trace = trace.ok_or_else(|| nobody(input.of.data_set()))?;
    let names = Names { concepts: &clinic.concepts, units: &clinic.units };
    Ok(Explaining { names, expression: &expression, language: input.language }.explain(trace))
}

pub fn show_timeline(call: &mut Call<'_>, input: ShowTimeline) -> Result<PatientTimeline, Problem> {
    let records = Reader::of(call)?;
    let (clinic, row) = call.read(|t, told| {
        let data_set = input.data_set.as_deref();
        let row = person(t, told, &input.patient_id, data_set)?;
        told.details =
            data_set.and_then(|id| id.trim().parse::<i64>().ok()).map(|id| format!("on data set {id}"));
        Ok((records.read_data(t, data_set)?, row))
    })?;
    // One who was merged into another is not counted any more.
    let timeline = clinic.engine.timeline(row);
    let timeline = timeline.ok_or_else(|| nobody(input.data_set.as_deref()))?;
    let names = Names { concepts: &clinic.concepts, units: &clinic.units };
    let lane = |of: TimelineKind| TimelineLane {
        kind: of.kind.name().to_owned(),
        events: of.events.iter().map(|event| names.event(event)).collect(),
        left_out: of.left_out,
    };
    Ok(PatientTimeline {
        observed: timeline.observed.into_iter().map(|(from, to)| days(from, to)).collect(),
        lanes: timeline.kinds.into_iter().map(lane).collect(),
    })
}

/// What the concepts of the data are called, where that is known.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub concepts: &'a BTreeMap<i64, ClinicConcept>,
    pub units: &'a UnitNames,
}

/// What a trace is told with.
pub(crate) struct Explaining<'a> {
    pub names: Names<'a>,
    pub expression: &'a CohortExpression,
    pub language: Language,
}

fn days(from: jiff::civil::Date, to: jiff::civil::Date) -> DaysFromTo {
    DaysFromTo { from: from.to_string(), to: to.to_string() }
}

impl Explaining<'_> {
    pub fn explain(&self, trace: Trace) -> PatientExplanation {
        let rules = trace.rules.into_iter().zip(&self.expression.inclusion_rules);
        PatientExplanation {
            stays: trace.rows.iter().map(|row| days(row.start_date, row.end_date)).collect(),
            observed: trace.observed.into_iter().map(|(from, to)| days(from, to)).collect(),
            entries: trace.entries.into_iter().map(|entry| self.entry(&entry)).collect(),
            tested: trace.tested.map(|(first, _)| first.to_string()),
            rules: rules
                .map(|(traced, rule)| {
                    self.rule(traced, rule.name.clone().unwrap_or_default(), &rule.expression)
                })
                .collect(),
        }
    }

    fn entry(&self, entry: &TracedEntry) -> ExplainedEntry {
        ExplainedEntry { event: self.names.event(&entry.event), verdict: entry.verdict }
    }

    fn rule(&self, traced: TracedRule, name: String, group: &CriteriaGroup) -> ExplainedRule {
        ExplainedRule { name, is_met: traced.is_met, members: self.members(traced.members, group) }
    }

    /// `group`: what the members are of; they lie in its order: events, persons, groups.
    fn members(&self, traced: Vec<TracedMember>, group: &CriteriaGroup) -> Vec<ExplainedMember> {
        let words = member_words(self.expression, group, self.language);
        let first_group = group.criteria.len() + group.demographic_criteria.len();
        let member = |(at, (traced, text)): (usize, (TracedMember, String))| {
            let mut member = ExplainedMember {
                is_met: traced.is_met,
                text,
                from: None,
                to: None,
                found: None,
                matched: Vec::new(),
                outside: Vec::new(),
                members: Vec::new(),
            };
            match traced.kind {
                TracedMemberKind::Person => {}
                TracedMemberKind::Events(count) => {
                    member.from = count.between.0.map(|day| day.to_string());
                    member.to = count.between.1.map(|day| day.to_string());
                    member.found = Some(count.found);
                    member.matched = count.matched.iter().map(|event| self.names.event(event)).collect();
                    member.outside = count.outside.iter().map(|event| self.names.event(event)).collect();
                }
                TracedMemberKind::Group(_, members) => {
                    let inner = at.checked_sub(first_group).and_then(|at| group.groups.get(at));
                    member.members = inner.map_or_else(Vec::new, |inner| self.members(members, inner));
                }
            }
            member
        };
        traced.into_iter().zip(words).enumerate().map(member).collect()
    }
}

impl Names<'_> {
    pub fn event(&self, event: &TracedEvent) -> FoundEvent {
        let concept = event.concept_id.and_then(|id| self.concepts.get(&id));
        let unit = |id: i64| self.units.get(&id).cloned().unwrap_or_else(|| id.to_string());
        FoundEvent {
            kind: event.kind.name().to_owned(),
            concept_id: event.concept_id,
            code: concept.map(|concept| concept.code.clone()),
            title: concept.map(|concept| concept.title.clone()).unwrap_or_default(),
            start: event.start.to_string(),
            // What has no end of its own is taken to last until the next day, which nobody wrote.
            end: (event.start.tomorrow().is_ok_and(|next| event.end > next)).then(|| event.end.to_string()),
            value: event.value,
            unit: event.unit_concept_id.map(unit),
        }
    }
}
