//! The shell: start-up and one window over the workstation. It holds no rule of the clinic.
//!
//! | module | what it knows |
//! |---|---|
//! | [`addresses`] | which addresses are ours |
//! | [`arguments`] | what may be said on the command line |
//! | [`desktop_host`] | places, the folder dialog, where the decode helper lies |
//! | [`invoke`] | the one way from the window to the workstation |
//! | [`window`] | the window and what it may not do |
//! | [`faults`] | that a fault says where, never what |
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod addresses;
mod arguments;
mod desktop_host;
mod faults;
mod invoke;
mod window;

use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Result, WrapErr};
use rustcare_workstation::{Reply, Workstation, WorkstationOptions};
use tauri::RunEvent;

use crate::arguments::Arguments;
use crate::desktop_host::DesktopHost;

fn main() -> Result<()> {
    faults::install()?;
    let arguments = Arguments::read();
    let host = Arc::new(DesktopHost::new(arguments.places()));
    let workstation = Workstation::new(
        WorkstationOptions {
            vault: arguments.vault_folder()?,
            practice: arguments.practice_folder()?,
            limits: arguments::session_limits(),
        },
        Arc::clone(&host) as Arc<dyn rustcare_workstation::Host>,
    );
    if arguments.practice {
        start_on_the_practice_clinic(&workstation);
    }
    sweep_every_second(&workstation)?;
    let handler = invoke::handler(Arc::clone(&workstation));
    let window = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(handler)
        .setup(move |app| {
            host.belongs_to(app.handle());
            window::open(app)?;
            Ok(())
        })
        .build(tauri::generate_context!())
        .wrap_err("the window could not be opened; is there a display?")?;
    // The event loop does not return, so nothing that is owned here is ever dropped.
    window.run(move |_, event| {
        if let RunEvent::Exit = event {
            workstation.close();
        }
    });
    Ok(())
}

/// The window then begins at the sign-in of the practice clinic. Where that fails the window says why.
fn start_on_the_practice_clinic(workstation: &Arc<Workstation>) {
    match workstation.call("open_practice_clinic", None, serde_json::json!({})) {
        Ok(Reply::Json(clinic)) => {
            let shown = |field: &str| clinic.get(field).and_then(|v| v.as_str()).unwrap_or("-").to_owned();
            println!("Practice clinic: sign in as {} with {}", shown("person"), shown("passphrase"));
        }
        Ok(Reply::Bytes(_)) => {}
        Err(problem) => eprintln!("The practice clinic could not be opened: {:?}", problem.code),
    }
}

/// Sessions end by the clock, not by the next call.
fn sweep_every_second(workstation: &Arc<Workstation>) -> Result<()> {
    let workstation = Arc::downgrade(workstation);
    std::thread::Builder::new()
        .name("sweep".into())
        .spawn(move || {
            while let Some(workstation) = workstation.upgrade() {
                workstation.sweep();
                drop(workstation);
                std::thread::sleep(Duration::from_secs(1));
            }
        })
        .wrap_err("no thread for the session clock")?;
    Ok(())
}
