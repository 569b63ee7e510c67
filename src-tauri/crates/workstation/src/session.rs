//! Who is signed in, since when, and until when.

use std::time::{Duration, Instant};

use base64::Engine;
use dashmap::DashMap;
use parking_lot::Mutex;
use rustcare_model::reason::Reason;
use rustcare_vault::header::StaffEntry;
use rustcare_vault::vault::DirectoryKey;
use rustcare_vault::{Role, SecretsKey, Unlocked};
use std::sync::Arc;
use zeroize::Zeroizing;

use crate::problem::{Problem, ProblemCode};

/// How long a session lives.
#[derive(Debug, Clone, Copy)]
pub struct SessionLimits {
    /// Without a sign of life.
    pub idle: Duration,
    /// In all.
    pub absolute: Duration,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self { idle: Duration::from_secs(300), absolute: Duration::from_secs(12 * 3600) }
    }
}

impl SessionLimits {
    /// With a shorter idle limit, of a second at least; a longer one is not taken.
    #[must_use]
    pub fn idle_at_most(self, asked: Duration) -> Self {
        Self { idle: asked.clamp(Duration::from_secs(1), self.idle), ..self }
    }
}

/// A signed-in person with the keys they are entitled to. Dropping it wipes the keys.
pub struct Actor {
    /// Sign-in name.
    pub person: String,
    /// As shown.
    pub display_name: String,
    /// What they may act as.
    pub roles: Vec<Role>,
    /// Where entitled.
    pub secrets: Option<SecretsKey>,
    /// For administrators.
    pub directory_key: Option<DirectoryKey>,
}

impl Actor {
    /// The actor of somebody who proved who they are.
    pub fn of(unlocked: Unlocked) -> Self {
        let StaffEntry { person, display_name, roles, .. } = unlocked.staff;
        Self {
            person,
            display_name,
            roles: roles.to_vec(),
            secrets: unlocked.secrets,
            directory_key: unlocked.directory_key,
        }
    }

    /// The role that an act is done in: the first of the person's that is among `allowed`.
    pub fn role_among(&self, allowed: &[Role]) -> Option<Role> {
        self.roles.iter().copied().find(|r| allowed.contains(r))
    }
}

struct Session {
    actor: Arc<Actor>,
    started: Instant,
    last_active: Mutex<Instant>,
}

/// All sessions of this process.
pub struct Sessions {
    limits: SessionLimits,
    by_token: DashMap<String, Session>,
}

/// What is left of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLeft {
    /// Until the idle limit.
    pub idle: Duration,
    /// Until the absolute limit.
    pub absolute: Duration,
}

impl Sessions {
    /// No sessions yet.
    pub fn new(limits: SessionLimits) -> Self {
        Self { limits, by_token: DashMap::new() }
    }

    /// The limits.
    pub fn limits(&self) -> SessionLimits {
        self.limits
    }

    /// Begins a session and returns its token: 256 random bits, known only to the caller.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn begin(&self, actor: Actor) -> Result<String, Problem> {
        let mut bytes = Zeroizing::new([0_u8; 32]);
        getrandom::fill(bytes.as_mut())
            .map_err(|_| Problem::new(ProblemCode::Internal, Reason::NoRandomNumbers))?;
        let token = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(*bytes);
        let now = Instant::now();
        self.by_token.insert(
            token.clone(),
            Session { actor: Arc::new(actor), started: now, last_active: Mutex::new(now) },
        );
        Ok(token)
    }

    /// The actor of a live session. `activity` says whether this call is a sign of life of the person.
    ///
    /// # Errors
    /// `not_signed_in`, `session_expired`; an expired session is gone afterwards.
    pub fn enter(&self, token: &str, activity: bool) -> Result<(Arc<Actor>, TimeLeft), Problem> {
        // The guard is dropped before anything else is asked of the map.
        let seen = self.by_token.get(token).map(|session| {
            let left = self.left(&session);
            if activity && left.is_some() {
                *session.last_active.lock() = Instant::now();
            }
            (Arc::clone(&session.actor), if activity { self.left(&session) } else { left })
        });
        match seen {
            None => Err(Problem::not_signed_in()),
            Some((_, None)) => {
                self.by_token.remove(token);
                Err(Problem::new(ProblemCode::SessionExpired, Reason::SignedOutIdle))
            }
            Some((actor, Some(left))) => Ok((actor, left)),
        }
    }

    fn left(&self, session: &Session) -> Option<TimeLeft> {
        let idle = self.limits.idle.checked_sub(session.last_active.lock().elapsed())?;
        let absolute = self.limits.absolute.checked_sub(session.started.elapsed())?;
        Some(TimeLeft { idle, absolute })
    }

    /// Ends a session.
    pub fn end(&self, token: &str) {
        self.by_token.remove(token);
    }

    /// Ends every session of a person, for the day they are disabled.
    pub fn end_all_of(&self, person: &str) {
        self.by_token.retain(|_, s| s.actor.person != person);
    }

    /// Ends every session.
    pub fn end_all(&self) {
        self.by_token.clear();
    }

    /// Removes expired sessions and says whether any is left.
    pub fn sweep(&self) -> bool {
        self.by_token.retain(|_, s| self.left(s).is_some());
        !self.by_token.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(person: &str) -> Actor {
        Actor {
            person: person.into(),
            display_name: person.into(),
            roles: vec![Role::Nurse],
            secrets: None,
            directory_key: None,
        }
    }

    #[test]
    fn the_idle_limit_can_only_be_shortened() {
        let idle =
            |seconds| SessionLimits::default().idle_at_most(Duration::from_secs(seconds)).idle.as_secs();
        assert_eq!([idle(20), idle(86_400), idle(0)], [20, 300, 1]);
    }

    #[test]
    fn a_session_dies_when_nothing_happens_and_in_any_case_at_last() {
        let limits = SessionLimits { idle: Duration::from_millis(60), absolute: Duration::from_millis(200) };
        let sessions = Sessions::new(limits);
        let token = sessions.begin(actor("amina")).unwrap();
        let started = Instant::now();
        let mut alive = 0;
        while sessions.enter(&token, true).is_ok() {
            alive += 1;
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(
            alive > 5 && started.elapsed() >= Duration::from_millis(190),
            "activity keeps it open until the absolute limit"
        );
        let token = sessions.begin(actor("amina")).unwrap();
        std::thread::sleep(Duration::from_millis(80));
        assert_eq!(sessions.enter(&token, true).err().map(|p| p.code), Some(ProblemCode::SessionExpired));
        assert_eq!(sessions.enter(&token, true).err().map(|p| p.code), Some(ProblemCode::NotSignedIn));
    }

    #[test]
    fn a_guessed_token_opens_nothing() {
        let sessions = Sessions::new(SessionLimits::default());
        let token = sessions.begin(actor("amina")).unwrap();
        assert_eq!(token.len(), 43);
        assert!(sessions.enter(&token[..42], true).is_err());
        assert!(sessions.enter("", true).is_err());
    }
}
