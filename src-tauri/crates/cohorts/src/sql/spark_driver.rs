//! A script as a program in Python that `spark-submit` runs.

use std::fmt::Write as _;

use super::script::{SqlScript, Statement};

/// What every such program does; the statements are put in after its imports.
const PROGRAM: &str = include_str!("spark_driver.py");
/// After this line.
const IMPORTS: &str = "from pyspark.sql import SparkSession\n";

/// A text as Python writes it over several lines.
fn literal(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 6);
    written.push_str("\"\"\"");
    for letter in text.chars() {
        match letter {
            '\\' => written.push_str("\\\\"),
            '"' => written.push_str("\\\""),
            '\n' => written.push('\n'),
            control if control.is_control() => {
                let _ = write!(written, "\\u{:04x}", u32::from(control));
            }
            letter => written.push(letter),
        }
    }
    written.push_str("\"\"\"");
    written
}

/// The script, for Spark, as a program that `spark-submit` runs. It holds the same statements and nothing besides.
#[must_use]
pub fn spark_driver(script: &SqlScript) -> String {
    let mut statements = String::from("\nSTEPS = [\n");
    for Statement { purpose, sql } in &script.steps {
        let _ = writeln!(statements, "    ({}, {}),", literal(purpose), literal(sql));
    }
    statements.push_str("]\n\nQUERIES = {\n");
    for (name, query) in ["cohort", "attrition", "totals"].iter().zip(script.queries()) {
        let _ = writeln!(statements, "    \"{name}\": {},", literal(&query.sql));
    }
    statements.push_str("}\n\nCLEANING = [\n");
    for statement in &script.cleaning {
        let _ = writeln!(statements, "    {},", literal(&statement.sql));
    }
    statements.push_str("]\n");
    let mut program = String::new();
    for line in &script.header {
        let _ = writeln!(program, "# {line}");
    }
    let (before, after) = PROGRAM.split_once(IMPORTS).unwrap_or((PROGRAM, ""));
    program + before + IMPORTS + &statements + after
}
