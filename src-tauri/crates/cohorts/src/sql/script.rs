//! A script: its statements in order, each with what it is for.

use std::collections::BTreeMap;
use std::fmt;

use super::dialect::Dialect;
use super::schema::SchemaName;

/// One statement, without the semicolon that ends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is for, in one line.
    pub purpose: String,
    /// The statement.
    pub sql: String,
}

/// A definition as SQL.
///
/// `to_string` is the whole as a file. Whoever runs it statement by statement runs [`SqlScript::steps`] within one session
/// (PostgreSQL: one transaction), asks the queries, then runs [`SqlScript::cleaning`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlScript {
    /// For which database.
    pub dialect: Dialect,
    /// Where the script comes from, line by line.
    pub header: Vec<String>,
    /// Statements that make the tables of the steps, in order.
    pub steps: Vec<Statement>,
    /// The cohort: `cohort_definition_id`, `subject_id`, `cohort_start_date`, `cohort_end_date`, by person and first day.
    pub rows_query: Statement,
    /// Counts by rule: `cohort_definition_id`, `mode_id` (0: qualified events, 1: the best event of each person),
    /// `rule_number` (0: before any rule), `met`, `all_but_this`, `remaining`.
    pub attrition_query: Statement,
    /// One row: `cohort_definition_id`, `spans`, `persons`, `lost_to_censor_window`.
    pub totals_query: Statement,
    /// Statements that take the tables of the steps away again; none where the session or transaction does.
    pub cleaning: Vec<Statement>,
}

impl SqlScript {
    /// The three queries at the end.
    #[must_use]
    pub fn queries(&self) -> [&Statement; 3] {
        [&self.rows_query, &self.attrition_query, &self.totals_query]
    }

    /// Every statement in order.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.steps.iter().chain(self.queries()).chain(&self.cleaning)
    }
}

impl fmt::Display for SqlScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.header {
            writeln!(f, "-- {line}")?;
        }
        let is_transaction = self.dialect == Dialect::PostgreSql;
        if is_transaction {
            writeln!(f, "\nBEGIN;")?;
        }
        for statement in self.statements() {
            writeln!(f, "\n-- {}\n{};", statement.purpose, statement.sql)?;
        }
        if is_transaction {
            writeln!(f, "\nCOMMIT;")?;
        }
        Ok(())
    }
}

/// Whether the database should count a step's rows before the next: it plans joins by what it knows of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// Other steps look for rows in it.
    Often,
    /// It is read once, or whole.
    Once,
}

/// A step before it is known how often the others read it.
struct Step {
    table: String,
    purpose: String,
    query: String,
    joined: Joined,
}

/// Writes steps down and names their tables.
pub(super) struct Writer {
    dialect: Dialect,
    /// Schema that Spark's tables are in, with its full stop.
    schema: String,
    /// Before the name of every step's table.
    prefix: String,
    steps: Vec<Step>,
    /// What is done when all steps are.
    results: Vec<Statement>,
    numbers: BTreeMap<&'static str, usize>,
}

/// Steps, results that stay, and what takes the steps' tables away again.
pub(super) struct Written {
    pub steps: Vec<Statement>,
    pub queries: [Statement; 3],
    pub cleaning: Vec<Statement>,
}

fn statement(purpose: &str, sql: String) -> Statement {
    Statement { purpose: purpose.to_owned(), sql }
}

