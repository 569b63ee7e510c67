//! Which addresses the window may open. It names nothing of the window, so that `tests/house` can try it without one.

/// Whether an address, in its parts, belongs to the application itself. Reloading is how the window clears itself at
/// lock, so its own addresses must stay open to it.
pub fn is_ours(scheme: &str, host: Option<&str>, port: Option<u16>, in_development: bool) -> bool {
    let packaged = scheme == "tauri" && host == Some("localhost");
    let packaged_on_windows = matches!(scheme, "http" | "https") && host == Some("tauri.localhost");
    let development = in_development && scheme == "http" && host == Some("127.0.0.1") && port == Some(5173);
    packaged || packaged_on_windows || development
}
