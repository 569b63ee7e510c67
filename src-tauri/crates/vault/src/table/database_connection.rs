//! `database_connection`: databases elsewhere that cohorts may be run on. A password is sealed apart from everything else, for those
//! who hold the secrets key; where it is not kept, whoever runs a cohort types it.

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::patient::ChangedBy;
use crate::error::{VaultError, VaultResult};
use crate::keys::SecretsKey;
use crate::sealing;

/// The table, since format 12. A number is never used again: the trail names it.
pub const CREATE: &str = "
CREATE TABLE database_connection (
  connection        INTEGER PRIMARY KEY AUTOINCREMENT,
  name              TEXT NOT NULL,
  host              TEXT NOT NULL,
  port              INTEGER NOT NULL,
  database          TEXT NOT NULL,
  schema            TEXT NOT NULL,
  username          TEXT NOT NULL,
  is_encrypted      INTEGER NOT NULL,
  root_certificates TEXT,
  sealed_password   BLOB,
  at                TEXT NOT NULL,
  person            TEXT NOT NULL,
  role              TEXT NOT NULL
) STRICT;";

/// Where a database is, and as whom it is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseAddress {
    /// A name, an address, or the folder of a socket.
    pub host: String,
    /// TCP port, or the number in the socket's name.
    pub port: u16,
    /// The database on that server.
    pub database: String,
    /// The schema that holds the tables.
    pub schema: String,
    /// As whom.
    pub username: String,
    /// Whether the connection is encrypted and the server's certificate verified.
    pub is_encrypted: bool,
    /// Certificates of the authorities that are trusted (PEM); none: those that this machine trusts.
    pub root_certificates: Option<String>,
}

impl DatabaseAddress {
    /// What a sealed password is bound to: it is sent nowhere else than where it was typed for. The schema is not part of it, as it
    /// changes nothing of who is asked.
    fn bound_to(&self, connection: i64) -> Vec<u8> {
        let parts = [
            connection.to_string(),
            self.host.clone(),
            self.port.to_string(),
            self.database.clone(),
            self.username.clone(),
            self.is_encrypted.to_string(),
            self.root_certificates.clone().unwrap_or_default(),
        ];
        // Lengths before the parts: no two lists of parts are the same bytes.
        parts.iter().fold(b"database_password".to_vec(), |mut bytes, part| {
            bytes.extend((part.len() as u64).to_le_bytes());
            bytes.extend(part.as_bytes());
            bytes
        })
    }

    fn is_same_door(&self, other: &Self) -> bool {
        self.bound_to(0) == other.bound_to(0)
    }
}

/// A connection that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseConnection {
    /// Its number.
    pub connection: i64,
    /// What people call it.
    pub name: String,
    /// Where it leads.
    pub address: DatabaseAddress,
    /// Whether its password is kept.
    pub has_password: bool,
    /// When it was set up or changed last.
    pub at: String,
    /// By whom.
    pub person: String,
}

/// What becomes of a connection's password.
pub enum KeptPassword<'a> {
    /// It stays as it is, if the connection leads to the same door as before; otherwise it is forgotten.
    AsBefore,
    /// It is sealed with this key and kept.
    Sealed(&'a SecretsKey, &'a str),
    /// It is not kept.
    Not,
}

const COLUMNS: &str =
    "connection, name, host, port, database, schema, username, is_encrypted, root_certificates,
  sealed_password IS NOT NULL, at, person";

fn of_row(r: &rusqlite::Row<'_>) -> rusqlite::Result<DatabaseConnection> {
    let address = DatabaseAddress {
        host: r.get(2)?,
        port: r.get(3)?,
        database: r.get(4)?,
        schema: r.get(5)?,
        username: r.get(6)?,
        is_encrypted: r.get(7)?,
        root_certificates: r.get(8)?,
    };
    Ok(DatabaseConnection {
        connection: r.get(0)?,
        name: r.get(1)?,
        address,
        has_password: r.get(9)?,
        at: r.get(10)?,
        person: r.get(11)?,
    })
}

