//! The script as a text: parsed by another's parser, the same bytes each time, nothing of a caller in it as it is.

use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::sql::{Dialect, SchemaName, SqlScript, Target, render};
use serde_json::json;
use sqlparser::dialect::{Dialect as Grammar, DuckDbDialect, PostgreSqlDialect, SparkSqlDialect};
use sqlparser::parser::Parser;

use crate::data::{omop, phenotypes};
use crate::definitions::{every_attribute, two_of_each};

fn grammar(dialect: Dialect) -> Box<dyn Grammar> {
    match dialect {
        Dialect::DuckDb => Box::new(DuckDbDialect {}),
        Dialect::PostgreSql => Box::new(PostgreSqlDialect {}),
        Dialect::Spark => Box::new(SparkSqlDialect {}),
    }
}

fn target(results: bool) -> Target {
    let schema = |name: &str| SchemaName::parse(name).ok();
    Target {
        cdm_schema: schema("cdm"),
        vocabulary_schema: schema("vocabulary"),
        results_schema: schema("results").filter(|_| results),
        cohort_id: 7,
    }
}

/// Parses each statement by itself, and the whole.
fn assert_parses(name: &str, script: &SqlScript) {
    let grammar = grammar(script.dialect);
    for statement in script.statements() {
        let parsed = Parser::parse_sql(&*grammar, &statement.sql)
            .unwrap_or_else(|error| panic!("{name}, {}: {error}\n{}", script.dialect.title(), statement.sql));
        assert_eq!(parsed.len(), 1, "{name}: {}", statement.sql);
        let word = statement.sql.split_whitespace().next().unwrap_or_default();
        assert!(["CREATE", "DROP", "ANALYZE", "SELECT"].contains(&word), "{name}: {word}");
    }
    let whole = Parser::parse_sql(&*grammar, &script.to_string()).unwrap_or_else(|e| panic!("{name}: {e}"));
    assert!(whole.len() >= script.statements().count(), "{name}");
}

#[test]
fn every_statement_of_every_published_definition_parses_in_its_dialect() {
    let test = "every_statement_of_every_published_definition_parses_in_its_dialect";
    let Some(folder) = omop(test, "phenotypes") else { return };
    for (id, value) in phenotypes(&folder) {
        let expression = CohortExpression::from_value(value).unwrap_or_else(|e| panic!("{id}: {e}"));
        for dialect in Dialect::ALL {
            let script =
                render(&expression, dialect, &target(id % 2 == 0)).unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_parses(&id.to_string(), &script);
            let again = render(&expression, dialect, &target(id % 2 == 0)).map(|script| script.to_string());
            assert_eq!(again, Ok(script.to_string()), "{id}: other bytes");
        }
    }
}

#[test]
fn every_attribute_parses_in_each_dialect() {
    for case in two_of_each(every_attribute()).cases {
        for dialect in Dialect::ALL {
            let script = render(&case.expression, dialect, &target(true)).unwrap_or_else(|e| panic!("{e}"));
            assert_parses(&case.name, &script);
        }
    }
}

#[test]
fn a_text_of_a_definition_stays_within_its_quotes() {
    let hostile = "x'; DROP TABLE person; --\\'\n";
    let expression = CohortExpression::from_value(json!({
        "Title": hostile,
        "ConceptSets": [{ "id": 0, "name": hostile, "expression": { "items": [
            { "concept": { "CONCEPT_ID": 1, "CONCEPT_NAME": hostile } }
        ] } }],
        "PrimaryCriteria": { "CriteriaList": [{ "ConditionOccurrence": {
            "CodesetId": 0, "StopReason": { "Text": hostile, "Op": "contains" }
        } }] },
        "InclusionRules": [{ "name": hostile, "description": hostile, "expression": { "Type": "ALL" } }],
    }))
    .unwrap_or_else(|e| panic!("{e}"));
    for dialect in Dialect::ALL {
        let script = render(&expression, dialect, &target(true)).unwrap_or_else(|e| panic!("{e}"));
        assert_parses("hostile", &script);
        let text = script.to_string();
        let quoted = match dialect {
            Dialect::DuckDb => "'%x''; DROP TABLE person; --\\''\n%'",
            Dialect::PostgreSql => "'%x''; DROP TABLE person; --\\\\''\n%'",
            Dialect::Spark => "'%x\\u0027; DROP TABLE person; --\\\\\\\\\\u0027\n%'",
        };
        assert!(text.contains(quoted), "{text}");
        assert_eq!(text.matches("DROP TABLE person").count(), 1, "names are no part of the script");
    }
}

#[test]
fn what_cannot_be_run_is_refused_in_the_engines_words() {
    let expression = CohortExpression::from_value(json!({
        "PrimaryCriteria": { "CriteriaList": [{ "PayerPlanPeriod": {} }] }
    }))
    .unwrap_or_else(|e| panic!("{e}"));
    let error = render(&expression, Dialect::Spark, &Target::default()).expect_err("refused");
    assert_eq!(error.to_string(), "PrimaryCriteria.CriteriaList[0]: PayerPlanPeriod cannot be run");
}

#[test]
fn the_header_says_where_the_script_comes_from() {
    let expression =
        CohortExpression::from_value(json!({ "PrimaryCriteria": { "CriteriaList": [{ "Death": {} }] } }))
            .unwrap_or_else(|e| panic!("{e}"));
    let script = render(&expression, Dialect::DuckDb, &target(false)).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(
        script.header,
        [
            "A cohort definition as SQL over the OMOP common data model 5.4, for DuckDB.",
            "Definition edd17665877b6ef4228ffa9146e901b48e0626b4bae3466140036e8e7770b1f5, cohort_definition_id 7.",
            "Written by RustCare, engine version 1. Only temporary tables are made.",
            "It holds no patient's data.",
        ]
    );
}
