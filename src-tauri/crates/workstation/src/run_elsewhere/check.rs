//! What is looked at before a run, so that what is missing is named.

use std::collections::BTreeSet;

use rustcare_cohorts::sql::{SchemaName, SqlScript};
use tokio_postgres::Client;

use super::error::ElsewhereError;

/// Schema: whether it is there, whether its tables may be used, whether temporary tables may be made.
const RIGHTS: &str = "SELECT to_regnamespace($1) IS NOT NULL,
  COALESCE(has_schema_privilege(to_regnamespace($1), 'USAGE'), FALSE),
  has_database_privilege(current_database(), 'TEMPORARY')";

/// Tables, in order: whether each is there, whether it may be read.
const TABLES: &str = "SELECT t.name, to_regclass($1 || '.' || t.name) IS NOT NULL,
  COALESCE(has_table_privilege(to_regclass($1 || '.' || t.name), 'SELECT'), FALSE)
FROM unnest($2::text[]) AS t(name)
ORDER BY t.name";

/// The tables of a schema that a script reads.
fn tables(script: &SqlScript, schema: &SchemaName) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for statement in script.statements() {
        for word in ["FROM", "JOIN"] {
            for (at, before) in statement.sql.match_indices(&format!("{word} {schema}.")) {
                let rest = &statement.sql[at + before.len()..];
                let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                found.insert(rest[..end.unwrap_or(rest.len())].to_owned());
            }
        }
    }
    found
}

/// Looks whether a script can run.
///
/// # Errors
/// The first thing that is missing.
pub(super) async fn check(
    client: &Client,
    script: &SqlScript,
    schema: &SchemaName,
    seconds: u64,
) -> Result<(), ElsewhereError> {
    let refused = |error| ElsewhereError::of_statement(&error, seconds);
    let unread = |_| ElsewhereError::AnswerUnread;
    let name = schema.to_string();
    let rights = client.query_one(RIGHTS, &[&name]).await.map_err(refused)?;
    let is = |column: usize| rights.try_get::<_, bool>(column).map_err(unread);
    if !is(0)? || !is(1)? {
        return Err(ElsewhereError::SchemaUnknown);
    }
    if !is(2)? {
        return Err(ElsewhereError::NoTemporaryTables);
    }
    let wanted: Vec<String> = tables(script, schema).into_iter().collect();
    for row in client.query(TABLES, &[&name, &wanted]).await.map_err(refused)? {
        let table: String = row.try_get(0).map_err(unread)?;
        if !row.try_get::<_, bool>(1).map_err(unread)? {
            return Err(ElsewhereError::TableMissing { table });
        }
        if !row.try_get::<_, bool>(2).map_err(unread)? {
            return Err(ElsewhereError::TableUnreadable { table });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustcare_cohorts::definition::CohortExpression;
    use rustcare_cohorts::sql::{Dialect, Target, render};

    #[test]
    fn the_tables_of_a_script_are_those_that_it_reads() {
        let expression = CohortExpression::from_json(
            r#"{"PrimaryCriteria": {"CriteriaList": [{"Death": {}}], "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
                "PrimaryCriteriaLimit": {"Type": "First"}}}"#,
        )
        .unwrap();
        let schema = SchemaName::parse("cdm").unwrap();
        let target = Target { cdm_schema: Some(schema.clone()), ..Target::default() };
        let script = render(&expression, Dialect::PostgreSql, &target).unwrap();
        let found = tables(&script, &schema);
        for table in ["death", "observation_period", "concept", "concept_ancestor", "concept_relationship"] {
            assert!(found.contains(table), "{table} in {found:?}");
        }
        assert!(!found.contains("drug_exposure"));
    }
}
