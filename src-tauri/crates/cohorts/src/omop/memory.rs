//! Tables that are not in files: what a vault holds, in the form of the common data model.

use super::table::Values;

/// A table in memory, column by column; all columns have the same length.
#[derive(Debug)]
pub struct MemoryTable {
    pub(super) name: &'static str,
    rows: usize,
    columns: Vec<(&'static str, Values)>,
}

impl MemoryTable {
    /// A table of so many rows that has no column yet.
    #[must_use]
    pub const fn new(name: &'static str, rows: usize) -> Self {
        Self { name, rows, columns: Vec::new() }
    }

    /// With a column of whole numbers; [`super::NO_INTEGER`] where there is none.
    #[must_use]
    pub fn integers(self, name: &'static str, values: Vec<i64>) -> Self {
        self.with(name, values.len(), Values::Integers(values))
    }

    /// With a column of days since 1970-01-01; [`super::NO_DAY`] where there is none.
    #[must_use]
    pub fn days(self, name: &'static str, values: Vec<i32>) -> Self {
        self.with(name, values.len(), Values::Days(values))
    }

    /// With a column of numbers; not a number where there is none.
    #[must_use]
    pub fn numbers(self, name: &'static str, values: Vec<f64>) -> Self {
        self.with(name, values.len(), Values::Numbers(values))
    }

    fn with(mut self, name: &'static str, count: usize, values: Values) -> Self {
        debug_assert_eq!(count, self.rows, "{name}");
        self.columns.push((name, values));
        self
    }

    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn values(&self, column: &str) -> Option<Values> {
        self.columns.iter().find(|(name, _)| *name == column).map(|(_, values)| values.clone())
    }
}
