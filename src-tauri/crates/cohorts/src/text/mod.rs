//! Any definition in plain words: nothing of it is left out, so that a person can judge what is counted without reading JSON.

mod event;
mod phrase;

use serde::Serialize;

pub use crate::language::Language;

use phrase::{Phrase, kind_words};

use crate::definition::{
    CohortExpression, ConceptSet, ConceptSetItem, CriteriaGroup, CriterionKind, EndStrategy, EventDate,
    GroupKind, Limit,
};
use crate::language::filled;

/// A sentence, and what belongs below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
pub struct TextBlock {
    /// The sentence.
    pub text: String,
    /// What it is about.
    pub items: Vec<TextBlock>,
}

impl TextBlock {
    fn line(text: impl Into<String>) -> Self {
        Self { text: text.into(), items: Vec::new() }
    }
}

/// Codes of a set that are told one by one.
const MOST_CODES: usize = 20;

/// The definition in plain words.
#[must_use]
pub fn describe(expression: &CohortExpression, language: Language) -> Vec<TextBlock> {
    Telling { expression, language }.all()
}

/// What each member of a group asks for, in the group's order: events, persons, groups.
#[must_use]
pub fn member_words(expression: &CohortExpression, group: &CriteriaGroup, language: Language) -> Vec<String> {
    let (_, members) = Telling { expression, language }.group(group, Phrase::EntryEvent);
    members.into_iter().map(|member| member.text).collect()
}

/// A kind of record by its published name, as a title; a name that is none stands as it is.
#[must_use]
pub fn kind_title(name: &str, language: Language) -> String {
    let kind = CriterionKind::ALL.into_iter().find(|kind| kind.name() == name);
    let words = kind.map_or(name, |kind| kind_words(kind, language));
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The words as indented lines.
#[must_use]
pub fn lines(blocks: &[TextBlock]) -> String {
    fn put(blocks: &[TextBlock], depth: usize, out: &mut String) {
        for block in blocks {
            if depth == 0 {
                *out += &block.text;
            } else {
                *out += &format!("{}- {}", "  ".repeat(depth - 1), block.text);
            }
            *out += "\n";
            put(&block.items, depth + 1, out);
            if depth == 0 {
                *out += "\n";
            }
        }
    }
    let mut out = String::new();
    put(blocks, 0, &mut out);
    out
}

struct Telling<'a> {
    expression: &'a CohortExpression,
    language: Language,
}

