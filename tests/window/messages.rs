//! A message with a wrong date waits in quarantine, is corrected and replayed, and its patient is found.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::{Result, journey};

use crate::import::{keep, new_clinic_with, number};

const WRONG: &str = "MSH|^~\\&|HIS|NORTH|EMR|CLINIC|20261124||ADT^A28|1|P|2.5\rPID|1||4711^^^NORTH^MR||Vidal^Inés||yesterday|F\r";
const RIGHT: &str = "PID|1||4711^^^NORTH^MR||Vidal^Inés||19850412|F";

#[test]
fn a_refused_message_is_corrected_and_its_patient_is_found() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("from elsewhere");
        fs::create_dir_all(&place)?;
        fs::write(place.join("north.hl7"), WRONG)?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        screen.click("nav-exchange").await?;
        screen.click("import-start-north.hl7").await?;
        screen.see_within(Duration::from_secs(60), "import-result").await?;
        assert_eq!(number(screen, "import-rejected").await?, 1);
        screen.click("import-another").await?;
        screen.click("tab-messages").await?;
        screen.see("messages-row-0").await?;
        keep(screen, "messages").await?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        screen.fill("interface-port", &port.to_string()).await?;
        screen.click("interface-encrypted").await?;
        screen.fill("interface-known-as", "clinic.example").await?;
        screen.click("interface-switch").await?;
        screen.says("interface-certificate", "clinic.example").await?;
        screen.says("interface-state", &port.to_string()).await?;
        screen.fill("interface-known-as", "other.example").await?;
        screen.see("interface-other-names").await?;
        keep(screen, "interface").await?;
        screen.click("interface-keep").await?;
        screen.says("interface-certificate", "other.example").await?;
        screen.click("interface-switch").await?;
        screen.says("interface-state", "Off").await?;
        screen.open_row("messages-row-0").await?;
        screen.see("message-why").await?;
        keep(screen, "message").await?;
        screen.click("message-line-2").await?;
        screen.press_with(Key::Control, 'a').await?;
        screen.type_text(RIGHT).await?;
        screen.click("message-replay").await?;
        screen.gone("message-opened").await?;
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("vidal").await?;
        screen.see("palette-hit-0").await?;
        screen.press(Key::Enter).await?;
        screen.says("banner-name", "VIDAL").await?;
        app.close().await
    })
}
