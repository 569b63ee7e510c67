//! Which rules hold for each qualified event, and the counts that follow.

use std::fmt::Write as _;

use super::Render;
use super::cohort::CohortTables;
use super::script::Joined;

/// One column a rule, from 1.
fn columns(rules: usize, write: impl Fn(usize) -> String) -> String {
    (1..=rules).map(write).collect()
}

impl Render<'_> {
    /// Qualified events with a column a rule, how many they meet, the first that they miss (one beyond the last where they
    /// miss none), and their place among the person's: most rules, then the lowest rule met, then total order.
    pub(super) fn standing(&mut self, qualified: &str, rules: &[String]) -> String {
        let count = rules.len();
        let pivot = if rules.is_empty() {
            format!("    SELECT q.person_id, q.event_id\n    FROM {qualified} q")
        } else {
            let met: Vec<String> = rules
                .iter()
                .enumerate()
                .map(|(position, table)| {
                    format!(
                        "      SELECT {} AS rule_number, h.person_id, h.event_id\n      FROM {table} h",
                        position + 1
                    )
                })
                .collect();
            let held = columns(count, |rule| {
                format!(",\n      MAX(CASE WHEN m.rule_number = {rule} THEN 1 ELSE 0 END) AS rule_{rule}")
            });
            format!(
                "    SELECT q.person_id, q.event_id{held}\n    FROM {qualified} q\n    LEFT JOIN (\n{}\n    ) m ON m.person_id = q.person_id AND m.event_id = q.event_id\n    GROUP BY q.person_id, q.event_id",
                met.join("\n      UNION ALL\n")
            )
        };
        let sum = columns(count, |rule| format!("{}r.rule_{rule}", if rule == 1 { "" } else { " + " }));
        let case = |value: u8, otherwise: usize| {
            let cases = columns(count, |rule| format!(" WHEN r.rule_{rule} = {value} THEN {rule}"));
            if cases.is_empty() { otherwise.to_string() } else { format!("CASE{cases} ELSE {otherwise} END") }
        };
        let query = format!(
            "SELECT s.*,
  ROW_NUMBER() OVER (PARTITION BY s.person_id ORDER BY s.rules_met DESC, s.first_met, s.event_id) AS preference
FROM (
  SELECT r.*, {} AS rules_met, {} AS first_missed, {} AS first_met
  FROM (
{pivot}
  ) r
) s",
            if sum.is_empty() { "0" } else { &sum },
            case(0, count + 1),
            case(1, 0),
        );
        self.writer.step("standing", "Which rules hold for each qualified event.", Joined::Often, &query)
    }

    /// How many events (mode 0), and how many best events of a person (mode 1), meet exactly the same rules.
    pub(super) fn masks(&mut self, tables: &CohortTables) -> String {
        let rules = columns(tables.rules, |rule| format!("s.rule_{rule}, "));
        let one = |mode: u8, condition: &str| {
            format!(
                "SELECT {mode} AS mode_id, {rules}s.rules_met, s.first_missed, COUNT(*) AS counted\nFROM {} s{condition}\nGROUP BY {rules}s.rules_met, s.first_missed",
                tables.standing
            )
        };
        let query = format!("{}\nUNION ALL\n{}", one(0, ""), one(1, "\nWHERE s.preference = 1"));
        self.writer.step("masks", "How many meet exactly the same rules.", Joined::Once, &query)
    }

    /// Counts by rule: circe's modes, and before any rule as rule 0.
    pub(super) fn attrition_query(&self, masks: &str, rules: usize, cohort_id: u32) -> String {
        let counted = |condition: &str| {
            format!("CAST(COALESCE(SUM(CASE WHEN {condition} THEN m.counted ELSE 0 END), 0) AS BIGINT)")
        };
        let line = |rule: usize, met: &str, gained: &str, remaining: &str| {
            format!(
                "  SELECT {cohort_id} AS cohort_definition_id, d.mode_id, {rule} AS rule_number,\n    {met} AS met,\n    {gained} AS all_but_this,\n    {remaining} AS remaining\n  FROM (SELECT 0 AS mode_id UNION ALL SELECT 1 AS mode_id) d\n  LEFT JOIN {masks} m ON m.mode_id = d.mode_id\n  GROUP BY d.mode_id"
            )
        };
        let all = counted("m.mode_id = d.mode_id");
        let mut query = line(0, &all, "CAST(NULL AS BIGINT)", &all);
        for rule in 1..=rules {
            let gained = format!("m.first_missed = {rule} AND m.rules_met = {}", rules - 1);
            let _ = write!(
                query,
                "\n  UNION ALL\n{}",
                line(
                    rule,
                    &counted(&format!("m.rule_{rule} = 1")),
                    &counted(&gained),
                    &counted(&format!("m.first_missed > {rule}")),
                )
            );
        }
        query
    }
}
