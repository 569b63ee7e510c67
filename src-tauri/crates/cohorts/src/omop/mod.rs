//! Reads a folder in the OMOP common data model: one file a table, Parquet or CSV (also packed: `.csv.gz`), names in any case.
//! A table may also be a folder of such files, its parts, as Spark writes it.
//!
//! A table or a column that is missing is one without values, except those that no row has a meaning without; which were looked for in
//! vain is kept, to be told. A value that cannot be read refuses the folder, with table, row, column and reason.

mod csv_table;
mod memory;
mod parquet_column;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;
use thiserror::Error;

pub use memory::MemoryTable;
pub use table::Table;

/// No day.
pub const NO_DAY: i32 = i32::MIN;
/// No whole number.
pub const NO_INTEGER: i64 = i64::MIN;

/// Why a folder is refused.
#[derive(Debug, Error)]
pub enum OmopError {
    /// The folder cannot be read.
    #[error("{}: {source}", path.display())]
    Folder {
        /// Folder or file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What its reader says.
        reason: String,
    },
    /// A column without which the table has no meaning.
    #[error("{table}: there is no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table without which the folder has no meaning.
    #[error("{}: there is no table {table}; choose the folder that holds {table}.parquet, {table}.csv or {table}.csv.gz", folder.display())]
    NoTable {
        /// The folder.
        folder: PathBuf,
        /// The table.
        table: &'static str,
    },
    /// A value that cannot be read.
    #[error("{table}, row {row}, column {column}: {reason}")]
    BadValue {
        /// The table.
        table: String,
        /// Row, from 1, the heading not counted.
        row: usize,
        /// The column.
        column: String,
        /// Why; never the value, which is somebody's.
        reason: String,
    },
    /// More rows than an index can number.
    #[error("{table}: {rows} rows are more than the {} that an index holds in a table", u32::MAX)]
    TooManyRows {
        /// The table.
        table: String,
        /// Its rows.
        rows: usize,
    },
}

/// A folder of tables.
#[derive(Clone, Debug)]
pub struct OmopFolder {
    path: PathBuf,
    /// Tables by name, each with its parts.
    files: Vec<(String, Vec<PathBuf>)>,
    tables: Vec<Arc<MemoryTable>>,
    absent: Absent,
}

/// Tables, and columns as `table.column`, that were looked for and are not there.
type Absent = Arc<Mutex<BTreeSet<String>>>;

/// Endings of files that are read, the one that is preferred first.
const ENDINGS: [&str; 3] = [".parquet", ".csv", ".csv.gz"];

impl OmopFolder {
    /// The tables of a folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn open(path: &Path) -> Result<Self, OmopError> {
        let mut files = Vec::new();
        for file in entries(path)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
            let table = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending));
            if file.is_dir() {
                // Other folders may be closed to us (`lost+found`). Of parts written in two ways one way is read, not both.
                let mut parts = entries(&file).unwrap_or_default();
                let best = parts.iter().map(|part| preference(part)).min().unwrap_or(ENDINGS.len());
                parts.retain(|part| preference(part) == best);
                if best < ENDINGS.len() {
                    files.push((table.unwrap_or(&name).to_owned(), parts));
                }
            } else if let Some(table) = table {
                files.push((table.to_owned(), vec![file]));
            }
        }
        files.sort();
        Ok(Self { path: path.to_owned(), files, tables: Vec::new(), absent: Absent::default() })
    }

    /// Tables in memory.
    #[must_use]
    pub fn of_tables(tables: Vec<MemoryTable>) -> Self {
        let tables = tables.into_iter().map(Arc::new).collect();
        Self { path: PathBuf::new(), files: Vec::new(), tables, absent: Absent::default() }
    }

    /// A table, if there is such a file. Of several of one name the Parquet file is read, or else the one that is not packed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn table(&self, name: &str) -> Result<Option<Table>, OmopError> {
        if let Some(table) = self.tables.iter().find(|table| table.name == name) {
            return Ok(Some(Table::of_memory(Arc::clone(table))));
        }
        let named = self.files.iter().filter(|(table, _)| table == name).map(|(_, parts)| parts);
        let Some(parts) = named.min_by_key(|parts| parts.first().map(|part| preference(part))) else {
            self.absent.lock().insert(name.to_owned());
            return Ok(None);
        };
        Ok(Some(Table::open(name, parts, Arc::clone(&self.absent))?))
    }

    /// Tables, and columns as `table.column`, that were looked for so far and are not there.
    #[must_use]
    pub fn absent(&self) -> (Vec<String>, Vec<String>) {
        self.absent.lock().iter().cloned().partition(|name| !name.contains('.'))
    }

    /// A table that must be there.
    ///
    /// # Errors
    /// When it is not, or as [`OmopFolder::table`].
    pub fn needed_table(&self, name: &'static str) -> Result<Table, OmopError> {
        self.table(name)?.ok_or_else(|| OmopError::NoTable { folder: self.path.clone(), table: name })
    }
}

/// What is in a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, OmopError> {
    let refused = |source| OmopError::Folder { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        paths.push(entry.map_err(refused)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Smaller for a file that is read in place of another of the same table.
fn preference(file: &Path) -> usize {
    let name = file.to_string_lossy().to_ascii_lowercase();
    ENDINGS.iter().position(|ending| name.ends_with(ending)).unwrap_or(ENDINGS.len())
}
