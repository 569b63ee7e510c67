//! The cohort workspace as others see it: an analyst, who may not see patients; the front desk, who counts none; somebody who reads
//! Spanish.

use std::fs;

use fantoccini::key::Key;
use rustcare_tests::ladder::sign_in;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey};
use serde_json::{Value, json};

use crate::access::AMINA;
use crate::cohorts::{people, take_code};
use crate::import::{bring_in, keep, new_clinic_with};

/// What is known of a cohort; single patients aside, whom only some may see.
const TABS: [&str; 8] = ["count", "people", "groups", "overlap", "follow", "words", "versions", "elsewhere"];

const PASSPHRASE: &str = "seven quiet lanterns burning";

async fn add_staff(screen: &Screen) -> Result<()> {
    let input = json!({ "person": AMINA.person, "passphrase": AMINA.passphrase });
    let session = screen.invoke("sign_in", None, input).await?;
    let token = session["ok"]["token"].as_str().unwrap_or_default();
    for (person, role) in [("ada", "analyst"), ("fred", "front_desk")] {
        let member =
            json!({ "person": person, "display_name": person, "roles": [role], "passphrase": PASSPHRASE });
        let answer = screen.invoke("add_staff", Some(token), member).await?;
        assert!(answer.get("ok").is_some(), "{person} is added: {answer}");
    }
    Ok(())
}

async fn switch_to(screen: &Screen, person: &str) -> Result<()> {
    screen.press_with(Key::Control, 'l').await?;
    screen.click("switch-person").await?;
    screen.see("sign-in-screen").await?;
    sign_in(screen, person, PASSPHRASE).await
}

/// Everybody with diabetes, and those of them with metformin, saved.
async fn save_two(screen: &Screen) -> Result<()> {
    screen.click("nav-cohorts").await?;
    screen.click("tab-builder").await?;
    take_code(screen, "entry-0-codes", "type 2 diab").await?;
    screen.fill("builder-name", "Diabetes").await?;
    screen.says("builder-count", "30").await?;
    screen.click("builder-save").await?;
    screen.says("builder-version", "version 1").await?;
    screen.click("builder-new").await?;
    screen.choose("entry-0-kind", "drug").await?;
    take_code(screen, "entry-0-codes", "metformin").await?;
    screen.fill("builder-name", "Metformin").await?;
    screen.says("builder-count", "20").await?;
    screen.click("builder-save").await?;
    screen.says("builder-version", "version 1").await
}

async fn open(screen: &Screen, name: &str) -> Result<()> {
    screen.click("nav-cohorts").await?;
    screen.click("tab-builder").await?;
    screen.click("builder-open").await?;
    screen.see("cohort-0").await?;
    let at = usize::from(!screen.text("cohort-0").await?.contains(name));
    screen.click(&format!("cohort-{at}")).await?;
    screen.says("builder-version", "1").await
}

/// Waits until a tab of the cohort shows what it knows, and holds it against what must never be shown.
async fn look_at(screen: &Screen, tab: &str, name: &str, is_hidden: bool) -> Result<()> {
    screen.click(&format!("tab-{tab}")).await?;
    match tab {
        "overlap" => screen.tick("overlap-2", true).await?,
        "follow" => screen.choose("follow-outcome", "2").await?,
        _ => {}
    }
    let settled = "const panel = document.getElementById('builder-result');
        return panel.innerText.trim().length > 20 && !/Counting|Contando/.test(panel.innerText);";
    screen.until(tab, || async { Ok(screen.script(settled).await? == Value::Bool(true)) }).await?;
    if ["people", "groups", "overlap", "follow"].contains(&tab) {
        let told = if is_hidden { "review-hidden" } else { "drawn" };
        screen.see(told).await?;
    }
    let words = screen.text_of("#builder-result").await?;
    for raw in ["undefined", "NaN", "[object", "null", "{", "Family", "ConditionOccurrence", "429496"] {
        assert!(!words.contains(raw), "{tab} says {raw:?}:\n{words}");
    }
    assert_eq!(screen.text_of("#builder-result [data-testid=refusal]").await?, "", "{tab}");
    keep(screen, &format!("{name}-{tab}")).await?;
    let last = "const all = document.querySelectorAll('[data-testid=drawn]');
        all[all.length - 1]?.scrollIntoView({ block: 'end' });
        return all.length > 0;";
    if screen.script(last).await? == Value::Bool(true) {
        keep(screen, &format!("{name}-{tab}-figure")).await?;
    }
    Ok(())
}

#[test]
fn an_analyst_sees_counts_and_no_patient_and_the_front_desk_no_cohort() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(&place)?;
        fs::write(place.join("people.ndjson"), people())?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;
        add_staff(screen).await?;
        save_two(screen).await?;

        switch_to(screen, "ada").await?;
        open(screen, "Diabetes").await?;
        // Ten of the forty are left out: nothing is told of the others, and that is said.
        for tab in TABS {
            look_at(screen, tab, "analyst", true).await?;
        }
        open(screen, "Metformin").await?;
        screen.click("tab-count").await?;
        screen.says("builder-count", "16").await?;
        for tab in ["count", "people", "groups"] {
            look_at(screen, tab, "analyst-rounded", false).await?;
        }
        assert!(!screen.shows("tab-why").await?, "single patients are for those who may see them");
        screen.click("tab-breakdown").await?;
        screen.see("breakdown-table").await?;
        assert!(!screen.shows("group-patients-show").await?);
        keep(screen, "analyst-breakdown").await?;

        switch_to(screen, "fred").await?;
        screen.see("nav-patients").await?;
        assert!(!screen.shows("nav-cohorts").await?, "the front desk counts no cohorts");
        app.close().await
    })
}

#[test]
fn the_cohort_workspace_speaks_spanish_figures_included() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("elsewhere");
        fs::create_dir_all(&place)?;
        fs::write(place.join("people.ndjson"), people())?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        bring_in(screen, "people.ndjson").await?;
        save_two(screen).await?;
        screen.click("person-menu").await?;
        screen.choose("look-language", "es").await?;
        screen.press(Key::Escape).await?;
        screen.gone("appearance").await?;
        open(screen, "Diabetes").await?;
        keep(screen, "spanish-definition").await?;
        for tab in TABS {
            look_at(screen, tab, "spanish", false).await?;
        }
        screen.click("tab-why").await?;
        screen.fill("why-find", "Family22").await?;
        screen.click("why-hit-0").await?;
        screen.says("why-answer", "Está en la cohorte").await?;
        keep(screen, "spanish-why").await?;
        screen.click("tab-people").await?;
        let drawn = "return [...document.querySelectorAll('[data-testid=drawn] img')].map((one) => decodeURIComponent(one.src)).join()";
        screen
            .until("figures in Spanish", || async {
                let drawn = screen.script(drawn).await?;
                Ok(drawn.as_str().is_some_and(|drawn| drawn.contains("Edad al entrar, mujeres y hombres")))
            })
            .await?;
        let screens = [
            ("phenotypes", "phenotypes-find", "spanish-phenotypes"),
            ("data_sets", "vocabulary-bring-in", "spanish-data-sets"),
        ];
        for (tab, shown, name) in screens {
            screen.click(&format!("tab-{tab}")).await?;
            screen.see(shown).await?;
            keep(screen, name).await?;
        }
        app.close().await
    })
}
