//! The definition as SQL, run in one transaction that is rolled back.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustcare_cohorts::clinic::own_concepts;
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::sql::{Dialect, SqlScript, Statement, Target, render};
use secrecy::ExposeSecret;
use tokio::time::{sleep, timeout};
use tokio_postgres::config::SslMode;
use tokio_postgres::{CancelToken, Client, Config, Row};

use super::check::check;
use super::config::{DatabaseConfig, Encryption};
use super::connect::Verified;
use super::counts::{AttritionCounts, CohortCounts, RuleCounts};
use super::error::ElsewhereError;

/// How long a run may take when nothing else is said. The slowest published definition takes seconds on 20 000 persons.
pub const RUN_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How long a connection may take to be made, the finding of the host included.
const TO_CONNECT: Duration = Duration::from_secs(15);
/// How often it is looked whether somebody wants it stopped.
const TO_NOTICE: Duration = Duration::from_millis(50);
/// How long a goodbye may take.
const TO_LEAVE: Duration = Duration::from_secs(3);

/// Runs a definition and brings its counts back. `limit`: for the whole, in whole seconds. `cancelled`: set by whoever wants it
/// stopped. `reached`: told how many steps of how many are done. Blocks the thread.
///
/// # Errors
/// [`ElsewhereError`]. A definition that names the clinic's own codes is refused before anything is connected.
pub fn run(
    config: &DatabaseConfig,
    expression: &CohortExpression,
    limit: Duration,
    cancelled: &AtomicBool,
    reached: &dyn Fn(u64, u64),
) -> Result<CohortCounts, ElsewhereError> {
    let own = own_concepts(expression);
    if !own.is_empty() {
        return Err(ElsewhereError::OwnConcepts { count: own.len() });
    }
    let target = Target { cdm_schema: Some(config.schema.clone()), ..Target::default() };
    let script = render(expression, Dialect::PostgreSql, &target)
        .map_err(|error| ElsewhereError::BadDefinition { what: error.to_string() })?;
    let verified = Verified::by(&config.encryption)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()
        .map_err(|_| ElsewhereError::NoSockets)?;
    let seconds = limit.as_secs();
    let session = Session { config, script: &script, verified, seconds, reached, stop: RefCell::new(None) };
    let done = runtime.block_on(session.guarded(limit, cancelled));
    // A name that is still being looked up is not waited for.
    runtime.shutdown_background();
    let counts = done?;
    let rules = expression.inclusion_rules.len();
    if counts.by_event.rules.len() != rules || counts.by_person.rules.len() != rules {
        return Err(ElsewhereError::AnswerUnread);
    }
    Ok(counts)
}

/// One run.
struct Session<'a> {
    config: &'a DatabaseConfig,
    script: &'a SqlScript,
    verified: Verified,
    /// What is allowed, for messages.
    seconds: u64,
    reached: &'a dyn Fn(u64, u64),
    /// Stops what the server is doing, once there is a connection.
    stop: RefCell<Option<CancelToken>>,
}

