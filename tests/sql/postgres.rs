//! A PostgreSQL server of a test's own: Debian's programs, a folder that goes with it, a socket, and a port where one is asked for.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustcare_cohorts::sql::Dialect;

use crate::outcome::Outcome;
use crate::tables::{columns_with_types, files, tables};

/// Who the server runs as: itself, or, since it refuses root, the user that Debian's package brings.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8_lossy(&output.stdout).trim().parse().ok()
}

impl Account {
    fn find() -> Option<Self> {
        let own = Self { user: id(&["-u"])?, group: id(&["-g"])? };
        if own.user != 0 {
            return Some(own);
        }
        Some(Self { user: id(&["-u", "postgres"])?, group: id(&["-g", "postgres"])? })
    }

    fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.uid(self.user).gid(self.group).env("LC_ALL", "C.UTF-8").stdout(Stdio::null());
        command
    }
}

/// A server; it ends with this value.
pub struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    process: Child,
    account: Account,
    port: u16,
}

/// The newest PostgreSQL that Debian installed.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|bin| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop()
}

/// What a server needs that is reached by TCP: a port, the password of its first user, its certificate with the key (PEM).
pub struct Protection {
    pub port: u16,
    pub password: &'static str,
    pub certificate: String,
    pub key: String,
}

impl Server {
    /// Starts a server that is reached by its socket alone.
    pub fn start(test: &str) -> Option<Self> {
        Self::start_with(test, None)
    }

    /// Starts a server; with protection it is reached by TCP as well, encrypted alone. None, and a word about it, where PostgreSQL
    /// is not installed.
    pub fn start_with(test: &str, protection: Option<&Protection>) -> Option<Self> {
        let (Some(programs), Some(account)) = (programs(), Account::find()) else {
            println!("{test}: skipped (no data): PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::Builder::new().prefix("rustcare-pg").tempdir_in("/tmp").expect("a folder");
        std::os::unix::fs::chown(folder.path(), Some(account.user), Some(account.group)).expect("its owner");
        let data = folder.path().join("data");
        let made = account
            .command(&programs.join("initdb"))
            .args(["--auth=trust", "--username=rustcare", "--encoding=UTF8", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(folder.path())
            .output()
            .expect("initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let log = fs::File::create(folder.path().join("log")).expect("a log");
        let mut command = account.command(&programs.join("postgres"));
        command.args([
            "-c",
            if protection.is_some() { "listen_addresses=127.0.0.1" } else { "listen_addresses=" },
        ]);
        if let Some(protection) = protection {
            for (name, text) in [("server.crt", &protection.certificate), ("server.key", &protection.key)] {
                let path = data.join(name);
                fs::write(&path, text).expect("written");
                fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its owner's alone");
                std::os::unix::fs::chown(&path, Some(account.user), Some(account.group)).expect("its owner");
            }
            let rules = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";
            fs::write(data.join("pg_hba.conf"), rules).expect("written");
            command.args(["-c", "ssl=on", "-p", &protection.port.to_string()]);
        }
        let process = command
            .arg("-D")
            .arg(&data)
            .args(["-c", "fsync=off", "-c", "max_connections=10"])
            .arg("-c")
            .arg(format!("unix_socket_directories={}", folder.path().display()))
            .current_dir(folder.path())
            .stderr(log)
            .spawn()
            .expect("postgres");
        let port = protection.map_or(5432, |protection| protection.port);
        let server = Self { folder, programs, process, account, port };
        let started = Instant::now();
        while !server.psql().args(["-c", "SELECT 1"]).output().is_ok_and(|output| output.status.success()) {
            assert!(started.elapsed() < Duration::from_secs(30), "{}", server.log());
            std::thread::sleep(Duration::from_millis(50));
        }
        if let Some(protection) = protection {
            let password = protection.password.replace('\'', "''");
            server.run(&format!("ALTER ROLE rustcare PASSWORD '{password}'")).expect("a password");
        }
        Some(server)
    }

    /// Where its socket is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the server wrote down.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn psql(&self) -> Command {
        let mut command = self.account.command(&self.programs.join("psql"));
        command
            .args(["--no-psqlrc", "--quiet", "--csv", "--tuples-only", "-v", "ON_ERROR_STOP=1"])
            .args(["-U", "rustcare", "-d", "postgres", "-h"])
            .arg(self.folder.path())
            .args(["-p", &self.port.to_string()])
            .current_dir(self.folder.path())
            .stdout(Stdio::piped());
        command
    }

    /// Runs a script; what it prints, or the server's complaint.
    pub fn run(&self, script: &str) -> Result<String, String> {
        let mut process = self
            .psql()
            .args(["-f", "-"])
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut input = process.stdin.take().ok_or("no input")?;
        let script = script.to_owned();
        let writer = std::thread::spawn(move || input.write_all(script.as_bytes()));
        let output = process.wait_with_output().map_err(|error| error.to_string())?;
        let _ = writer.join();
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned())
        }
    }

    /// Loads the CSV tables of a folder into a schema, with the keys that the data model's own script makes.
    pub fn load(&self, schema: &str, folder: &Path) {
        let mut script = format!("CREATE SCHEMA {schema};\n");
        let files = files(folder);
        for (table, columns) in tables() {
            let typed = columns_with_types(&columns, Dialect::PostgreSql);
            script += &format!("CREATE TABLE {schema}.{table} ({typed});\n");
            if let Some((path, heading)) = files.get(table) {
                let text = fs::read_to_string(path).expect("a table");
                let body = text.split_once('\n').map_or("", |(_, body)| body);
                script += &format!("COPY {schema}.{table} ({heading}) FROM STDIN CSV;\n{body}\\.\n");
            }
            if columns.contains(&"person_id") {
                script += &format!("CREATE INDEX ON {schema}.{table} (person_id);\n");
            }
        }
        script += "ANALYZE;\n";
        self.run(&script).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Runs a rendered script; what came of it.
    pub fn outcome(&self, script: &str) -> Result<Outcome, String> {
        let printed = self.run(script)?;
        let lines: Vec<Vec<&str>> = printed.lines().map(|line| line.split(',').collect()).collect();
        let number = |text: &str| text.parse::<i64>().map_err(|_| format!("{text} is no number"));
        let mut outcome = Outcome::default();
        let Some((totals, others)) = lines.split_last() else { return Err("nothing was printed".into()) };
        outcome.totals = (number(totals[1])?, number(totals[2])?, number(totals[3])?);
        for line in others {
            match line.as_slice() {
                [_, person, start, end] => {
                    outcome.rows.push((number(person)?, (*start).to_owned(), (*end).to_owned()));
                }
                [_, mode, rule, met, gained, remaining] => {
                    let gained = if gained.is_empty() { None } else { Some(number(gained)?) };
                    outcome.attrition.push((
                        number(mode)?,
                        number(rule)?,
                        number(met)?,
                        gained,
                        number(remaining)?,
                    ));
                }
                other => return Err(format!("{} columns are not expected", other.len())),
            }
        }
        Ok(outcome)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An immediate end: the server takes its other processes along.
        if let Some(process) = i32::try_from(self.process.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::QUIT);
        }
        let _ = self.process.wait();
    }
}
