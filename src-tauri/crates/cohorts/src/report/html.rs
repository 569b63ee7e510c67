//! A report as one HTML file that needs nothing else.

use std::fmt::Write;

use super::{Report, ReportBlock, ReportTable};
use crate::figure::escape;
use crate::text::TextBlock;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;color:#16202c;max-width:62rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.6rem}h2{font-size:1.2rem;margin-top:2rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #c3cad3;overflow-wrap:anywhere}td.n,th.n{\
text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:normal}th.part{padding-top:1rem}svg{max-width:100%;height:auto}\
.quiet{color:#4a5666}@media print{body{margin:0}}";

/// Writes a report.
#[must_use]
pub fn html(report: &Report) -> String {
    let title = escape(&report.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
         </head>\n<body>\n<h1>{title}</h1>\n",
        report.language.tag()
    );
    for block in &report.blocks {
        put(&mut out, block);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn put(out: &mut String, block: &ReportBlock) {
    // Writing to a text cannot fail.
    let _ = match block {
        ReportBlock::Heading(text) => writeln!(out, "<h2>{}</h2>", escape(text)),
        ReportBlock::Paragraph(text) => writeln!(out, "<p>{}</p>", escape(text)),
        ReportBlock::Remark(text) => writeln!(out, "<p class=\"quiet\">{}</p>", escape(text)),
        ReportBlock::Figure(drawing) => writeln!(out, "<figure>{}</figure>", drawing.svg()),
        ReportBlock::List(blocks) => {
            items(out, blocks);
            writeln!(out)
        }
        ReportBlock::Table(table) => {
            put_table(out, table);
            Ok(())
        }
    };
}

fn items(out: &mut String, blocks: &[TextBlock]) {
    if blocks.is_empty() {
        return;
    }
    out.push_str("<ul>");
    for block in blocks {
        let _ = write!(out, "<li>{}", escape(&block.text));
        items(out, &block.items);
        out.push_str("</li>");
    }
    out.push_str("</ul>");
}

fn put_table(out: &mut String, table: &ReportTable) {
    let class = |at: usize| {
        let is_number = table.columns.get(at).is_some_and(|column| column.is_number);
        if is_number { " class=\"n\"" } else { "" }
    };
    out.push_str("<table>\n");
    if table.has_heads() {
        out.push_str("<tr>");
        for (at, column) in table.columns.iter().enumerate() {
            let _ = write!(out, "<th{}>{}</th>", class(at), escape(&column.title));
        }
        out.push_str("</tr>\n");
    }
    for row in &table.rows {
        out.push_str("<tr>");
        for (at, cell) in row.cells.iter().enumerate() {
            let _ = match (row.is_title, at) {
                (true, 0) => write!(out, "<th class=\"part\">{}</th>", escape(cell)),
                _ => write!(out, "<td{}>{}</td>", class(at), escape(cell)),
            };
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</table>\n");
}
