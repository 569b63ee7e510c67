//! The window, and what it may not do: leave the application, open another window, download, ask for camera,
//! microphone or place.

use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{App, Result, Url, WebviewUrl, WebviewWindowBuilder};

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
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    Ok(())
}

/// Whether an address belongs to the application itself. Reloading is how the window clears itself at lock, so its own
/// addresses must stay open to it.
fn is_ours(url: &Url) -> bool {
    let packaged = url.scheme() == "tauri" && url.host_str() == Some("localhost");
    let packaged_on_windows =
        matches!(url.scheme(), "http" | "https") && url.host_str() == Some("tauri.localhost");
    let development = cfg!(dev)
        && url.scheme() == "http"
        && url.host_str() == Some("127.0.0.1")
        && url.port() == Some(5173);
    packaged || packaged_on_windows || development
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_never_leaves_the_application() {
        let ours = |address: &str| is_ours(&address.parse().unwrap());
        assert!(ours("tauri://localhost") && ours("tauri://localhost/index.html#/patients"));
        for foreign in [
            "https://example.org",
            "http://localhost:5173",
            "http://tauri.localhost.example.org",
            "file:///etc/passwd",
            "tauri://elsewhere/",
            "data:text/html,x",
            "about:blank",
            "ipc://localhost",
        ] {
            assert!(!ours(foreign), "{foreign}");
        }
    }
}