/// All connections, by name.
///
/// # Errors
/// Database errors.
pub fn list(connection: &Connection) -> VaultResult<Vec<DatabaseConnection>> {
    let sql = format!("SELECT {COLUMNS} FROM database_connection ORDER BY name COLLATE NOCASE, connection");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map([], of_row)?.collect::<Result<_, _>>()?;
    Ok(rows)
}

/// One of them.
///
/// # Errors
/// Database errors.
pub fn by_number(connection: &Connection, number: i64) -> VaultResult<Option<DatabaseConnection>> {
    Ok(connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM database_connection WHERE connection = ?1"))?
        .query_row([number], of_row)
        .optional()?)
}

fn sealed(number: i64, address: &DatabaseAddress, key: &SecretsKey, password: &str) -> VaultResult<Vec<u8>> {
    let key = key.field("database_password", &number.to_string());
    sealing::seal(&key, &address.bound_to(number), password.as_bytes())
}

/// Keeps a new connection, or changes `number`; answers with its number.
///
/// # Errors
/// [`VaultError::NotFound`] when there is no such connection, database errors.
pub fn put(
    connection: &Connection,
    number: Option<i64>,
    name: &str,
    address: &DatabaseAddress,
    password: &KeptPassword<'_>,
    by: ChangedBy<'_>,
) -> VaultResult<i64> {
    let number = match number {
        Some(number) => {
            let before = by_number(connection, number)?.ok_or(VaultError::NotFound("database connection"))?;
            let stays = matches!(password, KeptPassword::AsBefore) && before.address.is_same_door(address);
            if !stays {
                connection
                    .prepare_cached(
                        "UPDATE database_connection SET sealed_password = NULL WHERE connection = ?1",
                    )?
                    .execute([number])?;
            }
            number
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO database_connection (name, host, port, database, schema, username, is_encrypted, at, person, role)
                     VALUES ('', '', 0, '', '', '', 1, '', '', '')",
                )?
                .execute([])?;
            connection.last_insert_rowid()
        }
    };
    connection
        .prepare_cached(
            "UPDATE database_connection SET name = ?2, host = ?3, port = ?4, database = ?5, schema = ?6, username = ?7,
               is_encrypted = ?8, root_certificates = ?9, at = ?10, person = ?11, role = ?12 WHERE connection = ?1",
        )?
        .execute(params![
            number,
            name,
            address.host,
            address.port,
            address.database,
            address.schema,
            address.username,
            address.is_encrypted,
            address.root_certificates,
            by.at,
            by.person,
            by.role
        ])?;
    if let KeptPassword::Sealed(key, password) = password {
        connection
            .prepare_cached("UPDATE database_connection SET sealed_password = ?2 WHERE connection = ?1")?
            .execute(params![number, sealed(number, address, key, password)?])?;
    }
    Ok(number)
}

