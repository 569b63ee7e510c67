//! One start of the application: its own display, its own driver, its own home.
//!
//! One driver a start, since an immediate second start in the same driver has been seen to fail. Everything runs in
//! process groups of its own that are killed at the end, or WebKitWebDriver would stay behind.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, WrapErr, bail, eyre};
use fantoccini::ClientBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::json;
use tempfile::TempDir;

use crate::project_root;
use crate::screen::Screen;

/// Where the package puts the application.
const INSTALLED: &str = "/usr/bin/rustcare-desktop";

/// How the application is started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The clinic's vault.
    pub vault: PathBuf,
    /// The practice clinic's vault.
    pub practice_vault: PathBuf,
    /// Folders shown as places.
    pub places: Vec<PathBuf>,
    /// Begin on the practice clinic.
    pub practice: bool,
    /// A shorter idle limit.
    pub idle_seconds: Option<u64>,
    /// A machine in a folder, in which the installed package is started instead of the built program. It sees the same
    /// temporary files.
    pub root: Option<PathBuf>,
}

impl Launch {
    /// Vault and practice vault in one folder, nothing else said.
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            vault: folder.join("vault"),
            practice_vault: folder.join("practice"),
            places: Vec::new(),
            practice: false,
            idle_seconds: None,
            root: None,
        }
    }

    fn arguments(&self) -> Vec<String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments =
            vec!["--vault".into(), text(&self.vault), "--practice-vault".into(), text(&self.practice_vault)];
        for place in &self.places {
            arguments.extend(["--place".into(), text(place)]);
        }
        if self.practice {
            arguments.push("--practice".into());
        }
        arguments
    }

    /// Starts it and waits for the first page.
    ///
    /// # Errors
    /// When a program is missing, or nothing answers in a minute.
    pub async fn start(&self) -> Result<Started> {
        let home = tempfile::tempdir()?;
        fs::create_dir(home.path().join("tmp"))?;
        let display = Display::start(self.root.as_deref())?;
        let mut environment = vec![
            ("DISPLAY".to_owned(), display.name.clone()),
            ("HOME".to_owned(), home.path().to_string_lossy().into_owned()),
            ("XDG_DATA_HOME".to_owned(), home.path().join("data").to_string_lossy().into_owned()),
            ("TMPDIR".to_owned(), home.path().join("tmp").to_string_lossy().into_owned()),
            ("NO_AT_BRIDGE".to_owned(), "1".to_owned()),
        ];
        if let Some(seconds) = self.idle_seconds {
            environment.push(("RUSTCARE_IDLE_SECONDS".to_owned(), seconds.to_string()));
        }
        let driver = Driver::start(self.root.as_deref(), &environment, home.path())?;
        let application = if self.root.is_some() { PathBuf::from(INSTALLED) } else { application()? };
        let begun = Instant::now();
        let client = driver.connect(&application, &self.arguments()).await?;
        let screen = Screen::new(client);
        screen.ready().await?;
        Ok(Started { screen, ready_after: begun.elapsed(), _driver: driver, _display: display, _home: home })
    }
}

/// A running application. Dropping it ends all of its processes.
pub struct Started {
    /// Its window.
    pub screen: Screen,
    /// From asking for the application to its first page.
    pub ready_after: Duration,
    // In this order: the driver ends before the display.
    _driver: Driver,
    _display: Display,
    _home: TempDir,
}

impl Started {
    /// Everything that the application wrote outside its vaults lies below here.
    pub fn home(&self) -> &Path {
        self._home.path()
    }

    /// Ends the application the polite way.
    ///
    /// # Errors
    /// When the driver no longer answers.
    pub async fn close(self) -> Result<()> {
        self.screen.close().await
    }
}

/// The built application.
///
/// # Errors
/// When it was not built.
pub fn application() -> Result<PathBuf> {
    let built = std::env::var_os("RUSTCARE_DESKTOP")
        .map_or_else(|| project_root().join("target/release/rustcare-desktop"), PathBuf::from);
    if !built.is_file() {
        bail!("{} is not there: `cargo xtask test` builds it before the journeys", built.display());
    }
    Ok(built)
}

/// A program of this machine, of the tools that `cargo xtask` installs, or of the machine in a folder.
fn command(name: &str, root: Option<&Path>) -> Command {
    if let Some(root) = root {
        let mut command = Command::new("chroot");
        command.arg(root).arg(name);
        return command;
    }
    let ours = project_root().join("target/tools/bin").join(name);
    Command::new(if ours.is_file() { ours } else { PathBuf::from(name) })
}

/// A child process with its descendants.
struct Group(Child);

impl Group {
    fn spawn(command: &mut Command) -> Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        command.process_group(0).spawn().map(Self).wrap_err_with(|| format!("{name} could not be started"))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = i32::try_from(self.0.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.0.wait();
    }
}

/// A virtual display on which the largest window that we look at has room.
struct Display {
    name: String,
    _server: Group,
}

impl Display {
    fn start(root: Option<&Path>) -> Result<Self> {
        let mut server = Group::spawn(
            command("Xvfb", root)
                .args(["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp"])
                .stdout(Stdio::piped())
                .stderr(Stdio::null()),
        )?;
        let answer = server.0.stdout.take().ok_or_else(|| eyre!("Xvfb says no display"))?;
        let mut number = String::new();
        BufReader::new(answer).read_line(&mut number)?;
        match number.trim().parse::<u32>() {
            Ok(number) => Ok(Self { name: format!(":{number}"), _server: server }),
            Err(_) => bail!("Xvfb did not start"),
        }
    }
}

/// A `tauri-driver` with its WebKitWebDriver.
struct Driver {
    port: u16,
    log: PathBuf,
    _process: Group,
}

impl Driver {
    fn start(root: Option<&Path>, environment: &[(String, String)], home: &Path) -> Result<Self> {
        let (port, native_port) = free_ports()?;
        let log = home.join("driver.log");
        let mut command = command("tauri-driver", root);
        command
            .args(["--port", &port.to_string(), "--native-port", &native_port.to_string()])
            .envs(environment.iter().map(|(k, v)| (k, v)))
            // With either of these set, taking a screenshot has been seen to hang.
            .env_remove("WEBKIT_DISABLE_DMABUF_RENDERER")
            .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(fs::File::create(&log)?);
        let process = Group::spawn(&mut command)?;
        // The driver passes sessions on to the native one, which may listen later than itself.
        listens(port, "tauri-driver")?;
        listens(native_port, "WebKitWebDriver")?;
        Ok(Self { port, log, _process: process })
    }

    async fn connect(&self, application: &Path, arguments: &[String]) -> Result<fantoccini::Client> {
        let mut wanted = serde_json::Map::new();
        wanted.insert("tauri:options".into(), json!({ "application": application, "args": arguments }));
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = format!("http://127.0.0.1:{}", self.port);
        let connecting = builder.capabilities(wanted).connect(&address);
        match tokio::time::timeout(Duration::from_secs(90), connecting).await {
            Ok(Ok(client)) => Ok(client),
            Ok(Err(error)) => bail!("no session: {error}; the driver said:\n{}", self.said()),
            Err(_) => bail!("no session within 90 s; the driver said:\n{}", self.said()),
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

/// Waits until somebody listens on a port of this machine.
fn listens(port: u16, name: &str) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > deadline {
            bail!("{name} does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Two ports that were free a moment ago.
fn free_ports() -> Result<(u16, u16)> {
    let first = TcpListener::bind(("127.0.0.1", 0))?;
    let second = TcpListener::bind(("127.0.0.1", 0))?;
    Ok((first.local_addr()?.port(), second.local_addr()?.port()))
}
