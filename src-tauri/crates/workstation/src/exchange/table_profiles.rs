//! What was decided of tables that come again: kept by name, found by the names of the columns. Nothing of a row is in it.

use rusqlite::Connection;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::exchange::{OneTableProfile, TableProfile, TableProfiles};
use crate::problem::Problem;

const KEY: &str = "table_profiles";
/// More than a clinic has senders; the oldest are not thrown away unasked.
const MOST: usize = 200;

fn kept(connection: &Connection) -> VaultResult<Vec<TableProfile>> {
    match setting::get(connection, KEY)? {
        Some(text) => serde_json::from_str(&text)
            .map_err(|_| VaultError::Damaged("what was decided of tables cannot be read")),
        None => Ok(Vec::new()),
    }
}

fn keep(connection: &Connection, profiles: &[TableProfile]) -> VaultResult<()> {
    let text = serde_json::to_string(profiles)
        .map_err(|_| VaultError::Damaged("what was decided of tables cannot be written"))?;
    setting::put(connection, KEY, &text)
}

pub fn list_table_profiles(call: &mut Call<'_>, _: Empty) -> Result<TableProfiles, Problem> {
    call.read(|t, told| {
        let profiles = kept(t)?;
        told.details = Some(format!("{} kept", profiles.len()));
        Ok(TableProfiles { profiles })
    })
}

/// Keeps decisions under a name, in place of what was kept under it before.
pub fn keep_table_profile(call: &mut Call<'_>, input: TableProfile) -> Result<Empty, Problem> {
    let name = input.name.trim().to_owned();
    if name.is_empty() {
        return Err(Problem::at("name", Reason::ValueLength));
    }
    call.write(|t, told| {
        let mut profiles = kept(t)?;
        profiles.retain(|p| p.name != name);
        if profiles.len() >= MOST {
            return Err(Problem::at("name", Reason::TooManyTableProfiles));
        }
        told.details = Some(format!("{} columns", input.columns.len()));
        profiles.push(TableProfile { name, ..input });
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(keep(t, &profiles)?)
    })?;
    Ok(Empty {})
}

pub fn drop_table_profile(call: &mut Call<'_>, input: OneTableProfile) -> Result<Empty, Problem> {
    call.write(|t, _| {
        let mut profiles = kept(t)?;
        profiles.retain(|p| p.name != input.name);
        Ok(keep(t, &profiles)?)
    })?;
    Ok(Empty {})
}
