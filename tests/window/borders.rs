//! What the window cannot do, whatever its page tries.

use rustcare_tests::launch::Launch;
use rustcare_tests::{Result, journey};
use serde_json::json;

#[test]
fn the_page_reaches_declared_use_cases_and_nothing_else() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        let status = screen.invoke("workstation_status", None, json!({})).await?;
        assert_eq!(status["ok"]["state"], "absent");
        let refused =
            screen.invoke("find_patients", None, json!({ "text": "", "limit": 1, "offset": 0 })).await?;
        assert_eq!(refused["refused"]["code"], "not_signed_in");
        for foreign in [
            "no_such_use_case",
            "plugin:dialog|open",
            "plugin:event|listen",
            "plugin:window|create",
            "plugin:webview|create_webview_window",
            "plugin:path|resolve_directory",
            "plugin:app|version",
        ] {
            let answer = screen.invoke(foreign, None, json!({})).await?;
            let why = answer["refused"].as_str().unwrap_or_default();
            assert!(why.contains("not allowed"), "{foreign}: {answer}");
        }
        app.close().await
    })
}

#[test]
fn the_page_cannot_leave_open_a_window_or_run_a_planted_script() -> Result<()> {
    journey(async {
        let folder = tempfile::tempdir()?;
        let app = Launch::in_folder(folder.path()).start().await?;
        let screen = &app.screen;
        for address in ["https://example.org/", "file:///etc/passwd", "data:text/html,left"] {
            screen.script(&format!("location.href = '{address}'")).await?;
        }
        assert_eq!(screen.script("return String(window.open('https://example.org/'))").await?, "null");
        assert_eq!(screen.client().windows().await?.len(), 1);
        // Inline handlers and scripts are refused by the policy, so markup that slips in stays dead.
        screen
            .script(
                "const planted = document.createElement('div');
                 planted.innerHTML = '<img src=\"x:\" onerror=\"window.planted = 1\">';
                 document.body.append(planted);
                 const inline = document.createElement('script');
                 inline.textContent = 'window.planted = 2';
                 document.body.append(inline);",
            )
            .await?;
        let policy = "const done = arguments[0];
             fetch('https://example.org/').then(() => done('reached'), () => done('refused'))";
        assert_eq!(screen.client().execute_async(policy, Vec::new()).await?, "refused");
        assert_eq!(screen.script("return typeof window.planted").await?, "undefined");
        assert_eq!(screen.script("return location.protocol").await?, "tauri:");
        assert_eq!(screen.script("return typeof window.__TAURI__").await?, "undefined");
        app.close().await
    })
}
