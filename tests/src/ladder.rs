//! The first run: six steps from nothing to a signed-in administrator.

use color_eyre::eyre::Result;

use crate::screen::Screen;

/// Who makes the vault.
pub struct FirstPerson<'a> {
    /// As shown.
    pub display_name: &'a str,
    /// Sign-in name.
    pub person: &'a str,
    /// Roles beside administrator, by their names in the contract.
    pub roles: &'a [&'a str],
    /// A passphrase that the rules accept.
    pub passphrase: &'a str,
}

/// Goes up the ladder to Today. Recovery words are typed back; no backup is made.
///
/// # Errors
/// When a step does not come.
pub async fn climb(screen: &Screen, clinic: &str, first: &FirstPerson<'_>) -> Result<()> {
    screen.click("first-run-new").await?;
    screen.fill("first-run-clinic_name", clinic).await?;
    screen.choose("first-run-country", "US").await?;
    screen.choose("first-run-phone_region", "US").await?;
    screen.choose("first-run-date_order", "day_month_year").await?;
    screen.click("first-run-next").await?;
    screen.see("first-run-mrn_prefix").await?;
    screen.click("first-run-next").await?;
    screen.fill("first-run-display_name", first.display_name).await?;
    screen.fill("first-run-person", first.person).await?;
    for role in first.roles {
        screen.tick(&format!("first-run-role-{role}"), true).await?;
    }
    screen.fill("first-run-passphrase", first.passphrase).await?;
    screen.fill("first-run-passphrase-again", first.passphrase).await?;
    screen.click("first-run-create").await?;
    for field in ["first-run-recovery-1", "first-run-recovery-2"] {
        let position = screen.attribute(field, "data-position").await?;
        let word = screen.text(&format!("recovery-word-{position}")).await?;
        screen.fill(field, &word).await?;
    }
    screen.click("first-run-recovery-confirm").await?;
    screen.click("first-run-finish").await?;
    screen.see("status-bar").await?;
    Ok(())
}

/// Signs in at the sign-in or lock screen and waits for the frame.
///
/// # Errors
/// When it is refused.
pub async fn sign_in(screen: &Screen, person: &str, passphrase: &str) -> Result<()> {
    screen.fill("sign-in-person", person).await?;
    screen.fill("sign-in-passphrase", passphrase).await?;
    screen.click("sign-in-submit").await?;
    screen.see("status-bar").await?;
    Ok(())
}
