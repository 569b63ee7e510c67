//! Connections to databases elsewhere: set up, changed, removed. A password goes in and never comes out again.

use rusqlite::Connection;
use rustcare_model::FieldNote;
use rustcare_model::reason::Reason;
use rustcare_vault::SecretsKey;
use rustcare_vault::table::database_connection::{self, DatabaseAddress, DatabaseConnection, KeptPassword};
use rustcare_vault::table::patient::ChangedBy;

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::elsewhere::{
    CheckDatabaseForm, DatabaseConnectionLine, DatabaseConnectionList, DatabaseConnectionView, DatabaseForm,
    DatabaseFormChecked, OneDatabaseConnection, PasswordChoice, SaveDatabaseConnection,
};
use crate::problem::{Problem, ProblemCode};
use crate::run_elsewhere::{
    ElsewhereError, Encryption, HostName, RootCertificates, check_encryption, schema_name,
};

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, Reason::DatabaseConnectionUnknown)
}

/// The connection of an id.
pub(crate) fn known(t: &Connection, connection_id: &str) -> Result<DatabaseConnection, Problem> {
    let number = connection_id.parse().map_err(|_| unknown())?;
    database_connection::by_number(t, number)?.ok_or_else(unknown)
}

/// How the trail names a connection: the number, and where it leads.
pub(crate) fn named(of: &DatabaseConnection) -> String {
    let DatabaseAddress { host, port, database, schema, .. } = &of.address;
    format!("connection {} ({host}:{port}/{database}, schema {schema})", of.connection)
}

/// How a connection of this form is protected.
pub(crate) fn encryption(address: &DatabaseAddress) -> Result<Encryption, ElsewhereError> {
    Ok(match (&address.root_certificates, address.is_encrypted) {
        (_, false) => Encryption::Off,
        (None, true) => Encryption::System,
        (Some(pem), true) => Encryption::Authorities(RootCertificates::parse(pem)?),
    })
}

fn address(form: &DatabaseForm) -> DatabaseAddress {
    let pem = form.root_certificates.trim();
    DatabaseAddress {
        host: form.host.trim().to_owned(),
        port: u16::try_from(form.port).unwrap_or(0),
        database: form.database.trim().to_owned(),
        schema: form.schema.trim().to_owned(),
        username: form.username.trim().to_owned(),
        is_encrypted: form.is_encrypted,
        root_certificates: (form.is_encrypted && !pem.is_empty()).then(|| pem.to_owned()),
    }
}

/// What is wrong in a form, each field by itself.
fn notes(form: &DatabaseForm) -> Vec<FieldNote> {
    let mut notes = Vec::new();
    let mut note = |field: &str, reason| notes.push(FieldNote::error(field, "invalid", reason));
    let at = address(form);
    if form.name.trim().is_empty() {
        note("name", Reason::ValueLength.into());
    }
    let host = HostName::parse(&at.host);
    let encryption = encryption(&at);
    let parts = [
        host.as_ref().err().cloned(),
        (at.port == 0).then_some(ElsewhereError::BadPort),
        at.database.is_empty().then_some(ElsewhereError::BadDatabase),
        schema_name(&at.schema).err(),
        at.username.is_empty().then_some(ElsewhereError::BadUsername),
        encryption.as_ref().err().cloned(),
        host.ok()
            .zip(encryption.ok())
            .and_then(|(host, encryption)| check_encryption(&host, &encryption).err()),
    ];
    for error in parts.into_iter().flatten() {
        note(error.field().unwrap_or("host"), error.why());
    }
    notes
}

fn list(t: &Connection, key: Option<&SecretsKey>) -> Result<DatabaseConnectionList, Problem> {
    let line = |of: DatabaseConnection| DatabaseConnectionLine {
        connection_id: of.connection.to_string(),
        name: of.name,
        host: of.address.host,
        database: of.address.database,
        schema: of.address.schema,
        asks_password: !of.has_password || key.is_none(),
    };
    Ok(DatabaseConnectionList {
        connections: database_connection::list(t)?.into_iter().map(line).collect(),
        may_keep_passwords: key.is_some(),
    })
}

pub fn list_database_connections(call: &mut Call<'_>, _: Empty) -> Result<DatabaseConnectionList, Problem> {
    let key = call.actor()?.secrets.clone();
    call.vault()?.read(|t| list(t, key.as_ref()))
}

pub fn open_database_connection(
    call: &mut Call<'_>,
    input: OneDatabaseConnection,
) -> Result<DatabaseConnectionView, Problem> {
    call.read(|t, told| {
        let of = known(t, &input.connection_id)?;
        told.details = Some(named(&of));
        Ok(DatabaseConnectionView {
            connection_id: of.connection.to_string(),
            form: DatabaseForm {
                name: of.name,
                host: of.address.host,
                port: of.address.port.into(),
                database: of.address.database,
                schema: of.address.schema,
                username: of.address.username,
                is_encrypted: of.address.is_encrypted,
                root_certificates: of.address.root_certificates.unwrap_or_default(),
            },
            has_password: of.has_password,
            saved_at: of.at,
            saved_by: of.person,
        })
    })
}

pub fn check_database_form(
    _: &mut Call<'_>,
    input: CheckDatabaseForm,
) -> Result<DatabaseFormChecked, Problem> {
    Ok(DatabaseFormChecked { notes: notes(&input.form) })
}

pub fn save_database_connection(
    call: &mut Call<'_>,
    input: SaveDatabaseConnection,
) -> Result<DatabaseConnectionList, Problem> {
    let notes = notes(&input.form);
    if !notes.is_empty() {
        return Err(Problem::form(notes));
    }
    let (person, key) = (call.actor()?.person.clone(), call.actor()?.secrets.clone());
    let (role, at) = (call.role(), rustcare_vault::vault::timestamp());
    let password = match (&input.password, &key) {
        (PasswordChoice::AsBefore, _) => KeptPassword::AsBefore,
        (PasswordChoice::Ask, _) => KeptPassword::Not,
        (PasswordChoice::Keep { password }, _) if password.is_empty() => {
            return Err(Problem::at("password", Reason::ValueLength));
        }
        (PasswordChoice::Keep { .. }, None) => {
            let not_kept = Problem::at("password", Reason::DatabasePasswordNotKept);
            return Err(Problem { code: ProblemCode::NotPermitted, ..not_kept });
        }
        (PasswordChoice::Keep { password }, Some(key)) => KeptPassword::Sealed(key, password),
    };
    call.write(|t, told| {
        let number = input.connection_id.as_deref().map(|id| Ok::<i64, Problem>(known(t, id)?.connection));
        let by = ChangedBy { at: &at, person: &person, role };
        let name = input.form.name.trim();
        let number =
            database_connection::put(t, number.transpose()?, name, &address(&input.form), &password, by)?;
        let of = known(t, &number.to_string())?;
        let kept = if of.has_password { "password kept" } else { "password asked for" };
        told.details = Some(format!("{}, {kept}", named(&of)));
        list(t, key.as_ref())
    })
}

pub fn remove_database_connection(
    call: &mut Call<'_>,
    input: OneDatabaseConnection,
) -> Result<DatabaseConnectionList, Problem> {
    let key = call.actor()?.secrets.clone();
    call.write(|t, told| {
        let of = known(t, &input.connection_id)?;
        told.details = Some(named(&of));
        database_connection::remove(t, of.connection)?;
        list(t, key.as_ref())
    })
}
