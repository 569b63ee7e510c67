//! Groups of criteria over index events: a table of the events for which a group holds.

use super::Render;
use super::script::Joined;
use crate::definition::{GroupKind, Occurrence, OccurrenceKind, Window, WindowBound};
use crate::engine::plan::{CorrelatedPlan, GroupPlan, Member};

/// Windows wider than this reach beyond every calendar in use, and beyond what PostgreSQL can count from them.
const FARTHEST_DAYS: i64 = 1_000_000;

/// Index events: `person_id`, `event_id`, `start_date`, `end_date`, `visit_id`, `period_start`, `period_end`.
pub(super) struct IndexTable {
    pub table: String,
    /// Whether several rows may bear one number; then there is a column `repeats`. Circe joins by person and number.
    pub is_nested: bool,
}

/// Whether a count of nothing will do: then index events without an event are joined outward.
const fn admits_nothing(occurrence: Occurrence) -> bool {
    match occurrence.kind {
        OccurrenceKind::Exactly => occurrence.count == 0,
        OccurrenceKind::AtMost => occurrence.count >= 0,
        OccurrenceKind::AtLeast => occurrence.count <= 0,
    }
}

impl Render<'_> {
    /// Bounds of a window, each a condition on `tested`.
    fn window(&self, window: &Window, tested: &str, ignores_period: bool) -> Vec<String> {
        let from = if window.use_index_end == Some(true) { "i.end_date" } else { "i.start_date" };
        let bound = |bound: &WindowBound| match bound.days {
            Some(days) => {
                let days = i64::from(bound.coefficient).saturating_mul(i64::from(days));
                Some(self.dialect.later(from, days.clamp(-FARTHEST_DAYS, FARTHEST_DAYS)))
            }
            None if ignores_period => None,
            None if bound.coefficient == -1 => Some("i.period_start".to_owned()),
            None => Some("i.period_end".to_owned()),
        };
        let first = bound(&window.start).map(|first| format!("{tested} >= {first}"));
        let last = bound(&window.end).map(|last| format!("{tested} <= {last}"));
        first.into_iter().chain(last).collect()
    }

    fn windows(&self, plan: &CorrelatedPlan) -> Vec<String> {
        let tested = |is_end: bool| if is_end { "e.end_date" } else { "e.start_date" };
        let mut all = vec!["e.person_id = i.person_id".to_owned()];
        if !plan.ignore_period {
            all.push("e.start_date >= i.period_start".to_owned());
            all.push("e.start_date <= i.period_end".to_owned());
        }
        let window = &plan.start_window;
        all.extend(self.window(window, tested(window.use_event_end == Some(true)), plan.ignore_period));
        if let Some(window) = &plan.end_window {
            // For backward compatibility an end window without a word about it tests the event's end.
            all.extend(self.window(window, tested(window.use_event_end.unwrap_or(true)), plan.ignore_period));
        }
        if plan.restrict_visit {
            all.push("e.visit_id = i.visit_id".to_owned());
        }
        all
    }

    /// Index events around which as many events occur as are demanded.
    fn correlated(&mut self, plan: &CorrelatedPlan, index: &IndexTable, persons: &str) -> String {
        let events = self.events(&plan.events, Some(persons), plan.distinct);
        let is_outward = admits_nothing(plan.occurrence);
        let join = if is_outward { "LEFT JOIN" } else { "JOIN" };
        let mut count =
            if plan.distinct.is_some() { "COUNT(DISTINCT e.counted)" } else { "COUNT(e.row_id)" }.to_owned();
        if index.is_nested && plan.occurrence.admits_none() && plan.distinct.is_none() {
            // Circe joins outward here, and each of several index events of one number joins every event.
            count += " * MAX(i.repeats)";
        }
        let sign = match plan.occurrence.kind {
            OccurrenceKind::Exactly => "=",
            OccurrenceKind::AtMost => "<=",
            OccurrenceKind::AtLeast => ">=",
        };
        format!(
            "SELECT i.person_id, i.event_id\nFROM {} i\n{join} {events} e ON {}\nGROUP BY i.person_id, i.event_id\nHAVING {count} {sign} {}",
            index.table,
            self.windows(plan).join("\n  AND "),
            plan.occurrence.count
        )
    }

    /// The table of index events for which a group holds: `person_id`, `event_id`, each once.
    pub(super) fn group(&mut self, group: &GroupPlan, index: &IndexTable, persons: &str) -> String {
        let mut members = Vec::with_capacity(group.members.len());
        for member in &group.members {
            members.push(match member {
                Member::Correlated(plan) => self.correlated(plan, index, persons),
                Member::Demographic(filters) => self.demographic(filters, index),
                Member::Group(inner) => {
                    let held = self.group(inner, index, persons);
                    format!("SELECT g.person_id, g.event_id\nFROM {held} g")
                }
            });
        }
        let query = if members.is_empty() {
            format!("SELECT DISTINCT i.person_id, i.event_id\nFROM {} i", index.table)
        } else {
            self.members_query(group, index, &members)
        };
        self.writer.numbered("group", &purpose(group), Joined::Once, &query)
    }

    fn members_query(&self, group: &GroupPlan, index: &IndexTable, members: &[String]) -> String {
        let join = if group.holds(0) { "LEFT JOIN" } else { "JOIN" };
        let demanded = match group.kind {
            GroupKind::All => format!("= {}", group.members.len()),
            GroupKind::Any => "> 0".to_owned(),
            GroupKind::AtLeast => format!(">= {}", group.count),
            GroupKind::AtMost => format!("<= {}", group.count),
        };
        format!(
            "SELECT i.person_id, i.event_id\nFROM {} i\n{join} (\n{}\n) m ON m.person_id = i.person_id AND m.event_id = i.event_id\nGROUP BY i.person_id, i.event_id\nHAVING COUNT(m.event_id) {demanded}",
            index.table,
            members.join("\nUNION ALL\n"),
        )
    }
}

fn purpose(group: &GroupPlan) -> String {
    let members = group.members.len();
    let how_many = match group.kind {
        GroupKind::All => "all".to_owned(),
        GroupKind::Any => "one or more".to_owned(),
        GroupKind::AtLeast => format!("{} or more", group.count),
        GroupKind::AtMost => format!("{} or fewer", group.count),
    };
    match members {
        0 => "A group without members holds for every event.".to_owned(),
        1 => format!("Events for which {how_many} of one member holds."),
        _ => format!("Events for which {how_many} of {members} members hold."),
    }
}
