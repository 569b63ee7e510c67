//! One person, one record: warned while registering, reviewed, merged, found under the old number, taken back.

use fantoccini::key::Key;
use rustcare_tests::ladder::climb;
use rustcare_tests::launch::Launch;
use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, journey};

use crate::access::AMINA;
use crate::import::keep;

async fn fill_form(screen: &Screen, given: &str, phone: &str) -> Result<()> {
    screen.script("document.activeElement?.blur?.()").await?;
    screen.type_text("n").await?;
    screen.focused("register-given_name").await?;
    for (field, text) in [
        ("register-given_name", given),
        ("register-family_name", "Okonkwo"),
        ("register-date_of_birth", "09/07/1961"),
        ("register-sex", "f"),
        ("register-phone", phone),
    ] {
        screen.focused(field).await?;
        screen.type_text(text).await?;
        screen.press(Key::Tab).await?;
    }
    Ok(())
}

async fn save(screen: &Screen) -> Result<()> {
    screen.press_with(Key::Control, char::from(Key::Enter)).await?;
    screen.says("banner-name", "OKONKWO").await
}

#[test]
fn a_likely_duplicate_is_warned_of_reviewed_merged_and_parted_again() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.see("today-register").await?;
        fill_form(screen, "Margaret", "+1 212 555 0148").await?;
        save(screen).await?;

        // The second registration is warned of before it is saved, with the reasons, and is not stopped.
        fill_form(screen, "Margret", "+1 212 555 0199").await?;
        screen.says("candidate-0", "OKONKWO, Margaret").await?;
        screen.click("candidate-why-0").await?;
        screen.says("dup-waterfall", "nearly the same").await?;
        keep(screen, "candidates").await?;
        save(screen).await?;

        // Its chart says that another record could be this patient too, and leads to both, side by side.
        screen.see("chart-alike").await?;
        keep(screen, "chart-alike").await?;
        screen.click("chart-alike-review").await?;
        screen.says("dup-field-phone", "both are kept").await?;
        screen.click("dup-swap").await?;
        screen.says("dup-field-given_name", "Margret").await?;
        screen.click("dup-take-retired-given_name").await?;
        screen.fill("dup-reason", "same passport").await?;
        keep(screen, "side-by-side").await?;
        screen.click("dup-merge").await?;
        screen.gone("dup-side-by-side").await?;
        keep(screen, "nothing-to-decide").await?;

        // Under either telephone there is one patient; the merged record leads to it.
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("margaret okonkwo").await?;
        screen.see("palette-hit-0").await?;
        screen.press(Key::Enter).await?;
        screen.says("chart-merged", "same passport").await?;
        keep(screen, "chart-merged").await?;

        // Taken back: two records again, and not suggested any more.
        screen.click("chart-unmerge-0").await?;
        screen.see("unmerge-fields").await?;
        screen.fill("unmerge-reason", "two sisters").await?;
        keep(screen, "unmerge").await?;
        screen.click("unmerge-submit").await?;
        screen.gone("unmerge-dialog").await?;
        screen.gone("chart-merged").await?;
        assert!(!screen.shows("chart-alike").await?, "decided for good");
        app.close().await
    })
}
