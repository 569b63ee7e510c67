//! The events of a criterion: one table each, made once however often the definition asks for them.

use std::collections::BTreeSet;

use super::Render;
use super::dialect::date;
use super::filter::{columns, name, needs_person};
use super::group::IndexTable;
use super::script::Joined;
use crate::definition::{Column, CountColumn, CriterionKind, EventDate};
use crate::engine::plan::{EventPlan, Filter};
use crate::index::PLACE_UNKNOWN;
use crate::index::tables::{EVENT_TABLES, EndRule, EventTable, Holding};

/// The column that holds what distinct events are counted by, where it is not one that every step has.
const fn counted_column(column: CountColumn) -> Option<Column> {
    match column {
        CountColumn::EraOccurrences => Some(Column::OccurrenceCount),
        CountColumn::GapDays => Some(Column::GapDays),
        CountColumn::Unit => Some(Column::Unit),
        CountColumn::ValueAsNumber => Some(Column::ValueAsNumber),
        CountColumn::RangeHigh => Some(Column::RangeHigh),
        CountColumn::RangeLow => Some(Column::RangeLow),
        CountColumn::DaysSupply => Some(Column::DaysSupply),
        CountColumn::Refills => Some(Column::Refills),
        CountColumn::Quantity => Some(Column::Quantity),
        CountColumn::DomainConcept
        | CountColumn::DomainSourceConcept
        | CountColumn::Duration
        | CountColumn::StartDate
        | CountColumn::EndDate
        | CountColumn::VisitId
        | CountColumn::VisitDetailId => None,
    }
}

/// The table that holds events of a kind; only kinds that run reach here.
fn table_of(kind: CriterionKind) -> &'static EventTable {
    EVENT_TABLES.iter().find(|table| table.kind == kind).unwrap_or(&EVENT_TABLES[0])
}

