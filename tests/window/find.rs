//! Finding and opening a patient by keyboard, within its budget.

use fantoccini::key::Key;
use rustcare_tests::ladder::sign_in;
use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};
use serde_json::json;

#[test]
fn a_patient_is_open_after_control_k_six_letters_and_enter() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch { practice: true, ..Launch::in_folder(folder.path()) }.start().await?;
        let screen = &app.screen;
        println!("the practice clinic stood after {:.1} s", app.ready_after.as_secs_f64());
        let practice = screen.invoke("open_practice_clinic", None, json!({})).await?;
        let said = |field: &str| practice["ok"][field].as_str().unwrap_or_default().to_owned();
        sign_in(screen, &said("person"), &said("passphrase")).await?;
        screen.see("practice-mark").await?;
        // One known among two thousand.
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("mar").await?;
        screen
            .until("patients", || async {
                Ok(screen.attribute("palette-input", "data-answered").await? == "mar"
                    && screen.attribute("palette-hit-0", "data-kind").await? == "patient")
            })
            .await?;
        let known = screen.text("palette-hit-0").await?;
        screen.press(Key::Escape).await?;
        screen.gone("palette").await?;
        let family: String = known.chars().take_while(|c| c.is_alphabetic()).take(6).collect();
        assert!(family.chars().count() >= 3, "a name: {known}");

        let mut actions = 1;
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text(&family).await?;
        actions += family.chars().count();
        screen
            .until("the answer", || async {
                Ok(screen.attribute("palette-input", "data-answered").await? == family)
            })
            .await?;
        screen.press(Key::Enter).await?;
        actions += 1;
        screen.says("banner-name", &family.to_uppercase()).await?;
        println!("{actions} key presses");
        assert!(actions <= 8);
        app.close().await
    })
}
