//! Photos and papers from files: chosen, seen as they will be kept, in the chart and its banner, taken out again.

use std::fs;
use std::time::Duration;

use fantoccini::key::Key;
use rustcare_tests::{Result, journey};

use crate::import::{keep, new_clinic_with};

/// A picture whose upper half is lighter than its lower.
fn photo() -> Result<Vec<u8>> {
    let (width, height) = (900, 1200);
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header()?;
    let pixels: Vec<u8> = (0..height).flat_map(|y| vec![(220 - y / 8) as u8; width as usize]).collect();
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

#[test]
fn a_photo_from_a_file_stands_in_the_banner_until_it_is_taken_out() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("camera");
        fs::create_dir_all(&place)?;
        fs::write(place.join("IMG_0001.png"), photo()?)?;
        fs::write(place.join("damaged.png"), &photo()?[..200])?;
        fs::write(place.join("notes.txt"), "no picture")?;
        let app = new_clinic_with(folder.path(), &place).await?;
        let screen = &app.screen;
        screen.click("nav-today").await?;
        screen.click("today-register").await?;
        screen.fill("register-given_name", "Rosa").await?;
        screen.fill("register-family_name", "Paz").await?;
        screen.fill("register-date_of_birth", "2 Mar 1987").await?;
        screen.choose("register-sex", "female").await?;
        screen.click("register-save").await?;
        screen.says("banner-name", "PAZ").await?;
        screen.click("tab-documents").await?;
        screen.click("documents-add").await?;
        screen.see("document-file-IMG_0001.png").await?;
        assert!(!screen.shows("document-file-notes.txt").await?, "what cannot be added is not offered");
        screen.click("document-file-damaged.png").await?;
        screen.see("refusal").await?;
        keep(screen, "document-damaged").await?;
        screen.click("document-another").await?;
        screen.click("document-file-IMG_0001.png").await?;
        screen.see_within(Duration::from_secs(20), "document-preview").await?;
        keep(screen, "document-add").await?;
        screen.choose("document-kind", "photo").await?;
        screen.click("document-submit").await?;
        screen.says("toast", "Photo of the patient").await?;
        screen.see("document-0").await?;
        screen.see("document-picture").await?;
        keep(screen, "document-listed").await?;
        screen.click("document-0").await?;
        screen.see("document-large").await?;
        keep(screen, "document-opened").await?;
        screen.click("document-withdraw").await?;
        screen.fill("document-reason", "another patient").await?;
        screen.click("document-withdraw-submit").await?;
        screen.says("document-withdrawn-0", "another patient").await?;
        screen.press(Key::Escape).await?;
        let shown = screen
            .script("return document.querySelectorAll('[data-testid=chart-banner] img').length")
            .await?;
        assert_eq!(shown, 0, "the banner shows initials again");
        app.close().await
    })
}
