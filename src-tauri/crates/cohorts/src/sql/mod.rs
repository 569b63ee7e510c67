//! A cohort definition as SQL over tables of the OMOP common data model 5.4.
//!
//! The meaning is that of [`crate::engine`], which is circe-be's with its ties closed: the script is written from the same
//! plan, so that what the engine refuses is refused here by the same name and place. It is not circe-be's template: each step
//! is a table that is made once (entry events above all, which circe inlines wherever they are needed), every choice of one
//! event among several follows the total order, eras come from window functions, and nothing is deleted or updated. Concept
//! sets are resolved by the target's own vocabulary.
//!
//! What a script expects of the target: dates in columns of type date, one row a person in `person`, and an end in every
//! visit, visit detail, era and observation period, as the data model demands. Numbers are compared in double precision.
//!
//! ```
//! use rustcare_cohorts::definition::CohortExpression;
//! use rustcare_cohorts::sql::{Dialect, SchemaName, Target, render};
//!
//! let expression = CohortExpression::from_json(
//!     r#"{"PrimaryCriteria": {"CriteriaList": [{"Death": {}}], "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
//!         "PrimaryCriteriaLimit": {"Type": "First"}}}"#,
//! )
//! .unwrap();
//! let target = Target { cdm_schema: SchemaName::parse("cdm").ok(), cohort_id: 7, ..Target::default() };
//! let script = render(&expression, Dialect::PostgreSql, &target).unwrap();
//! assert!(script.to_string().contains("FROM cdm.death c"));
//! ```

mod attrition;
mod cohort;
mod concepts;
mod dialect;
mod events;
mod filter;
mod group;
mod schema;
mod script;
mod spark_driver;

use std::collections::HashMap;

pub use dialect::Dialect;
pub use schema::{NotASchemaName, SchemaName};
pub use script::{SqlScript, Statement};
pub use spark_driver::spark_driver;

use filter::Conditions;
use script::Writer;

use crate::definition::{CohortExpression, CountColumn, DefinitionError};
use crate::engine::ENGINE_VERSION;
use crate::engine::compile::{Compiler, ConceptSets};
use crate::engine::definition_hash;
use crate::engine::plan::Key;

/// Where a script finds its tables, and under which number the cohort goes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Target {
    /// Schema of the events and persons; none: where the session looks first.
    pub cdm_schema: Option<SchemaName>,
    /// Schema of the vocabulary; none: that of the events.
    pub vocabulary_schema: Option<SchemaName>,
    /// Schema in which the cohort and its counts stay as tables, `rustcare_cohort_7` and so on; none: they are only shown.
    /// Spark keeps the steps there as well, under names of their own.
    pub results_schema: Option<SchemaName>,
    /// `cohort_definition_id` of the rows.
    pub cohort_id: u32,
}

impl Target {
    fn cdm_table(&self, table: &str) -> String {
        qualified(self.cdm_schema.as_ref(), table)
    }

    fn vocabulary_table(&self, table: &str) -> String {
        qualified(self.vocabulary_schema.as_ref().or(self.cdm_schema.as_ref()), table)
    }
}

fn qualified(schema: Option<&SchemaName>, table: &str) -> String {
    schema.map_or_else(|| table.to_owned(), |schema| format!("{schema}.{table}"))
}

/// A script on its way.
struct Render<'a> {
    dialect: Dialect,
    target: &'a Target,
    writer: Writer,
    /// Tables of events by what they hold: criterion, persons, column that is counted.
    known: HashMap<(Key, Option<String>, Option<CountColumn>), String>,
    /// Table of concepts by set.
    concepts: String,
    visits: Option<String>,
}

impl Render<'_> {
    fn conditions(&self) -> Conditions<'_> {
        Conditions { dialect: self.dialect, concepts: &self.concepts }
    }
}

