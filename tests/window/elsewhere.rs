//! A database elsewhere, set up in the window: what is wrong is said as it is typed, the password goes in and does not come out, and
//! what becomes of a run stands beside the cohort.

use rustcare_test_support::canary::files_with;
use rustcare_tests::ladder::climb;
use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};

use crate::access::AMINA;
use crate::import::keep;

const PASSWORD: &str = "Canaryheron7781";

#[test]
fn a_database_is_set_up_and_a_run_says_what_is_wrong() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        climb(screen, "Hill Street Clinic", &AMINA).await?;
        screen.click("nav-admin").await?;
        screen.click("tab-databases").await?;
        screen.click("database-add").await?;
        screen.fill("database-name", "Hospital").await?;
        screen.fill("database-host", "http://db").await?;
        screen.fill("database-database", "research").await?;
        screen.says("database-dialog", "as in db.hospital.org, or the folder").await?;
        screen.fill("database-host", "db.example.org").await?;
        screen.fill("database-schema", "cdm").await?;
        screen.fill("database-username", "reader").await?;
        screen.tick("database-is_encrypted", false).await?;
        screen.says("database-dialog", "Turn encryption on.").await?;
        keep(screen, "database-dialog").await?;
        // Nobody listens there.
        screen.fill("database-host", "127.0.0.1").await?;
        screen.fill("database-port", "1").await?;
        screen.click("database-password-keep").await?;
        screen.fill("database-password", PASSWORD).await?;
        screen.click("database-save").await?;
        screen.see("database-1").await?;
        keep(screen, "databases").await?;

        screen.click("nav-cohorts").await?;
        screen.click("tab-builder").await?;
        screen.tick("entry-0-any", true).await?;
        screen.click("tab-elsewhere").await?;
        screen.see("elsewhere-connection").await?;
        screen.click("elsewhere-run").await?;
        screen.says("elsewhere-panel", "Nothing listens at this host and port").await?;
        keep(screen, "builder-elsewhere").await?;
        let (home, vault) = (app.home().to_path_buf(), folder.path().to_path_buf());
        for place in [&home, &vault] {
            assert_eq!(files_with(place, PASSWORD), [] as [std::path::PathBuf; 0]);
        }
        app.close().await
    })
}
