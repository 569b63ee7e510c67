//! The interface: MLLP over TCP. It is open only while the vault is: what arrives is written under the name of the interface
//! in the same transactions as everything else, and an acknowledgement is sent when that is durable. When the vault is
//! locked the port closes, and senders keep what they have, as they do when a cable is out.
//!
//! Threads instead of an asynchronous runtime: a clinic has a handful of senders, each waits for its acknowledgement before
//! it goes on, and the writer is one anyway.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Transaction;
use rustcare_exchange::ImportContext;
use rustcare_exchange::hl7::mllp::{Event, Frames};
use rustcare_exchange::hl7::receive::{Inbox, Takes};
use rustcare_exchange::hl7::{ack, batch, header, refusal};
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultError, VaultResult};
use rustls::ServerConfig;

use super::import_messages::{MergedBy, merge_two};
use super::line::{Line, TICK};
use super::line_identity::LineIdentity;
use super::networks::Network;
use crate::contract::messages::InterfaceSettings;
use crate::settings::ClinicSettings;
use crate::workstation::Workstation;

/// Most senders at once.
const MOST_CONNECTIONS: usize = 16;
/// A connection on which nothing comes is closed after this.
const LONGEST_IDLE: Duration = Duration::from_secs(600);
/// A message that has begun must go on within this.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A message takes no longer than this from its first byte to its last.
const LONGEST_FRAME: Duration = Duration::from_secs(300);
/// A port that could not be opened is tried again after this.
const AFTER_A_FAILURE: Duration = Duration::from_secs(30);
/// The person in the trail.
const PERSON: &str = "interface:hl7";
/// The role in the trail.
const ROLE: &str = "interface";

/// Counts since the port was opened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub connections: AtomicUsize,
    pub taken: AtomicU64,
    pub quarantined: AtomicU64,
    pub turned_away: AtomicU64,
    pub last_at: Mutex<Option<String>>,
}

struct Running {
    stop: Arc<AtomicBool>,
    address: SocketAddr,
    counters: Arc<Counters>,
    accepting: JoinHandle<()>,
    conversations: Conversations,
}

/// The threads of open connections, so that closing the port waits for what they write.
type Conversations = Arc<Mutex<Vec<JoinHandle<()>>>>;

/// A place among the connections, given back however its thread ends.
struct Place(Arc<Counters>);

