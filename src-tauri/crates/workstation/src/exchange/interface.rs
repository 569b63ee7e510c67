//! The interface's settings and state.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;
use rustcare_model::reason::Reason;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};

use super::line_identity::{LineIdentity, is_machine_name};
use super::networks::Network;
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
    let today = call.settings()?.today();
    let certificate = identity.map(|identity| identity.shown(today)).transpose()?;
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
    let today = call.settings()?.today();
    let identity = match kept {
        Some(kept) if kept.is_known_as(&input.known_as) => Identity::Kept(Some(kept)),
        kept if !input.encrypted => Identity::Kept(kept),
        // The key stays: who trusts it rather than the certificate need not be told.
        Some(kept) => Identity::Made(kept.renamed(&input.known_as, today)?),
        None => Identity::Made(LineIdentity::make(&input.known_as, today)?),
    };
    change(call, &input, &identity)?;
    state(call)
}

pub fn renew_interface_certificate(call: &mut Call<'_>, _: Empty) -> Result<InterfaceState, Problem> {
    let settings = call.vault()?.read(|t| load(t))?;
    let identity = LineIdentity::make(&settings.known_as, call.settings()?.today())?;
    change(call, &settings, &Identity::Made(identity))?;
    state(call)
}

/// The certificate that the port shows from now on.
enum Identity {
    Kept(Option<LineIdentity>),
    Made(LineIdentity),
}

impl Identity {
    fn shown(&self) -> Option<&LineIdentity> {
        match self {
            Self::Kept(kept) => kept.as_ref(),
            Self::Made(made) => Some(made),
        }
    }
}

/// Opens the port anew in the way that is asked for, then keeps that. Whatever could be reached before is reached again when
/// one of them fails; where even that fails, the state says so and it is tried again.
fn change(call: &mut Call<'_>, next: &InterfaceSettings, identity: &Identity) -> Result<(), Problem> {
    let vault = Arc::clone(call.vault()?);
    let workstation = call.workstation;
    // From here on nobody else opens or closes the port: what is read now is what it is.
    let mut port = workstation.listener.change();
    let before = vault.read(|t| Ok::<_, VaultError>((load(t)?, LineIdentity::load(t)?)))?;
    let mut open = |settings: &InterfaceSettings, identity: Option<&LineIdentity>| {
        if settings.on {
            return port.start(workstation, &vault, settings, identity);
        }
        port.stop();
        Ok(())
    };
    let opened = open(next, identity.shown()).map_err(|why| Problem::new(ProblemCode::Conflict, why));
    let changed = opened.and_then(|()| {
        call.write(|t, told| {
            let json = serde_json::to_string(next)
                .map_err(|_| VaultError::Damaged("the interface's settings cannot be written"))?;
            setting::put(t, KEY, &json)?;
            let on = if next.on { "on" } else { "off" };
            let how = if next.encrypted { "encrypted" } else { "not encrypted" };
            let mut details = format!("{on}, port {}, {} addresses, {how}", next.port, next.allow.len());
            if let Identity::Made(made) = identity {
                made.put(t)?;
                details.push_str(", new certificate");
            }
            told.details = Some(details);
            Ok(())
        })
    });
    if changed.is_err() {
        let _ = open(&before.0, before.1.as_ref());
    }
    changed
}
