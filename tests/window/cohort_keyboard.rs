//! A cohort built with the keys alone: incident type 2 diabetes of adults after a year on record, saved, and looked through.

use std::fs;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::ladder::sign_in;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey};
use serde_json::Value;

use crate::access::AMINA;
use crate::cohorts::people;
use crate::import::{bring_in, keep, new_clinic_with};

/// What is wrong with where the focus is, if anything is once the page has scrolled to it.
async fn trouble_with_focus(screen: &Screen) -> Result<Option<String>> {
    let mut trouble = trouble_now(screen).await?;
    for _ in 0..20 {
        if trouble.is_none() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        trouble = trouble_now(screen).await?;
    }
    Ok(trouble)
}

/// What is wrong at this moment: the focus must be on something, in sight, uncovered and marked.
async fn trouble_now(screen: &Screen) -> Result<Option<String>> {
    let looked = "const on = document.activeElement;
        if (!on || on === document.body) return 'the focus is on nothing';
        const name = on.dataset.testid ?? on.outerHTML.slice(0, 120);
        const box = on.getBoundingClientRect();
        const inside = box.width > 0 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth && box.right > 0;
        if (!inside) return `${name} is out of sight`;
        const at = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
        const seen = document.elementFromPoint(at(box.left, box.right, innerWidth), at(box.top, box.bottom, innerHeight));
        if (!seen || !(on.contains(seen) || seen.contains(on))) return `${name} is covered by ${seen?.outerHTML.slice(0, 80)}`;
        const style = getComputedStyle(on);
        const marked = (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
        return marked ? null : `${name} does not show that it has the focus`;";
    Ok(screen.script(looked).await?.as_str().map(str::to_owned))
}

/// Goes on with the Tab key; wherever it stops on the way the focus is seen.
async fn go_to(screen: &Screen, id: &str) -> Result<()> {
    screen.see(id).await?;
    let mut steps = 0;
    while screen.focus().await? != id {
        assert!(steps < 120, "{id} is not reached with the Tab key");
        screen.press(Key::Tab).await?;
        steps += 1;
        // Past the last control the focus leaves the page, and comes back with the next Tab.
        let is_outside = screen.script("return document.activeElement === document.body").await?;
        if is_outside != Value::Bool(true) {
            let trouble = trouble_with_focus(screen).await?;
            assert_eq!(trouble, None, "on the way to {id}, after {steps} steps");
        }
    }
    Ok(())
}

/// Looks for a code in the field that has the focus, and takes the first that is found.
async fn take_code(screen: &Screen, field: &str, typed: &str) -> Result<()> {
    screen.type_text(typed).await?;
    screen.see(&format!("{field}-hit-0")).await?;
    screen.press(Key::Enter).await?;
    screen.see(&format!("{field}-out-0")).await?;
    screen.focused(field).await
}

async fn type_into(screen: &Screen, id: &str, text: &str) -> Result<()> {
    go_to(screen, id).await?;
    screen.press_with(Key::Control, 'a').await?;
    screen.type_text(text).await
}

/// From the signed-in page to the count.
async fn build(screen: &Screen) -> Result<()> {
    go_to(screen, "nav-cohorts").await?;
    screen.press(Key::Enter).await?;
    go_to(screen, "tab-breakdown").await?;
    screen.press(Key::Right).await?;
    screen.focused("tab-builder").await?;
    go_to(screen, "entry-0-first").await?;
    screen.type_text(" ").await?;
    go_to(screen, "entry-0-codes").await?;
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    // Adults are meant from the start.
    go_to(screen, "entry-0-age-min").await?;
    assert_eq!(screen.value("entry-0-age-min").await?, "18");
    type_into(screen, "builder-before", "365").await?;
    screen.says("builder-count", "25").await?;
    keep(screen, "keyboard-count").await
}

/// A rule: added, given another kind of record and a code, moved about in, taken out again.
async fn add_rule(screen: &Screen) -> Result<()> {
    go_to(screen, "builder-add-rule").await?;
    screen.press(Key::Enter).await?;
    screen.focused("rule-0-0-codes").await?;
    assert_eq!(trouble_with_focus(screen).await?, None);
    go_back_to(screen, "rule-0-0-kind").await?;
    screen.press(Key::Down).await?;
    assert_eq!(screen.value("rule-0-0-kind").await?, "drug");
    screen.focused("rule-0-0-kind").await?;
    go_to(screen, "rule-0-0-codes").await?;
    take_code(screen, "rule-0-0-codes", "metformin").await?;
    type_into(screen, "rule-0-0-from-day", "0").await?;
    type_into(screen, "rule-0-0-to-day", "90").await?;
    screen.says("builder-count", "20").await?;
    keep(screen, "keyboard-rule").await?;
    // What had the focus is gone: it is where one types on.
    go_back_to(screen, "rule-0-0-codes-out-0").await?;
    screen.press(Key::Enter).await?;
    screen.focused("rule-0-0-codes").await?;
    go_back_to(screen, "rule-0-out").await?;
    screen.press(Key::Enter).await?;
    screen.focused("builder-add-rule").await?;
    screen.says("builder-count", "25").await
}

async fn go_back_to(screen: &Screen, id: &str) -> Result<()> {
    for _ in 0..40 {
        if screen.focus().await? == id {
            return Ok(());
        }
        screen.press_with(Key::Shift, char::from(Key::Tab)).await?;
    }
    panic!("{id} is not reached backwards with the Tab key")
}

/// The tabs of what is known of the cohort, one after the other with the arrow keys.
async fn look_through(screen: &Screen) -> Result<()> {
    go_to(screen, "tab-count").await?;
    let tabs = ["people", "groups", "overlap", "follow", "words", "why", "versions", "elsewhere"];
    for tab in tabs {
        screen.press(Key::Right).await?;
        screen.focused(&format!("tab-{tab}")).await?;
        assert_eq!(trouble_with_focus(screen).await?, None, "{tab}");
    }
    screen.press(Key::Home).await?;
    screen.press(Key::Right).await?;
    screen.see("builder-people").await?;
    // A figure opens large and closes again, and the focus is where it was.
    go_to(screen, "drawn").await?;
    screen.press(Key::Enter).await?;
    screen.see("drawn-large").await?;
    screen.press(Key::Escape).await?;
    screen.gone("drawn-large").await?;
    screen.focused("drawn").await
}

/// Another cohort, twice: at once after saving, and after a question where something would be lost.
async fn begin_anew(screen: &Screen) -> Result<()> {
    go_to(screen, "builder-new").await?;
    screen.press(Key::Enter).await?;
    screen.focused("entry-0-codes").await?;
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    go_to(screen, "builder-new").await?;
    screen.press(Key::Enter).await?;
    screen.focused("builder-stay-here").await?;
    screen.press(Key::Tab).await?;
    screen.focused("builder-discard").await?;
    screen.press(Key::Enter).await?;
    screen.focused("entry-0-codes").await
}

#[test]
fn incident_diabetes_is_built_counted_and_saved_with_the_keys_alone() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(&place)?;
        fs::write(place.join("people.ndjson"), people())?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;
        screen.press_with(Key::Control, 'l').await?;
        screen.see("lock-screen").await?;
        sign_in(screen, AMINA.person, AMINA.passphrase).await?;

        build(screen).await?;
        add_rule(screen).await?;
        type_into(screen, "builder-name", "Incident diabetes").await?;
        go_to(screen, "builder-save").await?;
        screen.press(Key::Enter).await?;
        screen.says("builder-version", "version 1").await?;
        look_through(screen).await?;
        begin_anew(screen).await?;
        app.close().await
    })
}
