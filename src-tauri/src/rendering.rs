//! How WebKit draws where there is no graphics card.
//!
//! By its default it hands what it painted to a graphics card's buffers. Without a card a software GL stands in for it, and a frame in
//! which a number changes takes some 50 ms; painted without it, below 20 ms (`cargo xtask bench window`).

use std::path::Path;

/// WebKitGTK's word for "not through the card's buffers".
const WITHOUT_BUFFERS: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Begins this program anew with WebKit told so, where it is needed and nobody has said anything else: WebKit asks the environment, and
/// the environment of a running program cannot be changed safely. Returns where it is not needed, or not possible.
#[cfg(target_os = "linux")]
pub fn settle() {
    use std::os::unix::process::CommandExt;

    if std::env::var_os(WITHOUT_BUFFERS).is_some() || has_graphics_card(Path::new("/dev/dri")) {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let error = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(WITHOUT_BUFFERS, "1")
        .exec();
    eprintln!("drawing may be slow: {error}");
}

/// Elsewhere the platform's own web view decides.
#[cfg(not(target_os = "linux"))]
pub fn settle() {}

/// Whether a card can be drawn with: the kernel names it `renderD128` and on.
#[cfg(target_os = "linux")]
fn has_graphics_card(devices: &Path) -> bool {
    std::fs::read_dir(devices).is_ok_and(|entries| {
        entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("renderD"))
    })
}