impl Place {
    fn take(counters: &Arc<Counters>) -> Option<Self> {
        let taken = counters.connections.fetch_add(1, Ordering::SeqCst);
        let place = Self(Arc::clone(counters));
        (taken < MOST_CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The one listener of a workstation.
#[derive(Default)]
pub(crate) struct Listener {
    /// Held while the port is opened, closed or changed, so that two of these never run side by side.
    changing: Mutex<()>,
    running: Mutex<Option<Running>>,
    why_not: Mutex<Option<Why>>,
    /// Whether the settings of the open vault were looked at.
    is_settled: AtomicBool,
    /// When a port that could not be opened is tried again.
    again_at: Mutex<Option<Instant>>,
}

/// The right to open and close the port.
pub(super) struct Changing<'a> {
    listener: &'a Listener,
    _held: MutexGuard<'a, ()>,
}

impl Listener {
    /// Address, counters, and why it does not listen.
    pub(super) fn state(&self) -> (Option<SocketAddr>, Option<Arc<Counters>>, Option<Why>) {
        let running = self.running.lock();
        let counters = running.as_ref().map(|r| Arc::clone(&r.counters));
        (running.as_ref().map(|r| r.address), counters, self.why_not.lock().clone())
    }

    /// Waits until nobody else opens or closes the port.
    pub(super) fn change(&self) -> Changing<'_> {
        Changing { listener: self, _held: self.changing.lock() }
    }

    /// Opens the port as the clinic has set it, once after a vault was opened. What fails is shown and tried again, not raised:
    /// nothing else depends on it. Only a host that sweeps has an interface; the command line has none.
    pub(crate) fn follow(&self, workstation: &Arc<Workstation>) {
        let is_time = || self.again_at.lock().is_some_and(|at| at <= Instant::now());
        if self.is_settled.load(Ordering::Relaxed) && !is_time() {
            return;
        }
        // Somebody is at it: the next second will do.
        let Some(held) = self.changing.try_lock() else { return };
        let Some(vault) = workstation.open_vault() else { return };
        let mut changing = Changing { listener: self, _held: held };
        // Before the port is opened: that may find that the vault is another one by now.
        self.is_settled.store(true, Ordering::Relaxed);
        let kept = vault.read(|t| Ok::<_, VaultError>((super::interface::load(t)?, LineIdentity::load(t)?)));
        match kept {
            Ok((settings, identity)) if settings.on => {
                // What fails is noted there.
                let _ = changing.start(workstation, &vault, &settings, identity.as_ref());
            }
            Ok(_) => *self.again_at.lock() = None,
            Err(_) => changing.failed(Reason::ListenerSettings.into()),
        }
    }

    /// Closes the port of a vault that is closed.
    pub(crate) fn stop(&self) {
        self.change().stop();
        self.is_settled.store(false, Ordering::Relaxed);
    }
}

impl Changing<'_> {
    /// Opens the port, for the vault that is open. Where senders must encrypt and there is no certificate, it stays closed. What
    /// fails is shown, and tried again: whoever has the port may let go of it, and nobody should have to turn the interface off
    /// and on for that.
    ///
    /// # Errors
    /// `listener_port_taken`, `listener_certificate`, `listener_practice`, `vault_locked`.
    pub(super) fn start(
        &mut self,
        workstation: &Arc<Workstation>,
        vault: &Arc<Vault>,
        settings: &InterfaceSettings,
        identity: Option<&LineIdentity>,
    ) -> Result<(), Why> {
        // Closed or changed since it was asked: then this is the port of another vault, and its own settings are looked at.
        if !workstation.open_vault().is_some_and(|open| Arc::ptr_eq(&open, vault)) {
            self.listener.is_settled.store(false, Ordering::Relaxed);
            return Err(Reason::VaultLocked.into());
        }
        self.stop();
        self.listener.is_settled.store(true, Ordering::Relaxed);
        match opened(workstation, vault, settings, identity) {
            Ok(running) => {
                *self.listener.running.lock() = Some(running);
                Ok(())
            }
            Err(why) => {
                self.failed(why.clone());
                Err(why)
            }
        }
    }

    fn failed(&mut self, why: Why) {
        *self.listener.again_at.lock() = Some(Instant::now() + AFTER_A_FAILURE);
        *self.listener.why_not.lock() = Some(why);
    }

    /// Closes the port and waits until it is closed. A message that is being written is finished.
    pub(super) fn stop(&mut self) {
        let running = self.listener.running.lock().take();
        *self.listener.why_not.lock() = None;
        *self.listener.again_at.lock() = None;
        if let Some(running) = running {
            running.stop.store(true, Ordering::Relaxed);
            join(running.accepting);
            let conversations = std::mem::take(&mut *running.conversations.lock());
            conversations.into_iter().for_each(join);
        }
    }
}

/// Waits for a thread to end, unless it is this one: the last owner of a workstation may be one of its own threads.
fn join(thread: JoinHandle<()>) {
    if thread.thread().id() != std::thread::current().id() {
        let _ = thread.join();
    }
}

