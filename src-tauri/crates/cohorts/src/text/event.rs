//! Events, their windows and their attributes in plain words.

use super::phrase::{Phrase, column_words, kind_words};
use super::{Telling, TextBlock};
use crate::definition::{
    Attribute, Column, Comparison, Concept, ConceptSetSelection, CorrelatedCriterion, CountColumn, Criterion,
    EventDate, OccurrenceKind, Test, TextFilter, TextPlace, Window, WindowBound,
};

/// A concept by its name and code, or by its number where it has neither.
pub(super) fn concept_words(concept: &Concept) -> String {
    let said = |text: &Option<String>| {
        text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let code = said(&concept.concept_code).map(|code| match said(&concept.vocabulary_id) {
        Some(vocabulary) => format!("{vocabulary} {code}"),
        None => code,
    });
    match (said(&concept.concept_name), code) {
        (Some(name), Some(code)) if name != code => format!("{name} ({code})"),
        (Some(name), _) => name,
        (None, Some(code)) => code,
        (None, None) => concept.concept_id.to_string(),
    }
}

impl Telling<'_> {
    /// An event with its tests; what must hold around it stands below.
    pub(super) fn event(&self, criterion: &Criterion, around: Phrase) -> TextBlock {
        let kind = kind_words(criterion.kind, self.language);
        let mut text = match criterion.codeset_id {
            Some(id) => self.say(Phrase::OfSet, &[("kind", kind), ("set", &self.set_name(id))]),
            None => self.say(Phrase::OfAny, &[("kind", kind)]),
        };
        if criterion.is_first() {
            text += &format!(", {}", self.say(Phrase::FirstEver, &[]));
        }
        for test in criterion.attributes.iter().filter_map(|one| self.attribute(one, &criterion.attributes)) {
            text += &format!("; {test}");
        }
        if let Some(moved) = criterion.date_adjustment {
            let day =
                |date| self.say(if date == EventDate::Start { Phrase::Start } else { Phrase::End }, &[]);
            let values = [
                ("start", day(moved.start_with)),
                ("start_offset", moved.start_offset.to_string()),
                ("end", day(moved.end_with)),
                ("end_offset", moved.end_offset.to_string()),
            ];
            let values: Vec<(&str, &str)> =
                values.iter().map(|(name, value)| (*name, value.as_str())).collect();
            text += &format!("; {}", self.say(Phrase::Moved, &values));
        }
        let mut items = Vec::new();
        if let Some(group) = criterion.correlated_criteria.as_deref().filter(|group| !group.is_empty()) {
            let (kind, members) = self.group(group, around);
            text += &format!("; {}", self.say(Phrase::AroundIt, &[("group", &kind)]));
            items = members;
        }
        TextBlock { text, items }
    }

    pub(super) fn correlated(&self, correlated: &CorrelatedCriterion, around: Phrase) -> TextBlock {
        let occurrence = correlated.occurrence;
        let count = occurrence.count.to_string();
        let often = match occurrence.kind {
            OccurrenceKind::Exactly | OccurrenceKind::AtMost if occurrence.count == 0 => Phrase::Never,
            OccurrenceKind::Exactly if occurrence.count == 1 => Phrase::ExactlyOnce,
            OccurrenceKind::AtMost if occurrence.count == 1 => Phrase::AtMostOnce,
            OccurrenceKind::AtLeast if occurrence.count == 1 => Phrase::AtLeastOnce,
            OccurrenceKind::Exactly => Phrase::OccursExactly,
            OccurrenceKind::AtMost => Phrase::OccursAtMost,
            OccurrenceKind::AtLeast => Phrase::OccursAtLeast,
        };
        // What lies around this event is counted from it, not from the entry event.
        let event = self.event(&correlated.criterion, Phrase::ThatEvent);
        let mut parts = vec![format!("{}: {}", self.say(often, &[("count", &count)]), event.text)];
        let starts = correlated.start_window.use_event_end != Some(true);
        parts.push(self.window(&correlated.start_window, starts, around));
        if let Some(window) = &correlated.end_window {
            parts.push(self.window(window, window.use_event_end == Some(false), around));
        }
        if occurrence.is_distinct {
            let column = occurrence.count_column.unwrap_or(CountColumn::DomainConcept);
            parts.push(self.say(Phrase::Distinct, &[("what", column.name())]));
        }
        if correlated.restrict_visit {
            parts.push(self.say(Phrase::SameVisit, &[]));
        }
        if correlated.ignore_observation_period {
            parts.push(self.say(Phrase::BeyondRecord, &[]));
        }
        TextBlock { text: parts.join("; "), items: event.items }
    }

    /// `starts`: whether the event's first day is tested.
    fn window(&self, window: &Window, starts: bool, around: Phrase) -> String {
        let event = self.say(around, &[]);
        let anchor = if window.use_index_end == Some(true) { Phrase::LastDay } else { Phrase::FirstDay };
        let anchor = self.say(anchor, &[("event", &event)]);
        let phrase = if starts { Phrase::EventStarts } else { Phrase::EventEnds };
        let (from, to) = (self.bound(&window.start), self.bound(&window.end));
        self.say(phrase, &[("from", &from), ("to", &to), ("anchor", &anchor)])
    }

    fn bound(&self, bound: &WindowBound) -> String {
        let is_before = bound.coefficient == -1;
        match bound.days {
            None => self.say(if is_before { Phrase::AnyBefore } else { Phrase::AnyAfter }, &[]),
            Some(0) => self.say(Phrase::SameDay, &[]),
            Some(1) => self.say(if is_before { Phrase::DayBefore } else { Phrase::DayAfter }, &[]),
            Some(days) => {
                let phrase = if is_before { Phrase::DaysBefore } else { Phrase::DaysAfter };
                self.say(phrase, &[("days", &days.to_string())])
            }
        }
    }

    /// What an attribute demands; none of one that demands nothing. `all`: the attributes beside it.
    pub(super) fn attribute(&self, attribute: &Attribute, all: &[Attribute]) -> Option<String> {
        let column = attribute.specification.column;
        let turned = |other: &Attribute| {
            other.specification.column == Column::TypeExclude && matches!(other.test, Test::Flag(true))
        };
        let test = match &attribute.test {
            Test::Concepts(concepts) if concepts.is_empty() => return None,
            Test::Concepts(concepts) => {
                let list: Vec<String> = concepts.iter().map(concept_words).collect();
                let is_turned = column == Column::Type && all.iter().any(turned);
                let phrase = if is_turned { Phrase::NoneOf } else { Phrase::OneOf };
                match &list[..] {
                    [one] if !is_turned => one.clone(),
                    _ => self.say(phrase, &[("list", &list.join(", "))]),
                }
            }
            Test::Selection(selection) => self.selection(*selection),
            Test::Codeset(id) => self.say(Phrase::InSet, &[("set", &self.set_name(*id))]),
            Test::Number(range) => {
                let extent = range.extent.as_ref().map(ToString::to_string).unwrap_or_default();
                self.comparison(range.comparison, &range.value.to_string(), &extent)
            }
            Test::Date(range) => {
                let extent = range.extent.map(|day| day.to_string()).unwrap_or_default();
                self.comparison(range.comparison, &range.value.to_string(), &extent)
            }
            Test::Text(filter) => self.text(filter),
            Test::Flag(true) if column == Column::Abnormal => self.say(Phrase::Outside, &[]),
            Test::Flag(_) => return None,
            Test::Period(period) => {
                let day = |day: Option<jiff::civil::Date>| {
                    day.map_or_else(|| "…".to_owned(), |day| day.to_string())
                };
                format!("{} – {}", day(period.start_date), day(period.end_date))
            }
        };
        Some(format!("{}: {test}", column_words(column, self.language)))
    }

    fn selection(&self, selection: ConceptSetSelection) -> String {
        let phrase = match (selection.codeset_id, selection.is_exclusion) {
            (Some(_), false) => Phrase::InSet,
            (Some(_), true) => Phrase::NotInSet,
            (None, false) => Phrase::IsSaid,
            (None, true) => Phrase::IsNotSaid,
        };
        let set = selection.codeset_id.map_or_else(String::new, |id| self.set_name(id));
        self.say(phrase, &[("set", &set)])
    }

    fn comparison(&self, comparison: Comparison, value: &str, extent: &str) -> String {
        let phrase = match comparison {
            Comparison::Less => Phrase::Less,
            Comparison::LessOrEqual => Phrase::LessOrEqual,
            Comparison::Equal => Phrase::Equal,
            Comparison::NotEqual => Phrase::NotEqual,
            Comparison::Greater => Phrase::Greater,
            Comparison::GreaterOrEqual => Phrase::GreaterOrEqual,
            Comparison::Between => Phrase::Between,
            Comparison::NotBetween => Phrase::NotBetween,
        };
        self.say(phrase, &[("value", value), ("extent", extent)])
    }

    fn text(&self, filter: &TextFilter) -> String {
        let phrase = match filter.place {
            TextPlace::Contains => Phrase::Contains,
            TextPlace::StartsWith => Phrase::StartsWith,
            TextPlace::EndsWith => Phrase::EndsWith,
            TextPlace::Equals => Phrase::Equals,
        };
        let test = self.say(phrase, &[("text", &filter.text)]);
        if filter.negated { self.say(Phrase::Not, &[("test", &test)]) } else { test }
    }
}
