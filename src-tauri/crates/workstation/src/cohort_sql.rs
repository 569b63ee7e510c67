//! A cohort definition written as SQL, for a database elsewhere.

use std::path::Path;

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::sql::{Dialect, NotASchemaName, SchemaName, SqlScript, Target, render, spark_driver};
use rustcare_model::reason::Reason;
use serde_json::{Value, json};

use crate::cohort_index::{definition, not_written, number, unreadable};
use crate::problem::{Problem, ProblemCode};

/// The words that name a database.
pub const DIALECTS: [&str; 3] = [Dialect::DuckDb.name(), Dialect::PostgreSql.name(), Dialect::Spark.name()];

/// For which database, and where its tables are.
#[derive(Clone, Debug, Default)]
pub struct SqlRequest {
    /// One of [`DIALECTS`].
    pub dialect: String,
    /// Schema of the events and persons.
    pub cdm_schema: Option<String>,
    /// Schema of the vocabulary; none: that of the events.
    pub vocabulary_schema: Option<String>,
    /// Schema in which the cohort stays.
    pub results_schema: Option<String>,
    /// `cohort_definition_id`; none: the number by which the file is named, or 0.
    pub cohort_id: Option<u32>,
}

fn schema(field: &str, name: Option<&str>) -> Result<Option<SchemaName>, Problem> {
    let refused = |error: NotASchemaName| {
        let why = Reason::NamedFileUnreadable.with("file", field).with("what", error);
        Problem::new(ProblemCode::InvalidInput, why)
    };
    name.map(SchemaName::parse).transpose().map_err(refused)
}

fn script(file: &Path, request: &SqlRequest) -> Result<SqlScript, Problem> {
    let expression: CohortExpression = definition(file)?;
    let own = || number(file).and_then(|number| u32::try_from(number).ok());
    let target = Target {
        cdm_schema: schema("cdm-schema", request.cdm_schema.as_deref())?,
        vocabulary_schema: schema("vocabulary-schema", request.vocabulary_schema.as_deref())?,
        results_schema: schema("results-schema", request.results_schema.as_deref())?,
        cohort_id: request.cohort_id.or_else(own).unwrap_or(0),
    };
    let dialect = Dialect::named(&request.dialect).unwrap_or(Dialect::DuckDb);
    render(&expression, dialect, &target).map_err(|error| unreadable(file, error))
}

/// Writes a definition as SQL to `out`; where that is not named, the answer holds it. `driver`: where a program in Python
/// goes that runs the same on Spark.
///
/// # Errors
/// When a file cannot be read or written, a name of a schema is none, or the definition holds what cannot be run, named with
/// its place.
pub fn write(
    file: &Path,
    request: &SqlRequest,
    out: Option<&Path>,
    driver: Option<&Path>,
) -> Result<Value, Problem> {
    let script = script(file, request)?;
    let text = script.to_string();
    let mut answer = json!({
        "dialect": request.dialect, "statements": script.statements().count(), "out": out, "driver": driver,
    });
    if let Some(path) = driver {
        std::fs::write(path, spark_driver(&script)).map_err(|error| not_written(path, error))?;
    }
    match out {
        Some(path) => std::fs::write(path, text).map_err(|error| not_written(path, error))?,
        None => answer["sql"] = text.into(),
    }
    Ok(answer)
}
