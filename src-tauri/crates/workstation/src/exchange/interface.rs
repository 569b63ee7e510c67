//! The interface's settings and state.

use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

use super::line_identity::{LineIdentity, is_machine_name};
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
        None => Ok(InterfaceSettings { port: USUAL_PORT, ..InterfaceSettings::default() }),
    }
}

fn state(call: &Call<'_>) -> Result<InterfaceState, Problem> {
    let (settings, identity) =
        call.vault()?.read(|t| Ok::<_, VaultError>((load(t)?, LineIdentity::load(t)?)))?;
    let certificate = identity.map(|identity| identity.shown()).transpose()?;
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
        certificate,
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
    if input.known_as.iter().any(|name| !is_machine_name(name)) {
        return Err(refuse("known_as", Reason::ListenerName));
    }
    let kept = call.vault()?.read(|t| LineIdentity::load(t))?;
    let identity = match kept {
        Some(kept) if kept.is_known_as(&input.known_as) => Some(kept),
        kept if !input.encrypted => kept,
        _ => Some(LineIdentity::make(&input.known_as, call.settings()?.today())?),
    };
    change(call, &input, identity.as_ref())?;
    state(call)
}

pub fn renew_interface_certificate(call: &mut Call<'_>, _: Empty) -> Result<InterfaceState, Problem> {
    let settings = call.vault()?.read(|t| load(t))?;
    let identity = LineIdentity::make(&settings.known_as, call.settings()?.today())?;
    change(call, &settings, Some(&identity))?;
    state(call)
}

/// Opens the port anew in the way that is asked for, then keeps that. Whatever could be reached before is reached again when
/// one of them fails.
fn change(
    call: &mut Call<'_>,
    next: &InterfaceSettings,
    identity: Option<&LineIdentity>,
) -> Result<(), Problem> {
    let before = call.vault()?.read(|t| Ok::<_, VaultError>((load(t)?, LineIdentity::load(t)?)))?;
    let listener = &call.workstation.listener;
    listener.stop(true);
    let changed = start(call, next, identity).and_then(|()| {
        call.write(|t, told| {
            let json = serde_json::to_string(next)
                .map_err(|_| VaultError::Damaged("the interface's settings cannot be written"))?;
            setting::put(t, KEY, &json)?;
            if let Some(identity) = identity {
                identity.put(t)?;
            }
            let on = if next.on { "on" } else { "off" };
            let how = if next.encrypted { "encrypted" } else { "not encrypted" };
            told.details = Some(format!("{on}, port {}, {} addresses, {how}", next.port, next.allow.len()));
            Ok(())
        })
    });
    if changed.is_err() {
        listener.stop(true);
        let _ = start(call, &before.0, before.1.as_ref());
    }
    changed
}

fn start(
    call: &Call<'_>,
    settings: &InterfaceSettings,
    identity: Option<&LineIdentity>,
) -> Result<(), Problem> {
    if !settings.on {
        return Ok(());
    }
    let started = call.workstation.listener.start(call.workstation, settings, identity);
    started.map_err(|why| Problem::new(ProblemCode::Conflict, why))
}
