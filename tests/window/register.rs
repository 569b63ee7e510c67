//! Registering by keyboard alone, within its budget.

use fantoccini::key::Key;
use rustcare_tests::ladder::climb;
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey};

use crate::access::AMINA;

/// Counts what a person does beside typing text: each key press that is no text is one action.
struct Counted<'a> {
    screen: &'a Screen,
    actions: usize,
}

impl Counted<'_> {
    async fn press(&mut self, key: Key) -> Result<()> {
        self.actions += 1;
        self.screen.press(key).await
    }

    async fn press_with(&mut self, held: Key, key: char) -> Result<()> {
        self.actions += 1;
        self.screen.press_with(held, key).await
    }
}

#[test]
fn a_patient_is_registered_by_keyboard_in_eleven_actions_beyond_the_typing() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.see("today-register").await?;
        let mut by_key = Counted { screen, actions: 0 };
        // From any screen: the key for a new patient.
        screen.script("document.activeElement?.blur?.()").await?;
        by_key.actions += 1;
        screen.type_text("n").await?;
        screen.focused("register-given_name").await?;
        for (field, text) in [
            ("register-given_name", "Ines"),
            ("register-family_name", "Okafor"),
            ("register-date_of_birth", "02/03/1987"),
            ("register-sex", "f"),
            ("register-phone", "+1 212 555 0148"),
            ("register-email", "ines@example.org"),
        ] {
            screen.focused(field).await?;
            screen.type_text(text).await?;
            by_key.press(Key::Tab).await?;
        }
        by_key.press_with(Key::Control, char::from(Key::Enter)).await?;
        screen.says("banner-name", "OKAFOR").await?;
        println!("actions beyond the typing: {}", by_key.actions);
        assert!(by_key.actions <= 11, "{} actions", by_key.actions);
        app.close().await
    })
}