impl Telling<'_> {
    fn say(&self, phrase: Phrase, values: &[(&str, &str)]) -> String {
        filled(phrase.wording(self.language), values)
    }

    fn all(&self) -> Vec<TextBlock> {
        let mut blocks = vec![self.entry()];
        if !self.expression.inclusion_rules.is_empty() {
            blocks.push(self.rules());
        }
        blocks.push(self.stay());
        if !self.expression.concept_sets.is_empty() {
            let items = self.expression.concept_sets.iter().map(|set| self.concept_set(set)).collect();
            blocks.push(TextBlock { text: self.say(Phrase::Sets, &[]), items });
        }
        blocks
    }

    fn entry(&self) -> TextBlock {
        let primary = &self.expression.primary_criteria;
        let mut items: Vec<TextBlock> =
            primary.criteria.iter().map(|one| self.event(one, Phrase::ThatEvent)).collect();
        let window = primary.observation_window;
        if window.prior_days != 0 || window.post_days != 0 {
            let (before, after) = (window.prior_days.to_string(), window.post_days.to_string());
            items
                .push(TextBlock::line(self.say(Phrase::OnRecord, &[("before", &before), ("after", &after)])));
        }
        let limit = match primary.limit.limit() {
            Limit::First => Phrase::PrimaryEarliest,
            Limit::Last => Phrase::PrimaryLatest,
            Limit::All => Phrase::PrimaryEvery,
        };
        items.push(TextBlock::line(self.say(limit, &[])));
        if let Some(group) = &self.expression.additional_criteria {
            let (kind, members) = self.group(group, Phrase::EntryEvent);
            let text = format!("{} {kind}", self.say(Phrase::Additional, &[]));
            items.push(TextBlock { text, items: members });
            match self.expression.qualified_limit.limit() {
                Limit::First => items.push(TextBlock::line(self.say(Phrase::QualifiedEarliest, &[]))),
                Limit::Last => items.push(TextBlock::line(self.say(Phrase::QualifiedLatest, &[]))),
                Limit::All => {}
            }
        }
        TextBlock { text: self.say(Phrase::Entry, &[]), items }
    }

    fn rules(&self) -> TextBlock {
        let rules = self.expression.inclusion_rules.iter().enumerate();
        let mut items: Vec<TextBlock> = rules
            .map(|(at, rule)| {
                let number = (at + 1).to_string();
                let name = rule.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
                let title = match name {
                    Some(name) => self.say(Phrase::RuleNamed, &[("number", &number), ("name", name)]),
                    None => self.say(Phrase::RuleNumber, &[("number", &number)]),
                };
                let (kind, mut items) = self.group(&rule.expression, Phrase::EntryEvent);
                let description = rule.description.as_deref().map(str::trim).filter(|text| !text.is_empty());
                if let Some(description) = description {
                    items.insert(0, TextBlock::line(description));
                }
                TextBlock { text: format!("{title}: {kind}"), items }
            })
            .collect();
        let limit = match self.expression.expression_limit.limit() {
            Limit::First => Phrase::IncludedEarliest,
            Limit::Last => Phrase::IncludedLatest,
            Limit::All => Phrase::IncludedEvery,
        };
        items.push(TextBlock::line(self.say(limit, &[])));
        TextBlock { text: self.say(Phrase::Rules, &[]), items }
    }

    /// How many of a group must hold, and its members. `around`: the event that they are counted from.
    fn group(&self, group: &CriteriaGroup, around: Phrase) -> (String, Vec<TextBlock>) {
        if group.is_empty() {
            return (self.say(Phrase::GroupEmpty, &[]), Vec::new());
        }
        let count = group.count.unwrap_or(0).to_string();
        let kind = match group.kind {
            GroupKind::All => Phrase::GroupAll,
            GroupKind::Any => Phrase::GroupAny,
            GroupKind::AtLeast => Phrase::GroupAtLeast,
            GroupKind::AtMost => Phrase::GroupAtMost,
        };
        let mut items: Vec<TextBlock> =
            group.criteria.iter().map(|correlated| self.correlated(correlated, around)).collect();
        for person in &group.demographic_criteria {
            let tests = person
                .attributes
                .iter()
                .filter_map(|attribute| self.attribute(attribute, &person.attributes));
            let tests: Vec<String> = tests.collect();
            items.push(TextBlock::line(format!("{} {}", self.say(Phrase::Person, &[]), tests.join("; "))));
        }
        for inner in &group.groups {
            let (text, members) = self.group(inner, around);
            items.push(TextBlock { text, items: members });
        }
        (self.say(kind, &[("count", &count)]), items)
    }

    fn stay(&self) -> TextBlock {
        let mut items = Vec::new();
        match self.expression.end_strategy {
            None => items.push(self.say(Phrase::StayObserved, &[])),
            Some(EndStrategy::DateOffset { date_field, offset }) => {
                let phrase = match date_field {
                    EventDate::Start => Phrase::StayAfterStart,
                    EventDate::End => Phrase::StayAfterEnd,
                };
                items.push(self.say(phrase, &[("days", &offset.to_string())]));
            }
            Some(EndStrategy::CustomEra { drug_codeset_id, gap_days, offset, days_supply_override }) => {
                let set = drug_codeset_id.map_or_else(String::new, |id| self.set_name(id));
                let (gap, offset) = (gap_days.to_string(), offset.to_string());
                items.push(
                    self.say(Phrase::StayExposure, &[("set", &set), ("gap", &gap), ("offset", &offset)]),
                );
                if let Some(days) = days_supply_override {
                    items.push(self.say(Phrase::SupplyOverride, &[("days", &days.to_string())]));
                }
            }
        }
        if self.expression.era_pad != 0 {
            items.push(self.say(Phrase::EraPad, &[("days", &self.expression.era_pad.to_string())]));
        }
        if let Some(window) = self.expression.censor_window {
            let (from, to) =
                (window.start_date.map(|d| d.to_string()), window.end_date.map(|d| d.to_string()));
            match (&from, &to) {
                (Some(from), Some(to)) => {
                    items.push(self.say(Phrase::CensorBetween, &[("from", from), ("to", to)]));
                }
                (Some(from), None) => items.push(self.say(Phrase::CensorFrom, &[("from", from)])),
                (None, Some(to)) => items.push(self.say(Phrase::CensorTo, &[("to", to)])),
                (None, None) => {}
            }
        }
        let mut items: Vec<TextBlock> = items.into_iter().map(TextBlock::line).collect();
        if !self.expression.censoring_criteria.is_empty() {
            let events = &self.expression.censoring_criteria;
            let events = events.iter().map(|one| self.event(one, Phrase::ThatEvent)).collect();
            items.push(TextBlock { text: self.say(Phrase::Censoring, &[]), items: events });
        }
        TextBlock { text: self.say(Phrase::Stay, &[]), items }
    }

    /// A set of the definition by its name, or by its number where it has none.
    fn set_name(&self, id: i32) -> String {
        let Some(set) = self.expression.concept_set(id) else {
            return self.say(Phrase::SetMissing, &[("id", &id.to_string())]);
        };
        let name = set.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        self.say(Phrase::SetName, &[("name", name.unwrap_or(&id.to_string()))])
    }

    fn concept_set(&self, set: &ConceptSet) -> TextBlock {
        let mut items: Vec<TextBlock> =
            set.items.iter().take(MOST_CODES).map(|item| TextBlock::line(self.member(item))).collect();
        if set.items.is_empty() {
            items.push(TextBlock::line(self.say(Phrase::SetEmpty, &[])));
        }
        if set.items.len() > MOST_CODES {
            let count = (set.items.len() - MOST_CODES).to_string();
            items.push(TextBlock::line(self.say(Phrase::More, &[("count", &count)])));
        }
        TextBlock { text: self.set_name(set.id), items }
    }

    fn member(&self, item: &ConceptSetItem) -> String {
        let mut text = event::concept_words(&item.concept);
        if item.include_descendants {
            text += &format!(", {}", self.say(Phrase::WithBelow, &[]));
        }
        if item.include_mapped {
            text += &format!(", {}", self.say(Phrase::WithMapped, &[]));
        }
        if item.is_excluded { self.say(Phrase::LeftOut, &[("concept", &text)]) } else { text }
    }
}

#[cfg(test)]
mod tests;