/// Writes a definition as SQL. The same definition and target give the same bytes.
///
/// # Errors
/// When the definition holds what cannot be run, named with its place, as [`crate::engine::Engine::run`] does.
pub fn render(
    expression: &CohortExpression,
    dialect: Dialect,
    target: &Target,
) -> Result<SqlScript, DefinitionError> {
    let sets = ConceptSets::new();
    let mut compiler = Compiler::new(None, &sets, None);
    let plan = compiler.cohort(expression)?;
    let hash = blake3::Hash::from_bytes(definition_hash(expression)).to_hex().to_string();
    let writer = Writer::new(dialect, target.results_schema.as_ref(), &hash, target.cohort_id);
    let mut render =
        Render { dialect, target, writer, known: HashMap::new(), concepts: String::new(), visits: None };
    render.concepts = render.concept_sets(&expression.concept_sets, &compiler.used());
    let tables = render.cohort(&plan);
    let masks = render.masks(&tables);
    let queries = render.results(&tables, &masks);
    let written = render.writer.finish(queries);
    let [rows_query, attrition_query, totals_query] = written.queries;
    let header = header(dialect, target, &hash);
    Ok(SqlScript {
        dialect,
        header,
        steps: written.steps,
        rows_query,
        attrition_query,
        totals_query,
        cleaning: written.cleaning,
    })
}

fn header(dialect: Dialect, target: &Target, hash: &str) -> Vec<String> {
    let kept = match (&target.results_schema, dialect) {
        (Some(schema), _) => format!("The cohort and its counts stay in the schema {schema}."),
        (None, Dialect::Spark) => {
            "Steps are tables of the current database and are dropped at the end.".to_owned()
        }
        (None, Dialect::DuckDb | Dialect::PostgreSql) => "Only temporary tables are made.".to_owned(),
    };
    vec![
        format!("A cohort definition as SQL over the OMOP common data model 5.4, for {}.", dialect.title()),
        format!("Definition {hash}, cohort_definition_id {}.", target.cohort_id),
        format!("Written by RustCare, engine version {ENGINE_VERSION}. {kept}"),
        "It holds no patient's data.".to_owned(),
    ]
}

impl Render<'_> {
    /// The three queries at the end; with a schema for results each reads a table that stays.
    fn results(&mut self, tables: &cohort::CohortTables, masks: &str) -> [Statement; 3] {
        let id = self.target.cohort_id;
        let rows = format!(
            "SELECT {id} AS cohort_definition_id, e.person_id AS subject_id, e.start_date AS cohort_start_date, e.end_date AS cohort_end_date\nFROM {} e",
            tables.cut
        );
        let attrition = self.attrition_query(masks, tables.rules, id);
        let count = |table: &str| format!("(SELECT COUNT(DISTINCT e.person_id) FROM {table} e)");
        let totals = format!(
            "SELECT {id} AS cohort_definition_id, COUNT(*) AS spans, COUNT(DISTINCT c.person_id) AS persons,\n  {} - COUNT(DISTINCT c.person_id) AS lost_to_censor_window\nFROM {} c",
            count(&tables.eras),
            tables.cut
        );
        [
            self.outcome("cohort", "The cohort.", rows, Some("subject_id, cohort_start_date")),
            self.outcome("attrition", "Counts by rule.", attrition, Some("mode_id, rule_number")),
            self.outcome("totals", "Spans and persons.", totals, None),
        ]
    }

    fn outcome(&mut self, noun: &str, purpose: &str, query: String, order: Option<&str>) -> Statement {
        let order = order.map_or_else(String::new, |order| format!("\nORDER BY {order}"));
        let sql = match &self.target.results_schema {
            Some(schema) => {
                let table = format!("{schema}.rustcare_{noun}_{}", self.target.cohort_id);
                self.writer.result(&table, purpose, &query);
                format!("SELECT *\nFROM {table}{order}")
            }
            None => query + &order,
        };
        Statement { purpose: purpose.to_owned(), sql }
    }
}
