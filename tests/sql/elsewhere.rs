//! A cohort run on a PostgreSQL elsewhere: encrypted, counts back, nothing left behind, the password nowhere.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustcare_cohorts::clinic::icd_concept_id;
use rustcare_cohorts::definition::CohortExpression;
use rustcare_cohorts::index::Index;
use rustcare_workstation::cohort_elsewhere::{ElsewhereRequest, compare as compare_file};
use rustcare_workstation::run_elsewhere::{
    AttritionCounts, CohortCounts, DatabaseConfig, ElsewhereError, Encryption, HostName, RUN_LIMIT,
    RootCertificates, RuleCounts, run,
};
use secrecy::SecretString;

use crate::data::{Case, oracle};
use crate::definitions::invented;
use crate::outcome::Outcome;
use crate::postgres::{Protection, Server};

/// Stands nowhere but in the server and the connection.
pub const PASSWORD: &str = "canary-'7f3a-heron";

/// An authority, and a certificate that it made for `localhost`.
pub fn protection() -> (RootCertificates, Protection) {
    let key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("parameters");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&key).expect("an authority").pem();
    let own = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(vec!["localhost".to_owned()]).expect("parameters");
    let certificate = server.signed_by(&own, &Issuer::new(authority, key)).expect("a certificate");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
    let protection = Protection {
        port: free,
        password: PASSWORD,
        certificate: certificate.pem(),
        key: own.serialize_pem(),
    };
    (RootCertificates::parse(&root).expect("a certificate"), protection)
}

/// A connection as a test changes it.
#[derive(Clone)]
struct To {
    host: &'static str,
    port: u16,
    database: &'static str,
    schema: &'static str,
    username: &'static str,
    password: &'static str,
    encryption: Encryption,
}

impl To {
    fn config(&self) -> DatabaseConfig {
        let host = HostName::parse(self.host).expect("a host");
        let password = SecretString::from(self.password);
        let (database, schema) = (self.database, self.schema);
        DatabaseConfig::new(
            host,
            self.port,
            database,
            schema,
            self.username,
            password,
            self.encryption.clone(),
        )
        .unwrap_or_else(|error| panic!("{error}"))
    }

    fn counts(&self, expression: &CohortExpression) -> Result<CohortCounts, ElsewhereError> {
        run(&self.config(), expression, RUN_LIMIT, &AtomicBool::new(false), &|_, _| {})
    }
}

fn good(roots: &RootCertificates, port: u16) -> To {
    To {
        host: "localhost",
        port,
        database: "postgres",
        schema: "cdm",
        username: "rustcare",
        password: PASSWORD,
        encryption: Encryption::Authorities(roots.clone()),
    }
}

/// The engine's counts; the outcome does not hold how many persons there are.
fn counts(outcome: &Outcome, population: u64) -> CohortCounts {
    let count = |number: i64| u64::try_from(number).expect("a count");
    let of = |wanted: i64| {
        let mut of = AttritionCounts::default();
        for (_, rule, met, all_but_this, remaining) in
            outcome.attrition.iter().filter(|(mode, ..)| *mode == wanted)
        {
            match (rule, all_but_this) {
                (0, _) => of.total = count(*remaining),
                (_, all_but_this) => of.rules.push(RuleCounts {
                    met: count(*met),
                    all_but_this: count(all_but_this.expect("a count")),
                    remaining: count(*remaining),
                }),
            }
        }
        of
    };
    let (spans, persons, lost) = outcome.totals;
    CohortCounts {
        population,
        by_event: of(0),
        by_person: of(1),
        spans: count(spans),
        persons: count(persons),
        lost_to_censor_window: count(lost),
    }
}

