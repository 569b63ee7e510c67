//! From entry events to spans, in the engine's order.

use super::Render;
use super::dialect::date;
use super::group::IndexTable;
use super::script::Joined;
use crate::definition::{EndStrategy, EventDate, Limit};
use crate::engine::plan::{CohortPlan, GroupPlan};

const INDEX_COLUMNS: &str = "person_id, event_id, start_date, end_date, visit_id, period_start, period_end";

fn prefixed(alias: &str) -> String {
    INDEX_COLUMNS.split(", ").map(|column| format!("{alias}.{column}")).collect::<Vec<_>>().join(", ")
}

impl Render<'_> {
    /// Entry events of any primary criterion within observation. `event_id` is a person's events in total order: first day,
    /// last day, position of the criterion, number of the row.
    fn entry(&mut self, plan: &CohortPlan) -> IndexTable {
        let mut all = Vec::with_capacity(plan.primary.len());
        for (position, criterion) in plan.primary.iter().enumerate() {
            let events = self.events(criterion, None, None);
            all.push(format!(
                "    SELECT {position} AS criterion, e.person_id, e.row_id, e.start_date, e.end_date, e.visit_id\n    FROM {events} e"
            ));
        }
        let periods = self.target.cdm_table("observation_period");
        if all.is_empty() {
            // A definition without entry events lets nobody in.
            all.push(format!(
                "    SELECT 0 AS criterion, o.person_id, o.observation_period_id AS row_id,\n      o.observation_period_start_date AS start_date, o.observation_period_end_date AS end_date,\n      CAST(NULL AS BIGINT) AS visit_id\n    FROM {periods} o\n    WHERE 1 = 0"
            ));
        }
        // Circe orders entry events by day, then by number of row; what it leaves open is closed by criterion and last day.
        let start = "o.observation_period_start_date";
        let end = "o.observation_period_end_date";
        let ordinal = |direction: &str| {
            format!(
                ",\n    ROW_NUMBER() OVER (PARTITION BY e.person_id ORDER BY e.start_date{direction}, e.row_id, e.criterion, e.end_date, {start}, {end}, e.visit_id) AS ordinal"
            )
        };
        let (ordinal, limit) = match plan.primary_limit {
            Limit::All => (String::new(), ""),
            Limit::First => (ordinal(""), "\nWHERE x.ordinal = 1"),
            Limit::Last => (ordinal(" DESC"), "\nWHERE x.ordinal = 1"),
        };
        let query = format!(
            "SELECT x.person_id, ROW_NUMBER() OVER (PARTITION BY x.person_id ORDER BY x.start_date, x.end_date, x.criterion, x.row_id, x.period_start, x.period_end, x.visit_id) AS event_id,
  x.start_date, x.end_date, x.visit_id, x.period_start, x.period_end
FROM (
  SELECT e.person_id, e.row_id, e.criterion, e.start_date, e.end_date, e.visit_id, {start} AS period_start, {end} AS period_end{ordinal}
  FROM (
{}
  ) e
  JOIN {periods} o ON o.person_id = e.person_id
    AND {start} <= e.start_date AND e.start_date <= {end}
    AND {} <= e.start_date AND {} <= {end}
) x{limit}",
            all.join("\n    UNION ALL\n"),
            self.dialect.later(start, i64::from(plan.prior_days)),
            self.dialect.later("e.start_date", i64::from(plan.post_days)),
        );
        let purpose = "Entry events within observation, numbered in total order, each person's limited as the definition says.";
        let table = self.writer.step("entry_events", purpose, Joined::Often, &query);
        IndexTable { table, is_nested: false }
    }

    /// Entry events for which the additional criteria hold, limited.
    fn qualified(&mut self, plan: &CohortPlan, entry: IndexTable) -> IndexTable {
        let Some(group) = &plan.additional else { return entry };
        let held = self.group(group, &entry, &entry.table);
        let query = self.limited(
            &format!(
                "  FROM {} q\n  JOIN {held} h ON h.person_id = q.person_id AND h.event_id = q.event_id",
                entry.table
            ),
            plan.qualified_limit,
        );
        let purpose = "Qualified events: the additional criteria hold.";
        let table = self.writer.step("qualified_events", purpose, Joined::Often, &query);
        IndexTable { table, is_nested: false }
    }

    /// Index events `q` of a source, each person's limited in total order.
    fn limited(&self, source: &str, limit: Limit) -> String {
        let direction = match limit {
            Limit::All => return format!("SELECT {}\n{source}", prefixed("q")),
            Limit::First => "",
            Limit::Last => " DESC",
        };
        format!(
            "SELECT {}\nFROM (\n  SELECT {}, ROW_NUMBER() OVER (PARTITION BY q.person_id ORDER BY q.event_id{direction}) AS ordinal\n{source}\n) x\nWHERE x.ordinal = 1",
            prefixed("x"),
            prefixed("q"),
        )
    }

    /// The rules' tables over the qualified events. `persons`: whose events are looked for.
    fn rules(&mut self, groups: &[&GroupPlan], qualified: &IndexTable, persons: &str) -> Vec<String> {
        groups.iter().map(|group| self.group(group, qualified, persons)).collect()
    }

    /// Eras of exposure to the exit strategy's drugs, of persons who are included.
    fn exit_eras(&mut self, strategy: EndStrategy, included: &str) -> Option<String> {
        let EndStrategy::CustomEra { drug_codeset_id: Some(id), gap_days, offset, days_supply_override } =
            strategy
        else {
            return None;
        };
        let set = self.conditions().set(id);
        let start = "d.drug_exposure_start_date";
        let end = match days_supply_override {
            Some(days) => self.dialect.later(start, i64::from(days)),
            None => {
                let supplied = self.dialect.later_by(start, "COALESCE(d.days_supply, 1)");
                format!("COALESCE(d.drug_exposure_end_date, {supplied})")
            }
        };
        let padded = self.dialect.later(&end, i64::from(gap_days) + i64::from(offset));
        let exposures = format!(
            "SELECT d.person_id, {start} AS start_date, {padded} AS end_date, d.drug_exposure_id AS row_id\n      FROM {} d\n      WHERE (d.drug_concept_id IN ({set})\n          OR d.drug_source_concept_id IN ({set}))\n        AND d.person_id IN (SELECT x.person_id FROM {included} x)",
            self.target.cdm_table("drug_exposure")
        );
        let query = self.merged(&exposures, "s.start_date, s.row_id, s.end_date", i64::from(gap_days));
        Some(self.writer.step(
            "exit_eras",
            "Eras of exposure that end the time in the cohort.",
            Joined::Once,
            &query,
        ))
    }

    /// Spans that touch become one; `padding` days were added to each end and are taken off again. `order`: of a person's
    /// spans `s`, by first day.
    fn merged(&self, spans: &str, order: &str, padding: i64) -> String {
        // Of spans that are alike in all the first is new, whatever order the database gives them in either window.
        let frame = format!("OVER (PARTITION BY s.person_id ORDER BY {order}");
        format!(
            "SELECT g.person_id, MIN(g.start_date) AS start_date, {} AS end_date
FROM (
  SELECT s.person_id, s.start_date, s.end_date,
    SUM(s.is_new) {frame}, s.is_new DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS era
  FROM (
    SELECT s.*,
      CASE WHEN MAX(s.end_date) {frame} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) >= s.start_date
        THEN 0 ELSE 1 END AS is_new
    FROM (
      {spans}
    ) s
  ) s
) g
GROUP BY g.person_id, g.era",
            self.dialect.later("MAX(g.end_date)", -padding)
        )
    }

    /// A span for each included event, ended by whatever ends it first on or after its start.
    fn spans(&mut self, plan: &CohortPlan, included: &str) -> String {
        let eras = plan.exit.and_then(|strategy| self.exit_eras(strategy, included));
        let censoring: Vec<String> =
            plan.censoring.iter().map(|events| self.events(events, Some(included), None)).collect();
        let event = "i.person_id, i.event_id, i.start_date";
        let last = match plan.exit {
            Some(EndStrategy::DateOffset { date_field, offset }) => {
                let from = if date_field == EventDate::Start { "i.start_date" } else { "i.end_date" };
                format!("LEAST({}, i.period_end)", self.dialect.later(from, i64::from(offset)))
            }
            Some(EndStrategy::CustomEra { .. }) | None => "i.period_end".to_owned(),
        };
        let mut ends = vec![format!("  SELECT {event}, {last} AS end_date\n  FROM {included} i")];
        ends.extend(eras.map(|eras| {
            format!(
                "  SELECT {event}, a.end_date\n  FROM {included} i\n  JOIN {eras} a ON a.person_id = i.person_id\n    AND a.start_date <= i.start_date AND i.start_date <= a.end_date"
            )
        }));
        ends.extend(censoring.iter().map(|events| {
            format!(
                "  SELECT {event}, e.start_date AS end_date\n  FROM {included} i\n  JOIN {events} e ON e.person_id = i.person_id\n    AND e.start_date >= i.start_date AND e.start_date <= i.period_end"
            )
        }));
        let query = format!(
            "SELECT x.person_id, x.event_id, x.start_date, MIN(x.end_date) AS end_date\nFROM (\n{}\n) x\nWHERE x.end_date >= x.start_date\nGROUP BY x.person_id, x.event_id, x.start_date",
            ends.join("\n  UNION ALL\n")
        );
        self.writer.step(
            "spans",
            "A span for each included event, until what ends it first.",
            Joined::Once,
            &query,
        )
    }

    /// Everything up to the eras; the tables of qualified events with their rules and of eras.
    pub(super) fn cohort(&mut self, plan: &CohortPlan) -> CohortTables {
        let entry = self.entry(plan);
        let persons = entry.table.clone();
        let qualified = self.qualified(plan, entry);
        let groups: Vec<&GroupPlan> = plan.rules.iter().map(|rule| &rule.group).collect();
        let rules = self.rules(&groups, &qualified, &persons);
        let standing = self.standing(&qualified.table, &rules);
        let query = self.limited(
            &format!(
                "  FROM {} q\n  JOIN {standing} s ON s.person_id = q.person_id AND s.event_id = q.event_id AND s.rules_met = {}",
                qualified.table,
                rules.len()
            ),
            plan.expression_limit,
        );
        let purpose = "Included events: every rule holds.";
        let included = self.writer.step("included_events", purpose, Joined::Often, &query);
        let spans = self.spans(plan, &included);
        let pad = i64::from(plan.era_pad);
        let padded = format!(
            "SELECT x.person_id, x.start_date, {} AS end_date\n      FROM {spans} x",
            self.dialect.later("x.end_date", pad)
        );
        let query = self.merged(&padded, "s.start_date, s.end_date", pad);
        let purpose = "Spans of a person that touch become one.";
        let eras = self.writer.step("eras", purpose, Joined::Once, &query);
        let cut = self.cut(plan, &eras);
        CohortTables { standing, rules: rules.len(), eras, cut }
    }

    /// Eras cut to the calendar, in a table of their own where there is something to cut.
    fn cut(&mut self, plan: &CohortPlan, eras: &str) -> String {
        let window = plan.censor_window.unwrap_or_default();
        if window.start_date.is_none() && window.end_date.is_none() {
            return eras.to_owned();
        }
        let start = window.start_date.map_or_else(
            || "e.start_date".to_owned(),
            |first| format!("GREATEST(e.start_date, {})", date(first)),
        );
        let end = window
            .end_date
            .map_or_else(|| "e.end_date".to_owned(), |last| format!("LEAST(e.end_date, {})", date(last)));
        let query = format!(
            "SELECT x.person_id, x.start_date, x.end_date\nFROM (\n  SELECT e.person_id, {start} AS start_date, {end} AS end_date\n  FROM {eras} e\n) x\nWHERE x.start_date <= x.end_date"
        );
        self.writer.step("cut_eras", "Eras cut to the definition's calendar.", Joined::Once, &query)
    }
}

/// The tables that results are read from.
pub(super) struct CohortTables {
    /// Qualified events with the rules that they meet.
    pub standing: String,
    /// How many rules there are.
    pub rules: usize,
    /// Spans before they are cut to the calendar.
    pub eras: String,
    /// And after.
    pub cut: String,
}
