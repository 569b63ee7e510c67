//! A real series on screen: the pixels of the picture against the pixels of the file.

use std::fs;
use std::path::Path;

use rustcare_tests::screen::Screen;
use rustcare_tests::{Result, data, journey};

use crate::import::{bring_in, new_clinic_with};

/// Side of the published CT image, whose pixels are square, so that each is one pixel on screen at 1:1.
const SIDE: usize = 128;
/// Half the side of the square in the middle that is compared, in pixels of the image.
const HALF: i64 = 60;

/// Where the value of an element begins in an uncompressed file with explicit representation and short length.
fn value_of(bytes: &[u8], tag: [u8; 4], representation: &[u8; 2]) -> usize {
    let start = [&tag[..], representation].concat();
    bytes.windows(6).position(|window| window == start).unwrap() + 8
}

/// Values of the image in Hounsfield units, read from the file's bytes: stored value × slope + intercept.
fn hounsfield(file: &Path) -> Vec<f64> {
    let bytes = fs::read(file).unwrap();
    let decimal = |element: u8| {
        let at = value_of(&bytes, [0x28, 0, element, 0x10], b"DS");
        let length = usize::from(u16::from_le_bytes([bytes[at - 2], bytes[at - 1]]));
        std::str::from_utf8(&bytes[at..at + length]).unwrap().trim().parse::<f64>().unwrap()
    };
    let (intercept, slope) = (decimal(0x52), decimal(0x53));
    // Pixel Data has a four byte length after two reserved bytes.
    let pixels = value_of(&bytes, [0xe0, 0x7f, 0x10, 0], b"OW") + 4;
    bytes[pixels..pixels + 2 * SIDE * SIDE]
        .chunks_exact(2)
        .map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])) * slope + intercept)
        .collect()
}

/// The linear window of DICOM PS3.3 C.11.2.1.2.1, to 0..=255.
fn grey(value: f64, center: f64, width: f64) -> f64 {
    let (low, high) = (center - 0.5 - (width - 1.0) / 2.0, center - 0.5 + (width - 1.0) / 2.0);
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
        Ok(Self { width: frame.width as usize, channels: frame.color_type.samples(), samples })
    }

    fn red(&self, x: i64, y: i64) -> u8 {
        let at = usize::try_from(y).unwrap() * self.width + usize::try_from(x).unwrap();
        self.samples[at * self.channels]
    }
}

async fn attribute(screen: &Screen, name: &str) -> Result<f64> {
    Ok(screen.attribute("viewer-canvas", name).await?.parse()?)
}

/// How far the middle of the stage is from the middle of the image, in grey levels, at the worst pixel. The image may
/// lie a pixel to one side; all of it must fit at one such place.
async fn distance(screen: &Screen, image: &[f64]) -> Result<f64> {
    let (center, width) = (attribute(screen, "data-center").await?, attribute(screen, "data-width").await?);
    let frame = screen
        .script(
            "const r = document.querySelector('[data-testid=\"viewer-canvas\"]').getBoundingClientRect();
             return [r.left + r.width / 2, r.top + r.height / 2]",
        )
        .await?;
    let middle = |at: usize| frame[at].as_f64().unwrap_or_default().round() as i64;
    let (middle_x, middle_y) = (middle(0), middle(1));
    let picture = Picture::read(&screen.picture().await?)?;
    let mut best = f64::MAX;
    let mut brightest = 0.0_f64;
    for (shift_x, shift_y) in (-1..=1).flat_map(|x| (-1..=1).map(move |y| (x, y))) {
        let mut worst = 0.0_f64;
        for (x, y) in (-HALF..HALF).flat_map(|x| (-HALF..HALF).map(move |y| (x, y))) {
            let side = SIDE as i64;
            let value = image[((side / 2 + y) * side + side / 2 + x) as usize];
            let wanted = grey(value, center, width);
            brightest = brightest.max(wanted);
            let shown = picture.red(middle_x + x + shift_x, middle_y + y + shift_y);
            worst = worst.max((wanted - f64::from(shown)).abs());
        }
        best = best.min(worst);
    }
    assert!(brightest > 100.0, "the compared part is not black: {brightest}");
    Ok(best)
}

/// The picture follows within a frame or two.
async fn shows_the_pixels_of(screen: &Screen, image: &[f64]) -> Result<()> {
    screen
        .until("the image's own pixels within one grey level", || async {
            Ok(distance(screen, image).await? <= 1.0)
        })
        .await
}

async fn is_drawn(screen: &Screen) -> Result<bool> {
    Ok(screen.shows("viewer-canvas").await?
        && screen.attribute("viewer-canvas", "data-loaded").await? == "true")
}

#[test]
fn an_image_is_windowed_by_dragging_and_shows_the_file_s_own_pixels() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    let place = tempfile::tempdir()?;
    let disc = place.path().join("disc");
    fs::create_dir(&disc)?;
    let file = disc.join("CT_small.dcm");
    fs::copy(data.join("dicom/pydicom/CT_small.dcm"), &file)?;
    let image = hounsfield(&file);
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), place.path()).await?;
        let screen = &app.screen;
        bring_in(screen, "disc").await?;
        screen.click("nav-imaging").await?;
        screen.open_row("study-row-0").await?;
        screen.until("the image", || is_drawn(screen)).await?;
        screen.click("viewer-one-to-one").await?;
        shows_the_pixels_of(screen, &image).await?;

        let width = attribute(screen, "data-width").await?;
        let center = attribute(screen, "data-center").await?;
        screen.drag("viewer-canvas", (-80, 40)).await?;
        screen
            .until("a narrower, higher window", || async {
                let narrower = attribute(screen, "data-width").await? < width;
                Ok(narrower && attribute(screen, "data-center").await? > center)
            })
            .await?;
        shows_the_pixels_of(screen, &image).await?;
        app.close().await
    })
}

#[test]
fn a_series_is_scrolled_slice_by_slice() -> Result<()> {
    let Some(data) = data() else { return Ok(()) };
    let published = data.join("dicom/t1_mr_384");
    let place = tempfile::tempdir()?;
    let disc = place.path().join("disc");
    fs::create_dir(&disc)?;
    for name in (186..=197).map(|n| format!("N2D_{n:04}.dcm")) {
        fs::copy(published.join(&name), disc.join(&name))?;
    }
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = new_clinic_with(folder.path(), place.path()).await?;
        let screen = &app.screen;
        bring_in(screen, "disc").await?;
        screen.click("nav-imaging").await?;
        screen.open_row("study-row-0").await?;
        screen.until("the first slice", || is_drawn(screen)).await?;
        let mut before = screen.picture().await?;
        let mut at = attribute(screen, "data-at").await?;
        for _ in 0..3 {
            screen.click("viewer-next").await?;
            screen
                .until("the next slice", || async {
                    Ok(attribute(screen, "data-at").await? == at + 1.0 && is_drawn(screen).await?)
                })
                .await?;
            // The canvas may hold the slice before the screen does: it is another picture soon, or it is a fault.
            let shown = std::cell::RefCell::new(Vec::new());
            screen
                .until("another picture of another slice", || async {
                    let now = screen.picture().await?;
                    let other = now != before;
                    *shown.borrow_mut() = now;
                    Ok(other)
                })
                .await?;
            (before, at) = (shown.into_inner(), at + 1.0);
        }
        app.close().await
    })
}
