//! A clinic's own table: looked at, one question answered, refused rows named, the others found.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::{Result, journey};

use crate::import::{new_clinic_with, number};

/// Days of the month up to twelve only: nothing tells which of the two orders is meant.
const REGISTER: &str = "Apellidos;Nombre;Fecha de nacimiento;Sexo;Teléfono;Expediente\n\
    García;Lucía;03/04/1980;M;600111222;H-1\n\
    Núñez;Andrés;05/06/1975;H;600111223;H-2\n\
    Ibáñez;Inés;31/31/1990;M;600111224;H-3\n";

#[test]
fn a_table_comes_in_after_its_question_is_answered() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("from elsewhere");
        fs::create_dir_all(&place)?;
        // As an office program saves it: Windows-1252.
        let bytes: Vec<u8> = REGISTER.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect();
        fs::write(place.join("registro.csv"), bytes)?;
        // For a person who wants to look: pictures of every look, where a folder is named.
        let pictures = std::env::var_os("RUSTCARE_PICTURES").map(PathBuf::from);
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        fs::write(place.join("vacio.csv"), "")?;
        screen.click("nav-exchange").await?;
        // An empty file is said to be one, and leads back.
        screen.tab_to("import-table-vacio.csv").await?;
        screen.press(Key::Enter).await?;
        screen.see("table-back").await?;
        screen
            .until("a word about the empty file", || async {
                Ok(screen.shows("table-questions").await? || screen.shows("refusal").await?)
            })
            .await?;
        if let Some(folder) = &pictures {
            screen.keep_picture(&folder.join("table-empty.png")).await?;
        }
        screen.tab_to("table-back").await?;
        screen.press(Key::Enter).await?;
        // From here to the result with the keyboard alone.
        screen.tab_to("import-table-registro.csv").await?;
        screen.press(Key::Enter).await?;
        screen.see_within(Duration::from_secs(30), "table-questions").await?;
        if let Some(folder) = &pictures {
            screen.keep_looks(&folder.join("table-question")).await?;
        }
        assert_eq!(screen.value("table-delimiter").await?, "semicolon");
        screen.tab_to("table-date_order").await?;
        screen.type_text("Day").await?;
        screen.gone("table-questions").await?;
        screen.see("table-findings-row-0").await?;
        if let Some(folder) = &pictures {
            screen.script("document.querySelector('[data-testid=table-findings]').scrollIntoView()").await?;
            screen.keep_picture(&folder.join("table-findings.png")).await?;
            screen.keep_looks(&folder.join("table-findings")).await?;
        }
        screen.tab_to("table-start").await?;
        screen.press(Key::Enter).await?;
        screen.see_within(Duration::from_secs(60), "import-result").await?;
        assert_eq!(
            (number(screen, "import-patients").await?, number(screen, "import-rejected").await?),
            (2, 1)
        );
        screen.press_with(Key::Control, 'k').await?;
        screen.focused("palette-input").await?;
        screen.type_text("nunez").await?;
        screen.see("palette-hit-0").await?;
        screen.press(Key::Enter).await?;
        screen.says("banner-name", "NÚÑEZ").await?;
        app.close().await
    })
}