/// Where a name stands in a text, as a whole.
fn places(text: &str, name: &str) -> Vec<usize> {
    let goes_on = |at: usize| {
        text[at + name.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
    };
    text.match_indices(name).map(|(at, _)| at).filter(|at| !goes_on(*at)).collect()
}

fn renamed(text: &str, from: &str, to: &str) -> String {
    let (mut written, mut copied) = (String::with_capacity(text.len()), 0);
    for at in places(text, from) {
        written.push_str(&text[copied..at]);
        written.push_str(to);
        copied = at + from.len();
    }
    written + &text[copied..]
}

impl Writer {
    /// `hash`: of the definition. Spark keeps steps as tables of a schema, where other scripts keep theirs.
    pub fn new(dialect: Dialect, results: Option<&SchemaName>, hash: &str, cohort_id: u32) -> Self {
        let (schema, prefix) = match dialect {
            Dialect::Spark => (
                results.map_or_else(String::new, |schema| format!("{schema}.")),
                format!("rustcare_{}_{cohort_id}_", &hash[..hash.len().min(12)]),
            ),
            Dialect::DuckDb | Dialect::PostgreSql => (String::new(), "rustcare_".to_owned()),
        };
        Self { dialect, schema, prefix, steps: Vec::new(), results: Vec::new(), numbers: BTreeMap::new() }
    }

    /// A step of which there is one; its table's name.
    pub fn step(&mut self, noun: &str, purpose: &str, joined: Joined, query: &str) -> String {
        let table = format!("{}{}{noun}", self.schema, self.prefix);
        self.steps.push(Step {
            table: table.clone(),
            purpose: purpose.to_owned(),
            query: query.to_owned(),
            joined,
        });
        table
    }

    /// A step of which there are several.
    pub fn numbered(&mut self, noun: &'static str, purpose: &str, joined: Joined, query: &str) -> String {
        let number = self.numbers.entry(noun).or_insert(0);
        *number += 1;
        let name = format!("{noun}_{number}");
        self.step(&name, purpose, joined, query)
    }

    /// A result that stays, and how it is read.
    pub fn result(&mut self, table: &str, purpose: &str, query: &str) {
        let drop = format!("DROP TABLE IF EXISTS {table}");
        self.results.push(statement("The result of an earlier run goes.", drop));
        self.results.push(statement(purpose, self.dialect.keep_result(table, query)));
    }

    /// How often the other steps, results and queries read a step's table.
    fn uses(&self, table: &str, queries: &[Statement]) -> usize {
        let steps = self.steps.iter().map(|step| &step.query);
        let rest = self.results.iter().chain(queries).map(|statement| &statement.sql);
        steps.chain(rest).map(|text| places(text, table).len()).sum()
    }

    /// A table a step. In Spark, where each costs a job and its files, a step that is read in one place is a view: it is
    /// computed once all the same.
    pub fn finish(mut self, mut queries: [Statement; 3]) -> Written {
        let (mut steps, mut cleaning) = (Vec::new(), Vec::new());
        let mut views = Vec::new();
        if self.dialect == Dialect::Spark {
            let once = self.steps.iter().filter(|step| self.uses(&step.table, &queries) <= 1);
            views = once.map(|step| step.table.clone()).collect();
        }
        for view in &views {
            // A temporary view belongs to no schema.
            let bare = view[self.schema.len()..].to_owned();
            let texts = self.steps.iter_mut().map(|step| &mut step.query);
            let rest = self.results.iter_mut().chain(&mut queries).map(|statement| &mut statement.sql);
            texts.chain(rest).for_each(|text| *text = renamed(text, view, &bare));
        }
        for Step { table, purpose, query, joined } in self.steps {
            if views.contains(&table) {
                let view = &table[self.schema.len()..];
                steps.push(statement(
                    &purpose,
                    format!("CREATE OR REPLACE TEMPORARY VIEW {view} AS\n{query}"),
                ));
                cleaning.push(statement("A step goes.", format!("DROP VIEW IF EXISTS {view}")));
                continue;
            }
            let drop = format!("DROP TABLE IF EXISTS {table}");
            if self.dialect == Dialect::Spark {
                steps.push(statement("Nothing is left of a run that was broken off.", drop.clone()));
            }
            steps.push(statement(&purpose, self.dialect.keep(&table, &query)));
            if self.dialect == Dialect::PostgreSql {
                if joined == Joined::Often {
                    steps.push(statement("The planner counts the rows.", format!("ANALYZE {table}")));
                }
            } else {
                cleaning.push(statement("A step goes.", drop));
            }
        }
        steps.extend(self.results);
        cleaning.reverse();
        Written { steps, queries, cleaning }
    }
}