/// Runs all cases; the differences to the engine, and what is left in the database.
fn compare(server: &Server, to: &To, cases: &[Case]) -> Vec<String> {
    let people = server.run(&format!("SELECT COUNT(*) FROM {}.person", to.schema)).expect("a count");
    let population = people.trim().parse().expect("a count");
    let mut found = Vec::new();
    for case in cases {
        match to.counts(&case.expression) {
            Ok(there) => {
                let here = counts(&case.expected, population);
                found.extend(here.differences(&there).iter().map(|one| format!("{}: {one:?}", case.name)));
                assert_eq!(found.is_empty(), here == there);
            }
            Err(error) => found.push(format!("{}: {error}", case.name)),
        }
    }
    let left = server.run("SELECT relname FROM pg_class WHERE relname LIKE 'rustcare%'");
    assert_eq!(left, Ok(String::new()), "nothing is left behind");
    found
}

/// Published definitions of every size, none of which takes long.
const PUBLISHED: [u32; 12] = [1, 2, 3, 10, 20, 24, 33, 63, 71, 100, 192, 234];

#[test]
fn counts_of_published_definitions_come_back_encrypted_and_equal() {
    let test = "counts_of_published_definitions_come_back_encrypted_and_equal";
    let (roots, protection) = protection();
    let Some(server) = Server::start_with(test, Some(&protection)) else { return };
    let chosen = |all: &std::collections::BTreeMap<u32, serde_json::Value>| {
        let known: BTreeSet<u32> = PUBLISHED.into_iter().filter(|id| all.contains_key(id)).collect();
        if known.len() >= 6 { known } else { all.keys().take(12).copied().collect() }
    };
    let Some(set) = oracle(test, chosen) else { return };
    server.load("cdm", set.folder.path());
    let started = Instant::now();
    let differences = compare(&server, &good(&roots, protection.port), &set.cases);
    println!("{} definitions in {:.1} s", set.cases.len(), started.elapsed().as_secs_f64());
    assert!(set.cases.iter().any(|case| case.expected.totals.1 > 0), "some have people");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_is_wrong_is_named_and_the_password_is_in_no_word_of_it() {
    let test = "what_is_wrong_is_named_and_the_password_is_in_no_word_of_it";
    let (roots, protection) = protection();
    let Some(server) = Server::start_with(test, Some(&protection)) else { return };
    let set = invented(12);
    server.load("cdm", set.folder.path());
    let good = good(&roots, protection.port);
    assert_eq!(compare(&server, &good, &set.cases), [] as [String; 0]);
    server
        .run(&format!(
            "CREATE SCHEMA hollow; CREATE ROLE reader LOGIN PASSWORD '{0}'; CREATE ROLE stranger LOGIN PASSWORD '{0}';
             GRANT USAGE ON SCHEMA cdm TO reader; REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC;
             GRANT TEMPORARY ON DATABASE postgres TO reader;
             CREATE ROLE visitor LOGIN PASSWORD '{0}'; GRANT USAGE ON SCHEMA cdm TO visitor;
             GRANT SELECT ON ALL TABLES IN SCHEMA cdm TO visitor",
            PASSWORD.replace('\'', "''")
        ))
        .expect("roles");
    // By its socket, where nothing is encrypted: the same counts.
    let folder: &'static str = Box::leak(server.folder().display().to_string().into_boxed_str());
    let by_socket = To { host: folder, encryption: Encryption::Off, ..good.clone() };
    assert_eq!(compare(&server, &by_socket, &set.cases), [] as [String; 0]);
    let other_authority = self::protection().0;
    let free = TcpListener::bind("127.0.0.1:0").expect("a port");
    let nobody = free.local_addr().expect("an address").port();
    drop(free);
    let table = |table: &str| table.to_owned();
    let wrong = [
        (To { password: "another", ..good.clone() }, ElsewhereError::NotLetIn),
        (To { username: "nobody", ..good.clone() }, ElsewhereError::NotLetIn),
        // The server takes nobody by TCP who does not encrypt.
        (To { encryption: Encryption::Off, ..good.clone() }, ElsewhereError::NotLetIn),
        (
            To { encryption: Encryption::Authorities(other_authority), ..good.clone() },
            ElsewhereError::NotTrusted,
        ),
        // The certificate is for the name.
        (To { host: "127.0.0.1", ..good.clone() }, ElsewhereError::OtherName),
        (To { port: nobody, ..good.clone() }, ElsewhereError::ConnectionRefused),
        (To { host: "no-such-host.invalid", ..good.clone() }, ElsewhereError::HostUnknown),
        (
            To { host: "/no/such/folder", encryption: Encryption::Off, ..good.clone() },
            ElsewhereError::ConnectionRefused,
        ),
        (To { database: "nowhere", ..good.clone() }, ElsewhereError::DatabaseUnknown),
        (To { schema: "nowhere", ..good.clone() }, ElsewhereError::SchemaUnknown),
        (To { schema: "hollow", ..good.clone() }, ElsewhereError::TableMissing { table: table("concept") }),
        (To { username: "stranger", ..good.clone() }, ElsewhereError::SchemaUnknown),
        (
            To { username: "reader", ..good.clone() },
            ElsewhereError::TableUnreadable { table: table("concept") },
        ),
        (To { username: "visitor", ..good.clone() }, ElsewhereError::NoTemporaryTables),
        (To { port: unencrypted(), ..good.clone() }, ElsewhereError::NotEncrypted),
    ];
    let expression = &set.cases[0].expression;
    let mut printed = format!("{:?}", good.config());
    for (to, expected) in wrong {
        let found = to.counts(expression);
        assert_eq!(found.as_ref().err(), Some(&expected), "{} {} {}", to.host, to.schema, to.username);
        printed += &format!("{expected} {expected:?} {found:?} {:?}", to.config());
    }
    assert!(!printed.contains("canary") && !printed.contains("heron"), "{printed}");
    assert!(!server.log().contains("heron"));
}

/// The port of a server that answers the wish for encryption with no (PostgreSQL's protocol, "SSL Session Encryption").
fn unencrypted() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a visitor");
        let mut wish = [0; 8];
        stream.read_exact(&mut wish).and_then(|()| stream.write_all(b"N")).expect("an answer");
        // Nothing else is sent once it is known that nobody encrypts.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.is_empty());
    });
    port
}