impl Render<'_> {
    /// First and last day of a row `c`, as the table has them.
    fn dates(&self, table: &EventTable) -> (String, String) {
        let start = format!("c.{}", table.start);
        let next_day = || self.dialect.later(&start, 1);
        let end = match table.end {
            EndRule::NextDay => next_day(),
            EndRule::OrNextDay(column) => format!("COALESCE(c.{column}, {})", next_day()),
            EndRule::OrSupplyOrNextDay(column) => {
                let supplied = self.dialect.later_by(&start, "COALESCE(c.days_supply, 1)");
                format!("COALESCE(c.{column}, {supplied})")
            }
            EndRule::Stored(column) => format!("c.{column}"),
        };
        (start, end)
    }

    /// Visits by number and person, with the smallest concept where rows share both.
    fn visits(&mut self) -> String {
        if let Some(visits) = &self.visits {
            return visits.clone();
        }
        let query = format!(
            "SELECT v.visit_occurrence_id, v.person_id, MIN(v.visit_concept_id) AS visit_concept_id\nFROM {} v\nGROUP BY v.visit_occurrence_id, v.person_id",
            self.target.cdm_table("visit_occurrence")
        );
        let visits = self.writer.step("visits", "Visits by number and person.", Joined::Often, &query);
        self.visits = Some(visits.clone());
        visits
    }

    /// What stands for a column of the row `c`, and the join that it needs.
    fn column(&mut self, table: &EventTable, column: Column) -> (String, Option<String>) {
        match column {
            Column::ProviderSpecialty if table.provider => {
                let provider = self.target.cdm_table("provider");
                let join = format!("LEFT JOIN {provider} r ON r.provider_id = c.provider_id");
                ("r.specialty_concept_id".to_owned(), Some(join))
            }
            Column::PlaceOfService if table.care_site => {
                let site = self.target.cdm_table("care_site");
                let join = format!("LEFT JOIN {site} t ON t.care_site_id = c.care_site_id");
                let place = format!(
                    "CASE WHEN t.care_site_id IS NOT NULL THEN COALESCE(t.place_of_service_concept_id, {PLACE_UNKNOWN}) END"
                );
                (place, Some(join))
            }
            Column::VisitType if table.visit.is_some() => {
                let visits = self.visits();
                let join = format!(
                    "LEFT JOIN {visits} v ON v.visit_occurrence_id = c.visit_occurrence_id AND v.person_id = c.person_id"
                );
                ("v.visit_concept_id".to_owned(), Some(join))
            }
            _ => {
                let held = table.columns.iter().find(|(held, _, _)| *held == column);
                let written = held.map_or_else(
                    || "CAST(NULL AS BIGINT)".to_owned(),
                    |(_, name, holding)| match holding {
                        Holding::Number => self.dialect.number(&format!("c.{name}")),
                        Holding::Integer | Holding::Text => format!("c.{name}"),
                    },
                );
                (written, None)
            }
        }
    }

    /// Rows of the criterion's concept set, of which only the first of each person counts where the definition says so.
    fn base(&mut self, plan: &EventPlan, needed: &BTreeSet<Column>, persons: Option<&str>) -> String {
        let table = table_of(plan.kind);
        let (start, end) = self.dates(table);
        let row = format!("c.{}", table.id.unwrap_or("person_id"));
        let visit =
            table.visit.map_or_else(|| "CAST(NULL AS BIGINT)".to_owned(), |visit| format!("c.{visit}"));
        let mut selected = vec![
            "c.person_id".to_owned(),
            format!("{row} AS row_id"),
            format!("{start} AS start_date"),
            format!("{end} AS end_date"),
            format!("{visit} AS visit_id"),
            format!("c.{} AS domain_concept_id", table.concept),
        ];
        let mut joins = Vec::new();
        for column in needed {
            let (written, join) = self.column(table, *column);
            selected.push(format!("{written} AS {}", name(*column)));
            joins.extend(join);
        }
        if plan.first {
            selected.push(format!(
                "ROW_NUMBER() OVER (PARTITION BY c.person_id ORDER BY {start}, {row}, {end}, c.{}) AS ordinal",
                table.concept
            ));
        }
        let mut conditions = Vec::new();
        if let Some(id) = plan.codeset {
            conditions.push(format!("c.{} IN ({})", table.concept, self.conditions().set(id)));
        }
        if let Some(source) = &plan.source {
            let (written, _) = self.column(table, Column::SourceConcept);
            conditions.push(self.conditions().concept(&written, source));
        }
        conditions
            .extend(persons.map(|persons| format!("c.person_id IN (SELECT x.person_id FROM {persons} x)")));
        let mut query =
            format!("  SELECT {}\n  FROM {} c", selected.join(",\n    "), self.target.cdm_table(table.name));
        for join in joins {
            query += &format!("\n  {join}");
        }
        query + &where_all(&conditions, "  ")
    }

    /// Dates moved as the criterion says. The first event is chosen before.
    fn moved(&self, plan: &EventPlan, needed: &BTreeSet<Column>, base: String) -> String {
        let Some(adjustment) = plan.adjustment else { return base };
        let date = |with, offset: i32| {
            let from = if with == EventDate::Start { "b.start_date" } else { "b.end_date" };
            self.dialect.later(from, i64::from(offset))
        };
        let columns: String = needed.iter().map(|column| format!(", b.{}", name(*column))).collect();
        let ordinal = if plan.first { ", b.ordinal" } else { "" };
        format!(
            "  SELECT b.person_id, b.row_id, {} AS start_date, {} AS end_date,\n    b.visit_id, b.domain_concept_id{columns}{ordinal}\n  FROM (\n{base}\n  ) b",
            date(adjustment.start_with, adjustment.start_offset),
            date(adjustment.end_with, adjustment.end_offset),
        )
    }

    /// What distinct events are counted by.
    fn counted(&self, kind: CriterionKind, column: CountColumn, start: &str, end: &str) -> String {
        match column {
            CountColumn::DomainConcept if kind == CriterionKind::Death => {
                "COALESCE(e.domain_concept_id, 0)".to_owned()
            }
            CountColumn::DomainConcept => "e.domain_concept_id".to_owned(),
            CountColumn::StartDate => start.to_owned(),
            CountColumn::EndDate => end.to_owned(),
            CountColumn::Duration => self.dialect.days_between(start, end),
            CountColumn::VisitId => "e.visit_id".to_owned(),
            CountColumn::VisitDetailId => "e.row_id".to_owned(),
            other => counted_column(other)
                .map_or_else(|| "CAST(NULL AS BIGINT)".to_owned(), |column| format!("e.{}", name(column))),
        }
    }

    /// The criterion's events but for its nested group, as a query.
    fn events_query(
        &mut self,
        plan: &EventPlan,
        persons: Option<&str>,
        counted: Option<CountColumn>,
    ) -> String {
        let mut needed = columns(&plan.filters);
        needed.extend(counted.and_then(counted_column));
        let base = self.base(plan, &needed, persons);
        let rows = self.moved(plan, &needed, base);
        let (mut start, mut end) = ("e.start_date".to_owned(), "e.end_date".to_owned());
        if let Some(period) = plan.user_period {
            start = period.start_date.map_or(start, date);
            end = period.end_date.map_or(end, date);
        }
        let counted = counted.map_or_else(String::new, |column| {
            format!(", {} AS counted", self.counted(plan.kind, column, &start, &end))
        });
        let mut conditions: Vec<String> =
            plan.first.then(|| "e.ordinal = 1".to_owned()).into_iter().collect();
        conditions.extend(plan.filters.iter().map(|filter| self.conditions().filter(filter)));
        let person = if plan.filters.iter().any(needs_person) {
            format!("\nJOIN {} p ON p.person_id = e.person_id", self.target.cdm_table("person"))
        } else {
            String::new()
        };
        format!(
            "SELECT e.person_id, e.row_id, {start} AS start_date, {end} AS end_date, e.visit_id{counted}\nFROM (\n{rows}\n) e{person}{}",
            where_all(&conditions, "")
        )
    }

    /// The table of a criterion's events: `person_id`, `row_id`, `start_date`, `end_date`, `visit_id`, and `counted` where
    /// distinct values are. `persons`: a table of the persons whose events are wanted.
    pub(super) fn events(
        &mut self,
        plan: &EventPlan,
        persons: Option<&str>,
        counted: Option<CountColumn>,
    ) -> String {
        let asked = (plan.key, persons.map(str::to_owned), counted);
        if let Some(table) = self.known.get(&asked) {
            return table.clone();
        }
        let query = self.events_query(plan, persons, counted);
        let purpose = format!("Events: {}.", plan.kind.name());
        let mut table = self.writer.numbered("events", &purpose, Joined::Often, &query);
        if let Some(group) = &plan.group {
            let index = self.nested_index(&table);
            let held = self.group(group, &index, &index.table);
            let query = format!(
                "SELECT e.*\nFROM {table} e\nJOIN {held} h ON h.person_id = e.person_id AND h.event_id = e.row_id"
            );
            let purpose = format!("Events: {}, for which their nested criteria hold.", plan.kind.name());
            table = self.writer.numbered("events", &purpose, Joined::Often, &query);
        }
        self.known.insert(asked, table.clone());
        table
    }

    /// A criterion's events as index events, once for every observation period that they begin in. Events of one number are
    /// told apart by nothing: `repeats` says how many there are.
    fn nested_index(&mut self, events: &str) -> IndexTable {
        let query = format!(
            "SELECT e.person_id, e.row_id AS event_id, e.start_date, e.end_date, e.visit_id,
  o.observation_period_start_date AS period_start, o.observation_period_end_date AS period_end,
  COUNT(*) OVER (PARTITION BY e.person_id, e.row_id) AS repeats
FROM {events} e
JOIN {} o ON o.person_id = e.person_id
  AND o.observation_period_start_date <= e.start_date AND e.start_date <= o.observation_period_end_date",
            self.target.cdm_table("observation_period")
        );
        let purpose = "These events with the observation periods that they begin in.";
        let table = self.writer.numbered("index_events", purpose, Joined::Often, &query);
        IndexTable { table, is_nested: true }
    }

    /// Filters of a demographic criterion over index events, as a query of those for which they hold.
    pub(super) fn demographic(&self, filters: &[Filter], index: &IndexTable) -> String {
        let conditions: Vec<String> = filters.iter().map(|filter| self.conditions().filter(filter)).collect();
        let distinct = if index.is_nested { "DISTINCT " } else { "" };
        format!(
            "SELECT {distinct}e.person_id, e.event_id\nFROM {} e\nJOIN {} p ON p.person_id = e.person_id{}",
            index.table,
            self.target.cdm_table("person"),
            where_all(&conditions, "")
        )
    }
}

/// `WHERE` with all of the conditions; nothing without one.
pub(super) fn where_all(conditions: &[String], indent: &str) -> String {
    if conditions.is_empty() {
        return String::new();
    }
    format!("\n{indent}WHERE {}", conditions.join(&format!("\n{indent}  AND ")))
}
