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

/// Writes steps down and names their tables.
pub(super) struct Writer {
    dialect: Dialect,
    /// Before the name of every step's table.
    prefix: String,
    steps: Vec<Statement>,
    tables: Vec<String>,
    numbers: BTreeMap<&'static str, usize>,
}

impl Writer {
    /// `hash`: of the definition. Spark keeps steps as tables of a schema, where other scripts keep theirs.
    pub fn new(dialect: Dialect, results: Option<&SchemaName>, hash: &str, cohort_id: u32) -> Self {
        let schema = results.map_or_else(String::new, |schema| format!("{schema}."));
        let prefix = match dialect {
            Dialect::Spark => format!("{schema}rustcare_{}_{cohort_id}_", &hash[..hash.len().min(12)]),
            Dialect::DuckDb | Dialect::PostgreSql => "rustcare_".to_owned(),
        };
        Self { dialect, prefix, steps: Vec::new(), tables: Vec::new(), numbers: BTreeMap::new() }
    }

    fn push(&mut self, purpose: &str, sql: String) {
        self.steps.push(Statement { purpose: purpose.to_owned(), sql });
    }

    /// A step of which there is one; its table's name.
    pub fn step(&mut self, noun: &str, purpose: &str, joined: Joined, query: &str) -> String {
        let table = format!("{}{noun}", self.prefix);
        if self.dialect == Dialect::Spark {
            self.push(
                "Nothing is left of an earlier run that was broken off.",
                format!("DROP TABLE IF EXISTS {table}"),
            );
        }
        self.push(purpose, self.dialect.keep(&table, query));
        if self.dialect == Dialect::PostgreSql && joined == Joined::Often {
            self.push("The planner counts the rows.", format!("ANALYZE {table}"));
        }
        self.tables.push(table.clone());
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
        self.push("The result of an earlier run goes.", format!("DROP TABLE IF EXISTS {table}"));
        self.push(purpose, self.dialect.keep_result(table, query));
    }

    /// The steps, and what takes their tables away.
    pub fn finish(self) -> (Vec<Statement>, Vec<Statement>) {
        let cleaning = match self.dialect {
            Dialect::PostgreSql => Vec::new(),
            Dialect::DuckDb | Dialect::Spark => self
                .tables
                .iter()
                .map(|table| Statement {
                    purpose: "The step is not needed any more.".to_owned(),
                    sql: format!("DROP TABLE IF EXISTS {table}"),
                })
                .collect(),
        };
        (self.steps, cleaning)
    }
}
