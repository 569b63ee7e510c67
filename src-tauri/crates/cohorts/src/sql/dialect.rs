//! What differs between the databases: arithmetic of days, types, texts, how a step is kept.

use jiff::civil::Date;

/// The database that a script is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// DuckDB, from 1.0 on.
    DuckDb,
    /// PostgreSQL, from 12 on.
    PostgreSql,
    /// Spark SQL, from 3.3 on.
    Spark,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DuckDb, Self::PostgreSql, Self::Spark];

    /// The word by which it is chosen: `duckdb`, `postgresql`, `spark`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DuckDb => "duckdb",
            Self::PostgreSql => "postgresql",
            Self::Spark => "spark",
        }
    }

    /// The dialect of this word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The name as its makers write it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::DuckDb => "DuckDB",
            Self::PostgreSql => "PostgreSQL",
            Self::Spark => "Spark SQL",
        }
    }

    /// A day, so many days later.
    pub(super) fn later(self, day: &str, days: i64) -> String {
        match (self, days) {
            (_, 0) => day.to_owned(),
            (Self::Spark, _) => format!("date_add({day}, {days})"),
            (_, 1..) => format!("({day} + {days})"),
            _ => format!("({day} - {})", days.unsigned_abs()),
        }
    }

    /// A day, later by the days that a column holds.
    pub(super) fn later_by(self, day: &str, days: &str) -> String {
        let days = format!("CAST({days} AS INTEGER)");
        match self {
            Self::Spark => format!("date_add({day}, {days})"),
            Self::DuckDb | Self::PostgreSql => format!("({day} + {days})"),
        }
    }

    /// Days from one day to another.
    pub(super) fn days_between(self, from: &str, to: &str) -> String {
        match self {
            Self::Spark => format!("datediff({to}, {from})"),
            Self::DuckDb | Self::PostgreSql => format!("({to} - {from})"),
        }
    }

    /// A column as a number of double precision, in which the engine compares.
    pub(super) fn number(self, column: &str) -> String {
        match self {
            Self::PostgreSql => format!("CAST({column} AS DOUBLE PRECISION)"),
            Self::DuckDb | Self::Spark => format!("CAST({column} AS DOUBLE)"),
        }
    }

    /// A text. Spark reads a backslash within one as an escape, and two quotes as two texts beside each other.
    pub(super) fn text(self, text: &str) -> String {
        match self {
            Self::Spark => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\u0027")),
            Self::DuckDb | Self::PostgreSql => format!("'{}'", text.replace('\'', "''")),
        }
    }

    /// A pattern of `LIKE`. PostgreSQL and Spark read a backslash within one as an escape, the definition does not mean it so.
    pub(super) fn pattern(self, pattern: &str) -> String {
        match self {
            Self::DuckDb => self.text(pattern),
            Self::PostgreSql | Self::Spark => self.text(&pattern.replace('\\', "\\\\")),
        }
    }

    /// The statement that keeps a step's rows.
    pub(super) fn keep(self, table: &str, query: &str) -> String {
        match self {
            Self::DuckDb => format!("CREATE OR REPLACE TEMPORARY TABLE {table} AS\n{query}"),
            Self::PostgreSql => format!("CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS\n{query}"),
            Self::Spark => format!("CREATE TABLE {table} USING PARQUET AS\n{query}"),
        }
    }

    /// The statement that keeps a result beyond the session.
    pub(super) fn keep_result(self, table: &str, query: &str) -> String {
        match self {
            Self::Spark => self.keep(table, query),
            Self::DuckDb | Self::PostgreSql => format!("CREATE TABLE {table} AS\n{query}"),
        }
    }
}

/// A date as every dialect reads it.
pub(super) fn date(date: Date) -> String {
    format!("DATE '{date}'")
}