/// Opens the password of a connection; none where it is not kept.
///
/// # Errors
/// [`VaultError::Damaged`] when it was moved to another connection or address, or changed.
pub fn password(
    connection: &Connection,
    of: &DatabaseConnection,
    key: &SecretsKey,
) -> VaultResult<Option<Zeroizing<String>>> {
    let sealed: Option<Option<Vec<u8>>> = connection
        .prepare_cached("SELECT sealed_password FROM database_connection WHERE connection = ?1")?
        .query_row([of.connection], |r| r.get(0))
        .optional()?;
    let Some(sealed) = sealed.flatten() else { return Ok(None) };
    let key = key.field("database_password", &of.connection.to_string());
    let clear = sealing::open(&key, &of.address.bound_to(of.connection), &sealed)?;
    let text =
        std::str::from_utf8(&clear).map_err(|_| VaultError::Damaged("a sealed password is not text"))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

/// Takes a connection away, with its password. Answers false where there was none.
///
/// # Errors
/// Database errors.
pub fn remove(connection: &Connection, number: i64) -> VaultResult<bool> {
    let removed = connection
        .prepare_cached("DELETE FROM database_connection WHERE connection = ?1")?
        .execute([number])?;
    Ok(removed > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Key;

    const BY: ChangedBy<'static> =
        ChangedBy { at: "2026-11-28T10:00:00Z", person: "amina", role: "administrator" };

    fn address() -> DatabaseAddress {
        DatabaseAddress {
            host: "db.example.org".into(),
            port: 5432,
            database: "research".into(),
            schema: "cdm".into(),
            username: "reader".into(),
            is_encrypted: true,
            root_certificates: None,
        }
    }

    fn opened() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        crate::migration::bring_up_to_date(&mut connection).unwrap();
        connection
    }

    fn open(connection: &Connection, number: i64, key: &SecretsKey) -> VaultResult<Option<String>> {
        let of = by_number(connection, number)?.unwrap();
        Ok(password(connection, &of, key)?.map(|text| text.to_string()))
    }

    #[test]
    fn a_password_is_sealed_and_goes_nowhere_but_to_the_door_it_was_typed_for() {
        let connection = opened();
        let (key, other) = (SecretsKey(Key::from_bytes([1; 32])), SecretsKey(Key::from_bytes([2; 32])));
        let number =
            put(&connection, None, "Hospital", &address(), &KeptPassword::Sealed(&key, "heron"), BY).unwrap();
        assert_eq!(open(&connection, number, &key).unwrap().as_deref(), Some("heron"));
        assert!(open(&connection, number, &other).is_err());
        let bytes: Vec<u8> = connection
            .query_row("SELECT sealed_password FROM database_connection", [], |r| r.get(0))
            .unwrap();
        assert!(!bytes.windows(5).any(|part| part == b"heron"));

        // Another schema on the same door: it stays. Another host: it is forgotten.
        let elsewhere = DatabaseAddress { schema: "cdm_2".into(), ..address() };
        put(&connection, Some(number), "Hospital", &elsewhere, &KeptPassword::AsBefore, BY).unwrap();
        assert_eq!(open(&connection, number, &key).unwrap().as_deref(), Some("heron"));
        for changed in [
            DatabaseAddress { host: "evil.example.org".into(), ..address() },
            DatabaseAddress { port: 5433, ..address() },
            DatabaseAddress { database: "other".into(), ..address() },
            DatabaseAddress { username: "other".into(), ..address() },
            DatabaseAddress { is_encrypted: false, ..address() },
            DatabaseAddress { root_certificates: Some("PEM".into()), ..address() },
        ] {
            let kept = KeptPassword::Sealed(&key, "heron");
            put(&connection, Some(number), "Hospital", &address(), &kept, BY).unwrap();
            put(&connection, Some(number), "Hospital", &changed, &KeptPassword::AsBefore, BY).unwrap();
            assert_eq!(open(&connection, number, &key).unwrap(), None, "{changed:?}");
            // Whoever changes the row past this file gets nothing either.
            put(&connection, Some(number), "Hospital", &address(), &kept, BY).unwrap();
            connection
                .execute(
                    "UPDATE database_connection SET host = ?1, port = ?2, database = ?3, username = ?4, is_encrypted = ?5,
                       root_certificates = ?6",
                    params![
                        changed.host,
                        changed.port,
                        changed.database,
                        changed.username,
                        changed.is_encrypted,
                        changed.root_certificates
                    ],
                )
                .unwrap();
            assert!(matches!(open(&connection, number, &key), Err(VaultError::Damaged(_))), "{changed:?}");
        }
    }

    #[test]
    fn a_number_is_never_used_again() {
        let connection = opened();
        let first = put(&connection, None, "b", &address(), &KeptPassword::Not, BY).unwrap();
        assert!(remove(&connection, first).unwrap() && !remove(&connection, first).unwrap());
        let second = put(&connection, None, "a", &address(), &KeptPassword::Not, BY).unwrap();
        assert_ne!(first, second);
        assert!(matches!(
            put(&connection, Some(first), "x", &address(), &KeptPassword::Not, BY),
            Err(VaultError::NotFound(_))
        ));
        let listed = list(&connection).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].name.as_str(), listed[0].has_password), ("a", false));
    }
}
