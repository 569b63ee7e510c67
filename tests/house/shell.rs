//! What the shell decides by itself. The shell is compiled for release only, so its rules are tried from here.

use url::Url;

#[path = "../../src-tauri/src/addresses.rs"]
mod addresses;

#[test]
fn the_window_never_leaves_the_application() {
    let ours = |address: &str, in_development| {
        let url: Url = address.parse().unwrap();
        addresses::is_ours(url.scheme(), url.host_str(), url.port(), in_development)
    };
    for own in ["tauri://localhost", "tauri://localhost/index.html#/patients", "http://tauri.localhost/"] {
        assert!(ours(own, false), "{own}");
    }
    assert!(ours("http://127.0.0.1:5173/", true) && !ours("http://127.0.0.1:5173/", false));
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
        assert!(!ours(foreign, false) && !ours(foreign, true), "{foreign}");
    }
}