fn opened(
    workstation: &Arc<Workstation>,
    vault: &Vault,
    settings: &InterfaceSettings,
    identity: Option<&LineIdentity>,
) -> Result<Running, Why> {
    // What a real system sends is not to be taken, and acknowledged, by a clinic that does not exist.
    if vault.header().practice {
        return Err(Reason::ListenerPractice.into());
    }
    let encryption = match (settings.encrypted, identity) {
        (false, _) => None,
        (true, Some(identity)) => {
            Some(identity.server().map_err(|_| Why::from(Reason::ListenerCertificate))?)
        }
        (true, None) => return Err(Reason::ListenerCertificate.into()),
    };
    let networks: Vec<Network> = settings.allow.iter().filter_map(|a| Network::parse(a)).collect();
    let address = if networks.is_empty() { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
    let refused = |error: std::io::Error| Reason::ListenerPortTaken.with("cause", error.kind());
    let listener = TcpListener::bind((address, settings.port)).map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    let (stop, counters) = (Arc::new(AtomicBool::new(false)), Arc::new(Counters::default()));
    let door = Door {
        workstation: Arc::downgrade(workstation),
        stop: Arc::clone(&stop),
        counters: Arc::clone(&counters),
        encryption,
    };
    let conversations = Conversations::default();
    let begun = Arc::clone(&conversations);
    let accepting = std::thread::spawn(move || accept(&listener, &networks, &door, &begun));
    Ok(Running { stop, address, counters, accepting, conversations })
}

/// What the threads share.
#[derive(Clone)]
struct Door {
    workstation: Weak<Workstation>,
    stop: Arc<AtomicBool>,
    counters: Arc<Counters>,
    /// How senders must encrypt.
    encryption: Option<Arc<ServerConfig>>,
}

impl Door {
    /// The vault while it is open; nobody holds it between two messages, so that locking wipes its keys.
    fn vault(&self) -> Option<Arc<Vault>> {
        if self.stop.load(Ordering::Relaxed) { None } else { self.workstation.upgrade()?.open_vault() }
    }

    fn is_open(&self) -> bool {
        self.vault().is_some()
    }
}

fn accept(listener: &TcpListener, networks: &[Network], door: &Door, conversations: &Conversations) {
    while door.is_open() {
        let Ok((stream, peer)) = listener.accept() else {
            std::thread::sleep(TICK);
            continue;
        };
        let allowed = peer.ip().is_loopback() || networks.iter().any(|n| n.has(peer.ip()));
        let place = allowed.then(|| Place::take(&door.counters)).flatten();
        let Some(place) = place else {
            door.counters.turned_away.fetch_add(1, Ordering::Relaxed);
            continue;
        };
        let door = door.clone();
        let conversation = std::thread::spawn(move || {
            let _place = place;
            // A connection that fails ends; what was not acknowledged is sent again.
            let _ = converse(stream, peer, &door);
        });
        let mut conversations = conversations.lock();
        conversations.retain(|one| !one.is_finished());
        conversations.push(conversation);
    }
}

fn converse(stream: TcpStream, peer: SocketAddr, door: &Door) -> std::io::Result<()> {
    let mut line = Line::over(stream, door.encryption.as_ref())?;
    let origin: Arc<str> = Arc::from(format!("interface, {}", peer.ip()));
    let mut frames = Frames::default();
    let mut buffer = vec![0; 64 << 10];
    let mut last = Instant::now();
    let mut begun: Option<Instant> = None;
    while door.is_open() {
        begun = if frames.is_inside() { begun.or_else(|| Some(Instant::now())) } else { None };
        if begun.is_some_and(|at| at.elapsed() > LONGEST_FRAME) {
            break;
        }
        let events = match line.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                last = Instant::now();
                frames.push(&buffer[..count])
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                let longest =
                    if frames.is_inside() || line.is_beginning() { LONGEST_PAUSE } else { LONGEST_IDLE };
                if last.elapsed() > longest {
                    break;
                }
                continue;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for event in events {
            let Some(answers) = door.handle(event, &origin) else { return Ok(()) };
            for answer in answers {
                line.answer(&answer)?;
            }
        }
    }
    for event in frames.finish() {
        let Some(answers) = door.handle(event, &origin) else { return Ok(()) };
        for answer in answers {
            line.answer(&answer)?;
        }
    }
    line.close();
    Ok(())
}

impl Door {
    /// What came out of the stream, into the vault; the acknowledgements. `None` when nothing can be kept now: then nothing is
    /// acknowledged either, and the sender sends again.
    fn handle(&self, event: Event, origin: &Arc<str>) -> Option<Vec<String>> {
        let vault = self.vault()?;
        let settings = vault.read(|t| ClinicSettings::load(t)).ok()?;
        let on_commit = |t: &Transaction<'_>, counts: &str| -> VaultResult<()> {
            let entry = AuditEntry {
                at: rustcare_vault::vault::timestamp(),
                person: PERSON.into(),
                role: ROLE.into(),
                action: "receive_message".into(),
                subject: None,
                outcome: Outcome::Done,
                details: Some(counts.to_owned()),
            };
            vault.record(t, &entry)
        };
        let by = MergedBy { vault: &vault, person: PERSON, role: ROLE };
        let merge = |t: &Transaction<'_>, stay: i64, go: i64| merge_two(t, (stay, go), &by);
        let cancel = AtomicBool::new(false);
        let context = ImportContext {
            vault: &vault,
            phone_region: settings.phone_region.clone(),
            today: settings.today(),
            mrn_prefix: settings.mrn_prefix.clone(),
            mrn_first: settings.mrn_first_number,
            // Nobody is signed in at the interface: numbers that are secrets are left out.
            secrets: None,
            person: PERSON.into(),
            role: ROLE.into(),
            job: PERSON.into(),
            on_commit: &on_commit,
            watch: &|_| {},
            progress: &|_| {},
            cancel: &cancel,
        };
        let (zone, origin) = (settings.zone(), Arc::clone(origin));
        let inbox = Inbox { context: &context, zone, origin, takes: Takes::Production, merge: &merge };
        let answers = self.keep(event, &inbox).ok()?;
        *self.counters.last_at.lock() = Some(rustcare_vault::vault::timestamp());
        // The acts are in the trail; a checkpoint that cannot be written now is written later.
        let _ = vault.checkpoint(false);
        Some(answers)
    }

    fn keep(&self, event: Event, inbox: &Inbox<'_>) -> VaultResult<Vec<String>> {
        let mut answers = Vec::new();
        let stray = |bytes: &[u8], offset, reason| -> VaultResult<()> {
            inbox.keep_stray(bytes, offset, reason)?;
            self.counters.quarantined.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        match event {
            Event::Stray { offset, bytes } => stray(&bytes, offset, Reason::Hl7OutsideFrame)?,
            Event::Broken { offset, bytes } => stray(&bytes, offset, Reason::Hl7CutOff)?,
            Event::TooLarge { offset, bytes } => {
                stray(&bytes, offset, Reason::Hl7TooLarge)?;
                let refusal = refusal::Refusal::not_understood(Reason::Hl7TooLarge);
                answers.push(ack::refused(
                    &header::of_start(&bytes),
                    &rustcare_vault::vault::timestamp(),
                    &refusal,
                ));
            }
            Event::Frame { offset, bytes } => {
                let stretches = batch::cut(&bytes);
                let mut messages = 0;
                for stretch in &stretches {
                    let at = offset + stretch.offset as u64;
                    if !stretch.is_message && stretches.len() > 1 {
                        stray(stretch.bytes, at, Reason::Hl7OutsideFrame)?;
                        continue;
                    }
                    messages += 1;
                    let received = inbox.receive(stretch.bytes, Some(at))?;
                    if !received.is_repeated {
                        let counter = if received.refusal.is_none() {
                            &self.counters.taken
                        } else {
                            &self.counters.quarantined
                        };
                        counter.fetch_add(1, Ordering::Relaxed);
                    }
                    answers.push(received.ack);
                }
                if messages == 0 {
                    // An empty frame is answered like any other that cannot be read.
                    let refusal = refusal::Refusal::not_understood(Reason::Hl7NoMessage);
                    let at = rustcare_vault::vault::timestamp();
                    answers.push(ack::refused(&header::Header::default(), &at, &refusal));
                }
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_does_not_wait_for_itself() {
        let (give, take) = std::sync::mpsc::channel::<JoinHandle<()>>();
        let (done, ended) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            join(take.recv().unwrap());
            done.send(()).unwrap();
        });
        give.send(thread).unwrap();
        ended.recv_timeout(Duration::from_secs(10)).unwrap();
    }
}
