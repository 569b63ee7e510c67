//! The interface's settings and state.

use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

use super::listener::Network;
use crate::choke_point::Call;
use crate::contract::Empty;
use crate::contract::messages::{InterfaceSettings, InterfaceState};
use crate::problem::{Problem, ProblemCode};

const KEY: &str = "hl7_interface";
/// The port that HL7 registered with IANA for MLLP.
const USUAL_PORT: u16 = 2575;

/// As set; off where nobody set it.
pub(super) fn load(connection: &Connection) -> VaultResult<InterfaceSettings> {
    match setting::get(connection, KEY)? {
        Some(json) => serde_json::from_str(&json)
            .map_err(|_| VaultError::Damaged("the interface's settings cannot be read")),
        None => Ok(InterfaceSettings { on: false, port: USUAL_PORT, allow: Vec::new() }),
    }
}

fn state(call: &Call<'_>) -> Result<InterfaceState, Problem> {
    let settings = call.vault()?.read(|t| load(t))?;
    let (address, counters, why) = call.workstation.listener.state();
    let count = |of: fn(&super::listener::Counters) -> u64| counters.as_deref().map_or(0, of);
    Ok(InterfaceState {
        settings,
        listening: address.is_some(),
        address: address.map(|a| a.to_string()),
        why,
        connections: count(|c| c.connections.load(Ordering::Relaxed) as u64) as usize,
        taken: count(|c| c.taken.load(Ordering::Relaxed)),
        quarantined: count(|c| c.quarantined.load(Ordering::Relaxed)),
        turned_away: count(|c| c.turned_away.load(Ordering::Relaxed)),
        last_at: counters.as_deref().and_then(|c| c.last_at.lock().clone()),
    })
}

pub fn interface_state(call: &mut Call<'_>, _: Empty) -> Result<InterfaceState, Problem> {
    state(call)
}

pub fn set_interface(call: &mut Call<'_>, input: InterfaceSettings) -> Result<InterfaceState, Problem> {
    let refuse = |field: &str, reason: Reason| {
        Problem::form(vec![rustcare_model::FieldNote::error(field, "invalid", reason)])
    };
    if input.port < 1024 {
        return Err(refuse("port", Reason::ListenerPort));
    }
    if input.allow.iter().any(|a| Network::parse(a).is_none()) {
        return Err(refuse("allow", Reason::ListenerAddress));
    }
    let before = call.vault()?.read(|t| load(t))?;
    let listener = &call.workstation.listener;
    listener.stop(true);
    if input.on
        && let Err(why) = listener.start(call.workstation, &input)
    {
        // Whatever could be reached before is reached again.
        if before.on {
            let _ = listener.start(call.workstation, &before);
        }
        return Err(Problem::new(ProblemCode::Conflict, why));
    }
    call.write(|t, told| {
        let json = serde_json::to_string(&input)
            .map_err(|_| VaultError::Damaged("the interface's settings cannot be written"))?;
        setting::put(t, KEY, &json)?;
        let on = if input.on { "on" } else { "off" };
        told.details = Some(format!("{on}, port {}, {} addresses", input.port, input.allow.len()));
        Ok(())
    })?;
    state(call)
}
