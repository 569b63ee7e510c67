//! An answer for a person: indented lines of label and value. Scripts take `--json`.

use std::fmt::Write;

use serde_json::Value;

/// The answer as lines.
pub fn plain(answer: &Value) -> String {
    let mut out = String::new();
    lines(answer, 0, &mut out);
    if out.is_empty() {
        out.push_str("Done.\n");
    }
    out
}

fn lines(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match scalar(value) {
                    Some(text) if text.is_empty() => {}
                    Some(text) => {
                        let _ = writeln!(out, "{indent}{}: {text}", key.replace('_', " "));
                    }
                    None => {
                        let _ = writeln!(out, "{indent}{}:", key.replace('_', " "));
                        lines(value, depth + 1, out);
                    }
                }
            }
        }
        Value::Array(list) => {
            for item in list {
                match scalar(item) {
                    Some(text) => {
                        let _ = writeln!(out, "{indent}- {text}");
                    }
                    None => {
                        let _ = writeln!(out, "{indent}-");
                        lines(item, depth + 1, out);
                    }
                }
            }
        }
        other => {
            let _ = writeln!(out, "{indent}{}", scalar(other).unwrap_or_default());
        }
    }
}

/// A value on one line; control characters of foreign text never reach the terminal.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.into()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()),
        Value::Array(list) if list.is_empty() => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn foreign_text_cannot_drive_the_terminal() {
        let shown = plain(&json!({ "family_name": "\u{1b}[2Jx" }));
        assert_eq!(shown, "family name:  [2Jx\n");
        assert_eq!(plain(&json!({})), "Done.\n");
    }
}
