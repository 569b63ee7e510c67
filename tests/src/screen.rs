//! What a person does at the window. Controls are found by their test id, never by their words.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use color_eyre::eyre::{Result, bail, eyre};
use fantoccini::actions::{
    InputSource, KeyAction, KeyActions, MOUSE_BUTTON_LEFT, MouseActions, PointerAction,
};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use serde_json::Value;

/// How long anything may take that a person waits for.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long one answer of the driver may take.
const ONE_CALL: Duration = Duration::from_secs(30);

/// The window of a running application.
pub struct Screen {
    client: Client,
}

/// Bounds a call to the driver. Its errors are told in full: their short form names no cause.
async fn bounded<T, E: std::fmt::Debug>(call: impl Future<Output = Result<T, E>>) -> Result<T> {
    match tokio::time::timeout(ONE_CALL, call).await {
        Ok(answer) => answer.map_err(|error| eyre!("the driver refused: {error:?}")),
        Err(_) => bail!("the driver gave no answer within {} s", ONE_CALL.as_secs()),
    }
}

fn by_id(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

impl Screen {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    pub(crate) async fn ready(&self) -> Result<()> {
        self.until("the first page", || async {
            Ok(self.script("return document.querySelector('[data-testid]') !== null").await?
                == Value::Bool(true))
        })
        .await
    }

    pub(crate) async fn close(self) -> Result<()> {
        bounded(self.client.close()).await
    }

    /// Waits until something is so.
    ///
    /// # Errors
    /// After 20 seconds, with the words on the screen.
    pub async fn until<F: Future<Output = Result<bool>>>(
        &self,
        what: &str,
        is_so: impl Fn() -> F,
    ) -> Result<()> {
        self.until_within(PATIENCE, what, is_so).await
    }

    /// Waits until something is so, for as long as said.
    ///
    /// # Errors
    /// After that time, with the words on the screen.
    pub async fn until_within<F: Future<Output = Result<bool>>>(
        &self,
        patience: Duration,
        what: &str,
        is_so: impl Fn() -> F,
    ) -> Result<()> {
        let deadline = Instant::now() + patience;
        let mut last = None;
        while Instant::now() < deadline {
            // The page may be between two documents: an error is only told when it is the last word.
            match is_so().await {
                Ok(true) => return Ok(()),
                Ok(false) => last = None,
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        let words = self.words().await.unwrap_or_default();
        bail!("waited {} s for {what}; {last:?}\nthe screen says:\n{words}", patience.as_secs())
    }

    /// All words on the screen.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn words(&self) -> Result<String> {
        Ok(self.script("return document.body.innerText").await?.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page. For looking, not for doing.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn script(&self, script: &str) -> Result<Value> {
        bounded(self.client.execute(script, Vec::new())).await
    }

    /// Calls a command of the shell as the page could, past the bridge; answers `{"ok": …}` or `{"refused": …}`.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn invoke(&self, command: &str, token: Option<&str>, input: Value) -> Result<Value> {
        let script = "const [command, token, input, done] = arguments;
            window.__TAURI_INTERNALS__.invoke(command, { token, input }).then(
              (ok) => done({ ok: ok instanceof ArrayBuffer ? { bytes: ok.byteLength } : ok }),
              (refused) => done({ refused }),
            );";
        bounded(self.client.execute_async(script, vec![command.into(), token.into(), input])).await
    }

    /// Whether a control is there and visible, without waiting.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn shows(&self, id: &str) -> Result<bool> {
        let script = format!(
            "const e = document.querySelector('{}'); return e !== null && e.checkVisibility({{ visibilityProperty: true }})",
            by_id(id)
        );
        Ok(self.script(&script).await? == Value::Bool(true))
    }

    /// Waits for a control and does something with it. Between the two the page may have drawn it anew: then both are
    /// done again.
    async fn with<T, F: Future<Output = Result<T>>>(
        &self,
        patience: Duration,
        id: &str,
        act: impl Fn(Element) -> F,
    ) -> Result<T> {
        let done = RefCell::new(None);
        self.until_within(patience, id, || async {
            if !self.shows(id).await? {
                return Ok(false);
            }
            let control = bounded(self.client.find(Locator::Css(&by_id(id)))).await?;
            let answer = act(control).await?;
            *done.borrow_mut() = Some(answer);
            Ok(true)
        })
        .await?;
        done.into_inner().ok_or_else(|| eyre!("{id} gave no answer"))
    }

    /// Waits for a control.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn see(&self, id: &str) -> Result<()> {
        self.see_within(PATIENCE, id).await
    }

    /// Waits for a control that may take long.
    ///
    /// # Errors
    /// When it does not come within `patience`.
    pub async fn see_within(&self, patience: Duration, id: &str) -> Result<()> {
        self.until_within(patience, id, || self.shows(id)).await
    }

    /// Waits until a control is gone.
    ///
    /// # Errors
    /// When it stays.
    pub async fn gone(&self, id: &str) -> Result<()> {
        self.until(&format!("{id} to go"), || async { Ok(!self.shows(id).await?) }).await
    }

    /// Clicks a control once it is there.
    ///
    /// # Errors
    /// When it does not come, or something lies over it.
    pub async fn click(&self, id: &str) -> Result<()> {
        self.with(PATIENCE, id, |control| async move { bounded(control.click()).await }).await
    }

    /// Opens a row of a table, by keyboard.
    ///
    /// # Errors
    /// When the row does not come.
    pub async fn open_row(&self, id: &str) -> Result<()> {
        self.see(id).await?;
        self.script(&format!("document.querySelector('{}').focus()", by_id(id))).await?;
        self.press(Key::Enter).await
    }

    /// Presses the main button at a place of a control, in pixels from its middle, drags and lets go.
    ///
    /// # Errors
    /// When the control does not come.
    pub async fn drag(&self, id: &str, by: (i64, i64)) -> Result<()> {
        let step = Some(Duration::from_millis(60));
        let half = (by.0 as f64 / 2.0, by.1 as f64 / 2.0);
        self.with(PATIENCE, id, |control| async move {
            let mouse = MouseActions::new("mouse".into())
                .then(PointerAction::MoveToElement { element: control, duration: None, x: 0.0, y: 0.0 })
                .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
                .then(PointerAction::MoveBy { duration: step, x: half.0, y: half.1 })
                .then(PointerAction::MoveBy { duration: step, x: half.0, y: half.1 })
                .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
            bounded(self.client.perform_actions(mouse)).await
        })
        .await
    }

    /// Puts text into a field in place of what stands there.
    ///
    /// # Errors
    /// When the field does not come.
    pub async fn fill(&self, id: &str, text: &str) -> Result<()> {
        self.with(PATIENCE, id, |field| async move {
            bounded(field.clear()).await?;
            bounded(field.send_keys(text)).await
        })
        .await
    }

    /// Chooses an entry of a list by its value.
    ///
    /// # Errors
    /// When the list or the entry is not there.
    pub async fn choose(&self, id: &str, value: &str) -> Result<()> {
        self.see(id).await?;
        // The driver scrolls to a control that it presses, but not to the list of an entry that it chooses.
        self.script(&format!(
            "document.querySelector('{}').scrollIntoView({{ block: 'center' }})",
            by_id(id)
        ))
        .await?;
        self.with(PATIENCE, id, |list| async move { bounded(list.select_by_value(value)).await }).await
    }

    /// Ticks or unticks a box.
    ///
    /// # Errors
    /// When the box is not there.
    pub async fn tick(&self, id: &str, wanted: bool) -> Result<()> {
        self.with(PATIENCE, id, |tick_box| async move {
            if bounded(tick_box.is_selected()).await? != wanted {
                bounded(tick_box.click()).await?;
            }
            Ok(())
        })
        .await
    }

    /// The words of a control, as laid out. Not the driver's own reading, which leaves out what is cut off with an
    /// ellipsis.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn text(&self, id: &str) -> Result<String> {
        self.see(id).await?;
        let words =
            self.script(&format!("return document.querySelector('{}')?.innerText ?? ''", by_id(id))).await?;
        Ok(words.as_str().unwrap_or_default().to_owned())
    }

    /// The words of what a selector finds first; empty where it finds nothing.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn text_of(&self, selector: &str) -> Result<String> {
        let words =
            self.script(&format!("return document.querySelector('{selector}')?.innerText ?? ''")).await?;
        Ok(words.as_str().unwrap_or_default().to_owned())
    }

    /// What stands in a field.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn value(&self, id: &str) -> Result<String> {
        let value = self.with(PATIENCE, id, |field| async move { bounded(field.prop("value")).await });
        Ok(value.await?.unwrap_or_default())
    }

    /// An attribute of a control.
    ///
    /// # Errors
    /// When the control does not come, or has no such attribute.
    pub async fn attribute(&self, id: &str, name: &str) -> Result<String> {
        let value = self.with(PATIENCE, id, |control| async move { bounded(control.attr(name)).await });
        value.await?.ok_or_else(|| eyre!("{id} has no {name}"))
    }

    /// Waits until a control's words hold `part`.
    ///
    /// # Errors
    /// When they never do.
    pub async fn says(&self, id: &str, part: &str) -> Result<()> {
        self.until(&format!("{id} to say {part:?}"), || async {
            Ok(self.shows(id).await? && self.text(id).await?.contains(part))
        })
        .await
    }

    /// The test id of what has the focus.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn focus(&self) -> Result<String> {
        let id = self.script("return document.activeElement?.dataset?.testid ?? ''").await?;
        Ok(id.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a control has the focus.
    ///
    /// # Errors
    /// When it never does.
    pub async fn focused(&self, id: &str) -> Result<()> {
        self.until(&format!("the focus on {id}"), || async { Ok(self.focus().await? == id) }).await
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        let strokes = text.chars().flat_map(|c| [KeyAction::Down { value: c }, KeyAction::Up { value: c }]);
        self.strokes(strokes).await
    }

    /// Presses one key.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn press(&self, key: Key) -> Result<()> {
        let key = char::from(key);
        self.strokes([KeyAction::Down { value: key }, KeyAction::Up { value: key }]).await
    }

    /// Presses a key while another is held.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn press_with(&self, held: Key, key: char) -> Result<()> {
        let held = char::from(held);
        self.strokes([
            KeyAction::Down { value: held },
            KeyAction::Down { value: key },
            KeyAction::Up { value: key },
            KeyAction::Up { value: held },
        ])
        .await
    }

    async fn strokes(&self, strokes: impl IntoIterator<Item = KeyAction>) -> Result<()> {
        let keys =
            strokes.into_iter().fold(KeyActions::new("keyboard".into()), |keys, stroke| keys.then(stroke));
        bounded(self.client.perform_actions(keys)).await
    }

    /// A picture of the window as PNG, once what happened last is drawn.
    ///
    /// # Errors
    /// When the driver fails.
    pub async fn picture(&self) -> Result<Vec<u8>> {
        let drawn = "const done = arguments[0];
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 50)));";
        bounded(self.client.execute_async(drawn, Vec::new())).await?;
        bounded(self.client.screenshot()).await
    }

    /// Keeps a picture of the window in a file.
    ///
    /// # Errors
    /// When the driver fails or the file cannot be written.
    pub async fn keep_picture(&self, file: &Path) -> Result<()> {
        std::fs::write(file, self.picture().await?)?;
        Ok(())
    }

    /// Keeps the same moment as other people see it: dark, on a large screen, with text of twice the size. Only how the
    /// page is drawn changes, and it is put back. `file` is the path without its ending.
    ///
    /// # Errors
    /// As [`Screen::keep_picture`].
    pub async fn keep_looks(&self, file: &Path) -> Result<()> {
        let root = "document.documentElement";
        let look = |look: &str| PathBuf::from(format!("{}-{look}.png", file.display()));
        self.script(&format!("{root}.dataset.theme = 'dark'")).await?;
        self.keep_picture(&look("dark")).await?;
        self.client.set_window_size(1920, 1080).await?;
        self.keep_picture(&look("dark-1920")).await?;
        self.script(&format!("{root}.dataset.theme = 'light'")).await?;
        self.keep_picture(&look("1920")).await?;
        self.client.set_window_size(1280, 800).await?;
        self.script(&format!("{root}.style.fontSize = '200%'")).await?;
        self.keep_picture(&look("200")).await?;
        self.script(&format!("{root}.style.fontSize = '100%'")).await?;
        Ok(())
    }

    /// Goes to a control with the Tab key alone.
    ///
    /// # Errors
    /// When a hundred steps do not reach it.
    pub async fn tab_to(&self, id: &str) -> Result<()> {
        self.see(id).await?;
        for _ in 0..100 {
            if self.focus().await? == id {
                return Ok(());
            }
            self.press(Key::Tab).await?;
        }
        bail!("{id} is not reached with the Tab key")
    }

    /// The driver's client, for what has no word here.
    pub fn client(&self) -> &Client {
        &self.client
    }
}
