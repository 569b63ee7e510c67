//! Every control that can be operated has a role and a name in the accessibility tree, as the engine computes them.

use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::accessible::{Named, controls};
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey, ladder};
use serde_json::json;

/// Roles that say nothing of what a control does.
const MUTE: [&str; 5] = ["", "generic", "none", "presentation", "unknown"];

/// What is wrong on a screen.
async fn nameless(screen: &Screen, what: &str) -> Result<Vec<String>> {
    let all = controls(screen).await?;
    println!("{what}: {} controls", all.len());
    let bad = |named: &Named| MUTE.contains(&named.role.as_str()) || named.name.is_empty();
    Ok(all.into_iter().filter(bad).map(|named| format!("{what}: {named:?}")).collect())
}

#[test]
fn every_control_of_every_screen_has_a_role_and_a_name() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch { practice: true, ..Launch::in_folder(folder.path()) }.start().await?;
        let screen = &app.screen;
        screen.see("sign-in-screen").await?;
        let mut bad = nameless(screen, "sign-in").await?;
        // The look itself is looked at: it must see a button that says nothing.
        let plant = "const mute = document.createElement('button'); mute.dataset.testid = 'mute';
             mute.style.cssText = 'width: 20px; height: 20px'; document.querySelector('main, body').append(mute)";
        screen.script(plant).await?;
        assert!(nameless(screen, "sign-in").await?.iter().any(|b| b.contains("\"mute\"")));
        screen.script("document.querySelector('[data-testid=mute]').remove()").await?;
        let practice = screen.invoke("open_practice_clinic", None, json!({})).await?;
        let said = |field: &str| practice["ok"][field].as_str().unwrap_or_default().to_owned();
        ladder::sign_in(screen, &said("person"), &said("passphrase")).await?;
        bad.extend(nameless(screen, "today").await?);
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("mar").await?;
        screen.see("palette-hit-0").await?;
        bad.extend(nameless(screen, "palette").await?);
        screen.press(Key::Enter).await?;
        screen.see("chart-banner").await?;
        bad.extend(nameless(screen, "chart").await?);
        screen.click("nav-patients").await?;
        screen.see("find-new").await?;
        bad.extend(nameless(screen, "patients").await?);
        screen.click("find-new").await?;
        screen.focused("register-given_name").await?;
        screen.script("document.querySelectorAll('details').forEach((d) => (d.open = true))").await?;
        bad.extend(nameless(screen, "register").await?);
        screen.click("nav-exchange").await?;
        screen.see("import-choose-folder").await?;
        bad.extend(nameless(screen, "exchange").await?);
        screen.click("nav-cohorts").await?;
        screen.see_within(Duration::from_secs(60), "breakdown-table").await?;
        bad.extend(nameless(screen, "cohorts").await?);
        screen.click("nav-imaging").await?;
        screen.see("study").await?;
        bad.extend(nameless(screen, "studies").await?);
        screen.open_row("study-row-0").await?;
        screen.see_within(Duration::from_secs(60), "viewer-canvas").await?;
        bad.extend(nameless(screen, "viewer").await?);
        screen.click("nav-admin").await?;
        screen.see("tile-health").await?;
        bad.extend(nameless(screen, "administration").await?);
        screen.click("lock-button").await?;
        // The window loads itself anew at lock.
        screen.see("lock-screen").await?;
        screen.see("sign-in-person").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        screen.see("sign-in-person").await?;
        bad.extend(nameless(screen, "lock screen").await?);
        assert!(bad.is_empty(), "{} controls say too little:\n{}", bad.len(), bad.join("\n"));
        app.close().await
    })
}
