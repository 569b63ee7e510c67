//! The window, and what it may not do: leave the application, open another window, download, ask for camera,
//! microphone or place.

use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{App, Result, WebviewUrl, WebviewWindowBuilder};

use crate::addresses::is_ours;

/// The label that `capabilities/main.json` grants to.
const LABEL: &str = "main";

/// Opens it.
///
/// # Errors
/// When there is no display or no WebKit.
pub fn open(app: &App) -> Result<()> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("RustCare")
        .inner_size(1280.0, 800.0)
        .min_inner_size(1024.0, 700.0)
        .devtools(cfg!(debug_assertions))
        .on_navigation(|url| is_ours(url.scheme(), url.host_str(), url.port(), cfg!(dev)))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    Ok(())
}
