//! The interface: MLLP over TCP. It is open only while the vault is: what arrives is written under the name of the interface
//! in the same transactions as everything else, and an acknowledgement is sent when that is durable. When the vault is
//! locked the port closes, and senders keep what they have, as they do when a cable is out.
//!
//! Threads instead of an asynchronous runtime: a clinic has a handful of senders, each waits for its acknowledgement before
//! it goes on, and the writer is one anyway.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::Transaction;
use rustcare_exchange::ImportContext;
use rustcare_exchange::hl7::mllp::{Event, Frames, framed};
use rustcare_exchange::hl7::receive::{Inbox, Takes};
use rustcare_exchange::hl7::{ack, batch, header, refusal};
use rustcare_model::reason::{Reason, Why};
use rustcare_vault::{AuditEntry, Outcome, Vault, VaultError, VaultResult};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::import_messages::{MergedBy, merge_two};
use super::line_identity::LineIdentity;
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
/// How soon a thread notices that it shall end.
const TICK: Duration = Duration::from_millis(50);
/// Longest wait for a sender to take its acknowledgement.
const LONGEST_WRITE: Duration = Duration::from_secs(10);
/// The person in the trail.
const PERSON: &str = "interface:hl7";
/// The role in the trail.
const ROLE: &str = "interface";

/// A network that may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: u32,
    mask: u32,
}

impl Network {
    /// `192.168.1.20` or `192.168.1.0/24`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.trim().split_once('/').unwrap_or((text.trim(), "32"));
        let address: Ipv4Addr = address.parse().ok()?;
        let bits: u32 = bits.parse().ok().filter(|bits| (8..=32).contains(bits))?;
        let mask = u32::MAX << (32 - bits);
        Some(Self { address: u32::from(address) & mask, mask })
    }

    fn has(self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(v4) if u32::from(v4) & self.mask == self.address)
    }
}

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
    running: Mutex<Option<Running>>,
    why_not: Mutex<Option<Why>>,
    /// Whether the settings of the open vault were looked at.
    is_settled: AtomicBool,
    /// When a port that could not be opened is tried again.
    again_at: Mutex<Option<Instant>>,
}

impl Listener {
    /// Address, counters, and why it does not listen.
    pub(super) fn state(&self) -> (Option<SocketAddr>, Option<Arc<Counters>>, Option<Why>) {
        let running = self.running.lock();
        let counters = running.as_ref().map(|r| Arc::clone(&r.counters));
        (running.as_ref().map(|r| r.address), counters, self.why_not.lock().clone())
    }

    /// Opens the port as the clinic has set it, once after a vault was opened. What fails is shown, not raised: nothing else
    /// depends on it. Only a host that sweeps has an interface; the command line has none.
    pub(crate) fn follow(&self, workstation: &Arc<Workstation>) {
        let is_time = self.again_at.lock().take_if(|at| *at <= Instant::now()).is_some();
        if self.is_settled.swap(true, Ordering::Relaxed) && !is_time {
            return;
        }
        let Some(vault) = workstation.open_vault() else { return };
        let kept = vault.read(|t| Ok::<_, VaultError>((super::interface::load(t)?, LineIdentity::load(t)?)));
        let Ok((settings, identity)) = kept else { return };
        if settings.on {
            let failed = self.start(workstation, &settings, identity.as_ref()).err();
            // Whoever has the port may let go of it; nobody should have to turn the interface off and on for that.
            *self.again_at.lock() = failed.is_some().then(|| Instant::now() + AFTER_A_FAILURE);
            *self.why_not.lock() = failed;
        }
    }

    /// Opens the port. Where senders must encrypt and there is no certificate, it stays closed.
    ///
    /// # Errors
    /// `listener_port_taken`, `listener_certificate`, `listener_practice`.
    pub(super) fn start(
        &self,
        workstation: &Arc<Workstation>,
        settings: &InterfaceSettings,
        identity: Option<&LineIdentity>,
    ) -> Result<(), Why> {
        // What a real system sends is not to be taken, and acknowledged, by a clinic that does not exist.
        if workstation.open_vault().is_some_and(|vault| vault.header().practice) {
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
        self.is_settled.store(true, Ordering::Relaxed);
        *self.running.lock() = Some(Running { stop, address, counters, accepting, conversations });
        *self.why_not.lock() = None;
        Ok(())
    }

    /// Closes the port and waits until it is closed. A message that is being written is finished. `for_change` says that
    /// whoever closes it also opens it again.
    pub(crate) fn stop(&self, for_change: bool) {
        self.is_settled.store(for_change, Ordering::Relaxed);
        let running = self.running.lock().take();
        *self.why_not.lock() = None;
        *self.again_at.lock() = None;
        if let Some(running) = running {
            running.stop.store(true, Ordering::Relaxed);
            let _ = running.accepting.join();
            let conversations = std::mem::take(&mut *running.conversations.lock());
            conversations.into_iter().for_each(|one| drop(one.join()));
        }
    }
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

/// What is said over a connection, encrypted or not.
enum Line {
    Open(TcpStream),
    Encrypted(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Line {
    fn over(stream: TcpStream, encryption: Option<&Arc<ServerConfig>>) -> std::io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(TICK))?;
        stream.set_write_timeout(Some(LONGEST_WRITE))?;
        stream.set_nodelay(true)?;
        let Some(config) = encryption else { return Ok(Self::Open(stream)) };
        let connection = ServerConnection::new(Arc::clone(config)).map_err(std::io::Error::other)?;
        Ok(Self::Encrypted(Box::new(StreamOwned::new(connection, stream))))
    }

    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Open(stream) => stream.read(buffer),
            Self::Encrypted(stream) => stream.read(buffer),
        }
    }

    /// Sends an acknowledgement, whole.
    fn answer(&mut self, text: &str) -> std::io::Result<()> {
        let frame = framed(text.as_bytes());
        match self {
            Self::Open(stream) => stream.write_all(&frame),
            Self::Encrypted(stream) => stream.write_all(&frame).and_then(|()| stream.flush()),
        }
    }

    /// Whether the two have not agreed on keys yet.
    fn is_beginning(&self) -> bool {
        matches!(self, Self::Encrypted(stream) if stream.conn.is_handshaking())
    }

    /// Says that nothing more comes, so that the sender knows that nothing was cut off.
    fn close(mut self) {
        if let Self::Encrypted(stream) = &mut self {
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
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
    fn networks_are_read_and_hold_their_addresses() {
        let home = Network::parse("192.168.1.0/24").unwrap();
        assert!(home.has("192.168.1.77".parse().unwrap()) && !home.has("192.168.2.1".parse().unwrap()));
        let one = Network::parse(" 10.0.0.7 ").unwrap();
        assert!(one.has("10.0.0.7".parse().unwrap()) && !one.has("10.0.0.8".parse().unwrap()));
        assert!(!one.has("::1".parse().unwrap()));
        for wrong in ["", "0.0.0.0/0", "10.0.0.7/33", "host", "10.0.0", "::1"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
