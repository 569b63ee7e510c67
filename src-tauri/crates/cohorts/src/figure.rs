//! A breakdown as a file: the table as CSV (RFC 4180), the bars as SVG. Both are byte-stable for the same counts.

use std::fmt::Write;

use crate::breakdown::Breakdown;

/// A CSV cell: quoted when it must be, and never a formula for a spreadsheet.
fn cell(text: &str) -> String {
    let risky = text.starts_with(['=', '+', '-', '@', '\t']);
    let text = if risky { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn number(value: Option<f64>) -> String {
    value.map(|v| format!("{v:.1}")).unwrap_or_default()
}

/// The table, one row a group, with the rule and the day of counting in the last rows.
pub fn csv(breakdown: &Breakdown) -> String {
    let mut out = String::from(
        "code,system,diagnosis,patients,share_percent,age_mean_years,age_sd_years,age_median_years,female_percent,risk_factors\r\n",
    );
    for g in &breakdown.groups {
        let factors: Vec<String> =
            g.risk_factors.iter().map(|f| format!("{} {} ({:.1} %)", f.title, f.count, f.percent)).collect();
        let cells = [
            cell(g.code.as_deref().unwrap_or_default()),
            cell(g.system.as_deref().unwrap_or_default()),
            cell(&g.title),
            g.count.to_string(),
            format!("{:.2}", g.share_percent),
            number(g.age_mean),
            number(g.age_sd),
            number(g.age_median),
            format!("{:.1}", g.female_percent),
            cell(&factors.join("; ")),
        ];
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    let _ = write!(
        out,
        "\r\n{}\r\n{}\r\n",
        cell(&format!("Counted as of {}", breakdown.as_of)),
        cell(&breakdown.rule)
    );
    out
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The thirty largest groups as bars; the rest is named in the last line.
pub fn svg(breakdown: &Breakdown) -> String {
    const MOST: usize = 30;
    const ROW: usize = 26;
    let shown = &breakdown.groups[..breakdown.groups.len().min(MOST)];
    let most = shown.iter().map(|g| g.count).max().unwrap_or(1).max(1);
    let height = 84 + shown.len() * ROW;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"{height}\" viewBox=\"0 0 960 {height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" aria-label=\"Patients by primary diagnosis\">\n\
         <rect width=\"960\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"16\" font-weight=\"600\" fill=\"#16202c\">Patients by primary diagnosis</text>\n\
         <text x=\"16\" y=\"48\" fill=\"#4a5666\">{} patients, counted as of {}</text>\n",
        breakdown.patients,
        escape(&breakdown.as_of)
    );
    for (at, g) in shown.iter().enumerate() {
        let y = 64 + at * ROW;
        let width = (g.count as f64 * 460.0 / most as f64).max(1.0);
        let title: String = g.title.chars().take(48).collect();
        let _ = writeln!(
            out,
            "<text x=\"344\" y=\"{}\" text-anchor=\"end\" fill=\"#16202c\">{}</text>\
             <rect x=\"352\" y=\"{y}\" width=\"{width:.1}\" height=\"18\" rx=\"2\" fill=\"#0072b2\"/>\
             <text x=\"{:.1}\" y=\"{}\" fill=\"#16202c\">{} · {:.1} %</text>",
            y + 14,
            escape(&title),
            360.0 + width,
            y + 14,
            g.count,
            g.share_percent
        );
    }
    let rest = breakdown.groups.len() - shown.len();
    if rest > 0 {
        let _ = writeln!(
            out,
            "<text x=\"16\" y=\"{}\" fill=\"#4a5666\">and {rest} further diagnoses</text>",
            height - 6
        );
    }
    out.push_str("</svg>\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_and_never_a_formula() {
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "'=1+1");
        assert_eq!(escape("<script>&"), "&lt;script&gt;&amp;");
    }
}
