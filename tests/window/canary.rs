//! What is typed into the window stays in the vault: nothing of it in the web view's storage, caches, temporary files
//! or logs, and nothing readable in the vault's own files.

use fantoccini::key::Key;
use rustcare_test_support::canary::{Encodings, files_with, written_as};
use rustcare_tests::ladder::climb;
use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};

use crate::access::AMINA;

const FAMILY: &str = "Zwicklbauerin";
const SSN: &str = "536904399";
const STREET: &str = "Canarystreet7781";
/// Typed into a form that is never saved.
const DRAFT: &str = "Unsavedcanary7781";

#[test]
fn nothing_typed_is_left_outside_the_vault() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.click("today-register").await?;
        screen.fill("register-given_name", "Ana").await?;
        screen.fill("register-family_name", FAMILY).await?;
        screen.fill("register-date_of_birth", "2 Mar 1987").await?;
        screen.choose("register-sex", "female").await?;
        for group in ["contact", "cover"] {
            let open =
                format!("document.querySelector('[data-testid=\"register-group-{group}\"]').open = true");
            screen.script(&open).await?;
        }
        screen.fill("register-address_line", STREET).await?;
        screen.fill("register-ssn", SSN).await?;
        screen.click("register-save").await?;
        screen.says("banner-name", "ZWICKLBAUERIN").await?;
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text(FAMILY).await?;
        screen.see("palette-hit-0").await?;
        screen.press(Key::Escape).await?;
        screen.click("nav-patients").await?;
        screen.click("find-new").await?;
        screen.fill("register-family_name", DRAFT).await?;
        screen.press_with(Key::Control, 'l').await?;
        screen.see("lock-screen").await?;

        let (home, vault) = (app.home().to_path_buf(), folder.path().to_path_buf());
        for canary in [FAMILY, SSN, STREET, DRAFT] {
            for place in [&home, &vault] {
                let found = files_with(place, canary);
                assert!(found.is_empty(), "{canary} stands in {found:?}");
            }
        }
        // The same search finds one in each encoding where there is one.
        for (name, bytes) in written_as(FAMILY) {
            std::fs::write(home.join("tmp").join(name), bytes)?;
        }
        assert_eq!(files_with(&home, FAMILY).len(), Encodings::COUNT);
        app.close().await
    })
}
