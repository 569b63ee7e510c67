//! Several people at one window: what each role is refused, switching, and drafts that go back to their owner.

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use fantoccini::key::Key;
use rustcare_tests::ladder::{climb, sign_in};
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey, project_root};
use serde_json::{Value, json};

use crate::access::AMINA;

const PASSPHRASE: &str = "seven quiet lanterns burning";

/// Every command that the window is granted.
fn commands() -> BTreeSet<String> {
    let file = project_root().join("src-tauri/capabilities/main.json");
    let capability: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let granted = capability["permissions"].as_array().unwrap().iter().map(|p| p.as_str().unwrap());
    granted.map(|p| p.trim_start_matches("allow-").replace('-', "_")).collect()
}

/// A session of its own, beside the one on screen.
async fn session(screen: &Screen, person: &str, passphrase: &str) -> Result<Value> {
    let answer =
        screen.invoke("sign_in", None, json!({ "person": person, "passphrase": passphrase })).await?;
    assert!(answer["ok"]["token"].is_string(), "{person} signs in: {answer}");
    Ok(answer["ok"].clone())
}

async fn add_staff(screen: &Screen, token: &str, person: &str, role: &str) -> Result<()> {
    let member =
        json!({ "person": person, "display_name": person, "roles": [role], "passphrase": PASSPHRASE });
    let answer = screen.invoke("add_staff", Some(token), member).await?;
    assert!(answer.get("ok").is_some(), "{person} is added: {answer}");
    Ok(())
}

async fn lock_and_switch(screen: &Screen) -> Result<()> {
    screen.press_with(Key::Control, 'l').await?;
    screen.click("switch-person").await?;
    screen.see("sign-in-screen").await?;
    Ok(())
}

#[test]
fn each_role_sees_its_rooms_and_is_refused_the_rest() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        let administrator = session(screen, AMINA.person, AMINA.passphrase).await?;
        let token = administrator["token"].as_str().unwrap_or_default();
        let roles = ["front_desk", "nurse", "clinician", "radiographer", "analyst"];
        for role in roles {
            add_staff(screen, token, &role.replace('_', "."), role).await?;
        }
        let commands = commands();
        for role in roles {
            let person = role.replace('_', ".");
            lock_and_switch(screen).await?;
            sign_in(screen, &person, PASSPHRASE).await?;
            let session = session(screen, &person, PASSPHRASE).await?;
            let token = session["token"].as_str().unwrap_or_default();
            let permitted: BTreeSet<&str> =
                session["permitted"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (room, use_case) in [
                ("nav-patients", "find_patients"),
                ("nav-cohorts", "cohort_breakdown"),
                ("nav-imaging", "list_studies"),
            ] {
                assert_eq!(screen.shows(room).await?, permitted.contains(use_case), "{role}: {room}");
            }
            let mut refused = 0;
            for command in commands.iter().filter(|command| !permitted.contains(command.as_str())) {
                let answer = screen.invoke(command, Some(token), json!({})).await?;
                assert_eq!(answer["refused"]["code"], "not_permitted", "{role} calls {command}: {answer}");
                refused += 1;
            }
            println!("{role}: {} permitted, {refused} refused", permitted.len());
            assert!(refused > 5, "{role} may nearly everything");
        }
        app.close().await
    })
}

#[test]
fn another_person_is_in_within_two_seconds_and_a_draft_goes_back_to_its_owner() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        // A member of staff is added the way an administrator does it.
        screen.click("nav-admin").await?;
        screen.click("tab-staff").await?;
        screen.click("staff-add").await?;
        screen.fill("staff-display_name", "Ben Castro").await?;
        screen.fill("staff-person", "ben").await?;
        screen.tick("staff-role-front_desk", true).await?;
        screen.fill("staff-passphrase", PASSPHRASE).await?;
        screen.fill("staff-passphrase-again", PASSPHRASE).await?;
        screen.click("staff-add-submit").await?;
        screen.says("staff", "Ben Castro").await?;

        screen.click("nav-today").await?;
        screen.click("today-register").await?;
        screen.fill("register-given_name", "Ottoline").await?;
        screen.fill("register-family_name", "Quisquater").await?;
        lock_and_switch(screen).await?;
        screen.fill("sign-in-person", "ben").await?;
        screen.fill("sign-in-passphrase", PASSPHRASE).await?;
        let entered = Instant::now();
        screen.press(Key::Enter).await?;
        screen.see("today-find").await?;
        let took = entered.elapsed();
        println!("from Enter to content: {:.2} s", took.as_secs_f64());
        assert!(took.as_secs_f64() < 2.0, "{took:?}");
        screen.click("today-register").await?;
        screen.see("register-form").await?;
        assert!(!screen.shows("register-draft-found").await?, "somebody else's draft is not offered");
        assert!(!screen.words().await?.contains("Quisquater"));

        lock_and_switch(screen).await?;
        sign_in(screen, AMINA.person, AMINA.passphrase).await?;
        screen.click("today-register").await?;
        screen
            .until("the draft", || async {
                Ok(screen.shows("register-draft-found").await?
                    || screen.value("register-family_name").await? == "Quisquater")
            })
            .await?;
        if screen.shows("register-draft-found").await? {
            screen.click("register-draft-take").await?;
        }
        screen
            .until("what was typed", || async {
                Ok(screen.value("register-family_name").await? == "Quisquater"
                    && screen.value("register-given_name").await? == "Ottoline")
            })
            .await?;
        app.close().await
    })
}