#[test]
fn the_clinics_own_codes_are_refused_before_anything_is_connected() {
    let own = icd_concept_id("E11");
    let text = format!(
        r#"{{"ConceptSets": [{{"id": 0, "name": "", "expression": {{"items": [{{"concept": {{"CONCEPT_ID": {own}}}}}]}}}}],
            "PrimaryCriteria": {{"CriteriaList": [{{"ConditionOccurrence": {{"CodesetId": 0}}}}],
            "ObservationWindow": {{"PriorDays": 0, "PostDays": 0}}, "PrimaryCriteriaLimit": {{"Type": "First"}}}}}}"#
    );
    let expression = CohortExpression::from_json(&text).expect("a definition");
    // Nobody is there: it would be another error.
    let to = To {
        host: "no-such-host.invalid",
        port: 5432,
        database: "research",
        schema: "cdm",
        username: "reader",
        password: PASSWORD,
        encryption: Encryption::System,
    };
    assert_eq!(to.counts(&expression), Err(ElsewhereError::OwnConcepts { count: 1 }));
}

/// The counts of a report that differ.
fn different(report: &serde_json::Value) -> Vec<String> {
    let all = report["differences"].as_array().expect("a list").iter();
    all.map(|one| one["what"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_definition_of_a_file_is_held_against_an_index() {
    let test = "a_definition_of_a_file_is_held_against_an_index";
    let (roots, protection) = protection();
    let Some(server) = Server::start_with(test, Some(&protection)) else { return };
    let set = invented(8);
    server.load("cdm", set.folder.path());
    let files = tempfile::tempdir().expect("a folder");
    let file = |name: &str| files.path().join(name);
    let data = Index::from_omop(set.folder.path()).expect("an index");
    data.write(&file("index")).expect("written");
    std::fs::write(file("roots.pem"), roots.as_str()).expect("written");
    let request = ElsewhereRequest {
        host: "localhost".into(),
        port: protection.port,
        database: "postgres".into(),
        schema: "cdm".into(),
        username: "rustcare".into(),
        root_certificate: Some(file("roots.pem")),
        without_encryption: false,
        seconds: 60,
    };
    let password = zeroize::Zeroizing::new(PASSWORD.to_owned());
    for case in &set.cases {
        std::fs::write(file("7.json"), case.expression.to_value().to_string()).expect("written");
        let index = file("index");
        let found = compare_file(&file("7.json"), Some(&index), &request, &password).expect("counts");
        // Some of the made-up events are of people without a row of their own, whom the index counts.
        assert_eq!(different(&found.report), ["persons in the data"], "{}", case.name);
        assert_eq!(found.refused, 1);
        assert!(!found.report.to_string().contains("heron"));
    }
    // Nobody is observed there any more: what differs is named.
    server.run("TRUNCATE cdm.observation_period").expect("gone");
    let found = compare_file(&file("7.json"), Some(&file("index")), &request, &password).expect("counts");
    assert!(different(&found.report).contains(&"persons before any rule".to_owned()), "{}", found.report);
    std::fs::write(file("roots.pem"), "no certificate").expect("written");
    let refused = compare_file(&file("7.json"), None, &request, &password).expect_err("no certificate");
    assert!(refused.message.contains("roots.pem"), "{}", refused.message);
}

#[test]
fn what_is_cancelled_or_takes_too_long_is_stopped_on_the_server_too() {
    let test = "what_is_cancelled_or_takes_too_long_is_stopped_on_the_server_too";
    let (roots, protection) = protection();
    let Some(server) = Server::start_with(test, Some(&protection)) else { return };
    let set = invented(1);
    server.load("cdm", set.folder.path());
    let config = good(&roots, protection.port).config();
    let expression = &set.cases[0].expression;
    let until = |query: &str, wanted: &str| {
        let started = Instant::now();
        while server.run(query).map(|found| found.trim() == wanted) != Ok(true) {
            assert!(started.elapsed() < Duration::from_secs(20), "{query} is not {wanted}");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    let busy = "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = 'RustCare'";
    let waiting = format!("{busy} AND wait_event_type = 'Lock'");
    let cancelled = AtomicBool::new(false);
    let run_for = |limit: Duration| run(&config, expression, limit, &cancelled, &|_, _| {});
    // As long as somebody holds the table, every run waits for it.
    let hold =
        "BEGIN; LOCK TABLE cdm.observation_period IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(40); COMMIT;";
    std::thread::scope(|threads| {
        let holder = threads.spawn(|| server.run(hold));
        until("SELECT COUNT(*) FROM pg_locks WHERE granted AND mode = 'AccessExclusiveLock'", "1");
        assert_eq!(run_for(Duration::from_secs(1)), Err(ElsewhereError::TookTooLong { seconds: 1 }));
        until(busy, "0");
        let stopped = threads.spawn(|| run_for(RUN_LIMIT));
        until(&waiting, "1");
        let started = Instant::now();
        cancelled.store(true, Ordering::Relaxed);
        assert_eq!(stopped.join().expect("an end"), Err(ElsewhereError::Cancelled));
        assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        until(busy, "0");
        let end = "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
        server.run(end).expect("an end");
        assert!(holder.join().expect("an end").is_err());
    });
    // Whoever is stopped leaves nothing; the next one counts.
    let again = run(&config, expression, RUN_LIMIT, &AtomicBool::new(false), &|_, _| {});
    assert!(again.is_ok(), "{again:?}");
}