impl Session<'_> {
    /// The work, unless it takes too long or somebody stops it; then the server is told.
    async fn guarded(&self, limit: Duration, cancelled: &AtomicBool) -> Result<CohortCounts, ElsewhereError> {
        let stopped = async {
            while !cancelled.load(Ordering::Relaxed) {
                sleep(TO_NOTICE).await;
            }
        };
        let why = tokio::select! {
            biased;
            () = stopped => ElsewhereError::Cancelled,
            () = sleep(limit) => ElsewhereError::TookTooLong { seconds: self.seconds },
            counts = self.work() => return counts,
        };
        let stop = self.stop.borrow_mut().take();
        if let Some(stop) = stop {
            // A server that does not hear it ends the work when it finds that nobody listens any more.
            let _ = timeout(TO_LEAVE, stop.cancel_query(self.verified.clone())).await;
        }
        Err(why)
    }

    async fn work(&self) -> Result<CohortCounts, ElsewhereError> {
        let connected = timeout(TO_CONNECT, self.connect()).await;
        let (client, wire) = connected.map_err(|_| ElsewhereError::Unreachable)??;
        *self.stop.borrow_mut() = Some(client.cancel_token());
        check(&client, self.script, &self.config.schema, self.seconds).await?;
        let counts = self.in_transaction(&client).await?;
        drop(client);
        let _ = timeout(TO_LEAVE, wire).await;
        Ok(counts)
    }

    /// Tries the host's addresses one after the other, as long as nobody answers.
    async fn connect(&self) -> Result<(Client, tokio::task::JoinHandle<()>), ElsewhereError> {
        let mut why = ElsewhereError::HostUnknown;
        for address in self.addresses().await? {
            match self.options(address).connect(self.verified.clone()).await {
                Ok((client, connection)) => {
                    // What ends it is seen by whoever waits for an answer.
                    return Ok((client, tokio::spawn(async { drop(connection.await) })));
                }
                Err(error) => why = ElsewhereError::of_connecting(&error),
            }
            if !matches!(why, ElsewhereError::ConnectionRefused | ElsewhereError::Unreachable) {
                break;
            }
        }
        Err(why)
    }

    /// Where the host is; none: at its socket. What is not encrypted goes to loopback addresses alone, whatever the name leads to.
    async fn addresses(&self) -> Result<Vec<Option<IpAddr>>, ElsewhereError> {
        let host = &self.config.host;
        if host.is_socket() {
            return Ok(vec![None]);
        }
        let found = tokio::net::lookup_host((host.as_str(), self.config.port)).await;
        let found: Vec<IpAddr> =
            found.map_err(|_| ElsewhereError::HostUnknown)?.map(|found: SocketAddr| found.ip()).collect();
        if self.config.encryption == Encryption::Off && !found.iter().all(IpAddr::is_loopback) {
            return Err(ElsewhereError::PlainFarAway);
        }
        Ok(found.into_iter().map(Some).collect())
    }

    fn options(&self, address: Option<IpAddr>) -> Config {
        let config = self.config;
        let mut options = Config::new();
        options
            .host(config.host.as_str())
            .port(config.port)
            .dbname(&config.database)
            .user(&config.username)
            .password(config.password.expose_secret())
            .application_name("RustCare")
            .ssl_mode(match config.encryption {
                Encryption::Off => SslMode::Disable,
                Encryption::System | Encryption::Authorities(_) => SslMode::Require,
            });
        if let Some(address) = address {
            options.hostaddr(address);
        }
        options
    }

    async fn in_transaction(&self, client: &Client) -> Result<CohortCounts, ElsewhereError> {
        let refused = |error| ElsewhereError::of_statement(&error, self.seconds);
        // All counts are of one moment.
        let begin = format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE; SET LOCAL statement_timeout = '{}s'",
            self.seconds.max(1)
        );
        client.batch_execute(&begin).await.map_err(refused)?;
        let steps = self.script.steps.len() as u64 + 3;
        for (done, step) in self.script.steps.iter().enumerate() {
            (self.reached)(done as u64, steps);
            client.batch_execute(&step.sql).await.map_err(refused)?;
        }
        let ask = async |query: &str, done: u64| {
            (self.reached)(done, steps);
            client.query(query, &[]).await.map_err(refused)
        };
        let Statement { sql, .. } = &self.script.attrition_query;
        let attrition = ask(sql, steps - 3).await?;
        let totals = ask(&self.script.totals_query.sql, steps - 2).await?;
        let people = format!("SELECT COUNT(DISTINCT p.person_id) FROM {}.person p", self.config.schema);
        let people = ask(&people, steps - 1).await?;
        client.batch_execute("ROLLBACK").await.map_err(refused)?;
        (self.reached)(steps, steps);
        read(&attrition, &totals, &people).ok_or(ElsewhereError::AnswerUnread)
    }
}

fn count(row: &Row, column: &str) -> Option<u64> {
    u64::try_from(row.try_get::<_, i64>(column).ok()?).ok()
}

/// The counts of three answers.
fn read(attrition: &[Row], totals: &[Row], people: &[Row]) -> Option<CohortCounts> {
    let totals = totals.first()?;
    let population = people.first()?.try_get::<_, i64>(0).ok()?;
    let mut counts = CohortCounts {
        population: population.try_into().ok()?,
        spans: count(totals, "spans")?,
        persons: count(totals, "persons")?,
        lost_to_censor_window: count(totals, "lost_to_censor_window")?,
        ..CohortCounts::default()
    };
    for row in attrition {
        let of: &mut AttritionCounts = match row.try_get::<_, i32>("mode_id").ok()? {
            0 => &mut counts.by_event,
            _ => &mut counts.by_person,
        };
        if row.try_get::<_, i32>("rule_number").ok()? == 0 {
            of.total = count(row, "remaining")?;
        } else {
            of.rules.push(RuleCounts {
                met: count(row, "met")?,
                all_but_this: count(row, "all_but_this")?,
                remaining: count(row, "remaining")?,
            });
        }
    }
    Some(counts)
}
