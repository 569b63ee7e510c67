//! Encrypted files that no row names: what a program leaves that ends between writing a file and its row.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use uuid::Uuid;

use crate::blob::files_below;
use crate::database::FILE_NAME;
use crate::error::VaultResult;

/// The tables whose rows name encrypted files, each in its column `blob`; a test holds this against the schema.
const NAMING: [&str; 4] = ["data_set", "document", "image", "quarantine"];

/// Whether the program that had the vault last ended without closing it: closing empties the write-ahead log.
pub(crate) fn ended_in_the_middle(folder: &Path) -> bool {
    fs::metadata(folder.join(format!("{FILE_NAME}-wal"))).is_ok_and(|log| log.len() > 0)
}

/// Removes the encrypted files that no row names, and what was not written to its end. For the opening, before anybody writes:
/// a file is always written before its row.
///
/// # Errors
/// Database errors. A file that cannot be removed stays; it holds nothing that could be read without the vault's keys.
pub(crate) fn remove(blobs: &Path, connection: &Connection) -> VaultResult<usize> {
    let mut named = HashSet::new();
    for table in NAMING {
        let mut statement = connection.prepare(&format!("SELECT blob FROM {table}"))?;
        let rows = statement.query_map([], |row| row.get::<_, [u8; 16]>(0))?;
        for id in rows {
            named.insert(Uuid::from_bytes(id?).simple().to_string());
        }
    }
    let mut removed = 0;
    for file in files_below(blobs) {
        let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if !named.contains(&name) && fs::remove_file(&file).is_ok() {
            removed += 1;
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_that_names_files_is_known() {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        let mut statement = connection
            .prepare(
                "SELECT m.name FROM sqlite_schema m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' AND c.name = 'blob' ORDER BY m.name",
            )
            .unwrap();
        let found: Vec<String> = statement.query_map([], |r| r.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, NAMING);
    }
}
