//! A real series on screen: the pixels of the picture against the pixels of the file.

use std::fs;
use std::path::Path;

use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, data, journey};

use crate::import::{bring_in, new_clinic_with};

/// Size of the published series' slices.
const ROWS: usize = 384;
const COLUMNS: usize = 274;
/// Half the side of the square in the middle that is compared, in pixels of the image.
const HALF: i64 = 60;

/// Stored values of an uncompressed slice: its pixel data are the end of the file.
fn stored(file: &Path) -> Vec<u16> {
    let bytes = fs::read(file).unwrap();
    let pixels = &bytes[bytes.len() - 2 * ROWS * COLUMNS..];
    pixels
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// The linear window of DICOM PS3.3 C.11.2.1.2.1, to 0..=255.
fn grey(value: f64, center: f64, width: f64) -> f64 {
    let (low, high) = (
        center - 0.5 - (width - 1.0) / 2.0,
        center - 0.5 + (width - 1.0) / 2.0,
    );
    if value <= low {
        0.0
    } else if value > high {
        255.0
    } else {
        ((value - (center - 0.5)) / (width - 1.0) + 0.5) * 255.0
    }
}

struct Picture {
    width: usize,
    samples: Vec<u8>,
    channels: usize,
}

impl Picture {
    fn read(png: &[u8]) -> Result<Self> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info()?;
        let mut samples = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let frame = reader.next_frame(&mut samples)?;
        Ok(Self {
            width: frame.width as usize,
            channels: frame.color_type.samples(),
            samples,
        })
    }

    fn red(&self, x: i64, y: i64) -> u8 {
        let at = usize::try_from(y).unwrap() * self.width + usize::try_from(x).unwrap();
        self.samples[at * self.channels]
    }
}

async fn attribute(screen: &Screen, name: &str) -> Result<f64> {
    Ok(screen.attribute("viewer-canvas", name).await?.parse()?)
}

/// Compares the middle of the stage with the middle of a slice. The image may lie half a pixel to one side; all of it
/// must fit at one such place.
async fn compare(screen: &Screen, slice: &[u16]) -> Result<()> {
    let (center, width) = (
        attribute(screen, "data-center").await?,
        attribute(screen, "data-width").await?,
    );
    let frame = screen.script(
        "const r = document.querySelector('[data-testid=\"viewer-canvas\"]').getBoundingClientRect();
         return [r.left + r.width / 2, r.top + r.height / 2]",
    );
    let frame = frame.await?;
    let middle = |at: usize| frame[at].as_f64().unwrap_or_default().floor() as i64;
    let (middle_x, middle_y) = (middle(0), middle(1));
    let picture = Picture::read(&screen.picture().await?)?;
    let mut worst_of_best = f64::MAX;
    let mut contrast = 0.0_f64;
    for shift_y in -1..=1 {
        for shift_x in -1..=1 {
            let mut worst = 0.0_f64;
            for y in -HALF..HALF {
                for x in -HALF..HALF {
                    let row = ROWS as i64 / 2 + y;
                    let column = COLUMNS as i64 / 2 + x;
                    let value = slice[(row * COLUMNS as i64 + column) as usize];
                    let wanted = grey(f64::from(value), center, width);
                    contrast = contrast.max(wanted);
                    let shown = f64::from(picture.red(middle_x + x + shift_x, middle_y + y + shift_y));
                    worst = worst.max((wanted - shown).abs());
                }
            }
            worst_of_best = worst_of_best.min(worst);
        }
    }
    assert!(contrast > 100.0, "the compared part is not black: {contrast}");
    assert!(
        worst_of_best <= 2.0,
        "off by {worst_of_best} of 255 at centre {center}, width {width}"
    );
    Ok(())
}

#[test]
fn a_series_is_opened_and_windowed_and_shows_the_file_s_own_pixels() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    let published = data.join("dicom/t1_mr_384");
    let place = tempfile::tempdir()?;
    let disc = place.path().join("disc");
    fs::create_dir(&disc)?;
    let names: Vec<String> = (186..=197).map(|n| format!("N2D_{n:04}.dcm")).collect();
    for name in &names {
        fs::copy(published.join(name), disc.join(name))?;
    }
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), place.path()).await?;
        let screen = &app.screen;
        bring_in(screen, "disc").await?;
        screen.click("nav-imaging").await?;
        screen.open_row("study-row-0").await?;
        let drawn = || async {
            Ok(screen.shows("viewer-canvas").await?
                && screen.attribute("viewer-canvas", "data-loaded").await? == "true")
        };
        screen.until("the first slice", drawn).await?;
        screen.click("viewer-one-to-one").await?;
        let at = attribute(screen, "data-at").await? as usize;
        compare(screen, &stored(&disc.join(&names[at]))).await?;

        let before = attribute(screen, "data-width").await?;
        screen.drag("viewer-canvas", (60, 30)).await?;
        screen
            .until("another window", || async {
                Ok(attribute(screen, "data-width").await? > before)
            })
            .await?;
        compare(screen, &stored(&disc.join(&names[at]))).await?;

        screen.click("viewer-next").await?;
        screen
            .until("the next slice", || async {
                Ok(attribute(screen, "data-at").await? as usize == at + 1 && drawn().await?)
            })
            .await?;
        compare(screen, &stored(&disc.join(&names[at + 1]))).await?;

        app.close().await
    })
}
