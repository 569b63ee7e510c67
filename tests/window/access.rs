//! Getting in, and what happens when one may not.

use fantoccini::key::Key;
use rustcare_tests::ladder::{FirstPerson, climb, sign_in};
use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};

pub const AMINA: FirstPerson<'_> = FirstPerson {
    display_name: "Amina Diallo",
    person: "amina",
    roles: &["front_desk", "clinician"],
    passphrase: "violet harbour kettle anchor",
};

#[test]
fn first_run_leads_to_the_first_patient() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.says("clinic-name", "Hill Street Clinic").await?;
        screen.click("today-register").await?;
        screen.fill("register-given_name", "Rosa").await?;
        screen.fill("register-family_name", "Paz").await?;
        screen.fill("register-date_of_birth", "2 Mar 1987").await?;
        screen.choose("register-sex", "female").await?;
        screen.click("register-save").await?;
        screen.says("banner-name", "PAZ").await?;
        let mrn = screen.text("banner-mrn").await?;
        assert!(mrn.contains("RC"), "the house number begins with the clinic's prefix: {mrn}");
        assert!(folder.path().join("vault/vault.toml").is_file());
        app.close().await
    })
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_says_so() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let launch = Launch::in_folder(folder.path());
        let app = launch.start().await?;
        climb(&app.screen, "Hill Street Clinic", &AMINA).await?;
        app.close().await?;

        let app = launch.start().await?;
        let screen = &app.screen;
        screen.see("sign-in-screen").await?;
        screen.fill("sign-in-person", AMINA.person).await?;
        screen.fill("sign-in-passphrase", "violet harbour kettle anchors").await?;
        screen.click("sign-in-submit").await?;
        screen.see("refusal").await?;
        assert!(!screen.shows("status-bar").await?, "nothing of the inside is shown");
        assert_eq!(
            screen.value("sign-in-passphrase").await?,
            "",
            "a refused passphrase does not stay on the screen"
        );
        sign_in(screen, AMINA.person, AMINA.passphrase).await?;
        app.close().await
    })
}

#[test]
fn a_lock_clears_the_window_and_the_same_person_comes_back() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.click("today-register").await?;
        screen.fill("register-family_name", "Quisquater").await?;
        screen.script("window.before_the_lock = 'a value of the page before'").await?;
        screen.press_with(Key::Control, 'l').await?;
        screen.see("lock-screen").await?;
        let left = screen.script("return typeof window.before_the_lock").await?;
        assert_eq!(left, "undefined", "the page was loaded anew: nothing of the old one is left in memory");
        let source = screen.client().source().await?;
        assert!(!source.contains("Quisquater"), "what was typed is not behind the lock screen");
        screen.fill("sign-in-passphrase", AMINA.passphrase).await?;
        screen.click("sign-in-submit").await?;
        screen.see("status-bar").await?;
        app.close().await
    })
}

#[test]
fn a_session_locks_itself_when_nothing_happens() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let launch = Launch { idle_seconds: Some(4), ..Launch::in_folder(folder.path()) };
        let app = launch.start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.see("lock-screen").await?;
        app.close().await
    })
}
