//! Writes what the window knows of the contract into a folder: `generated/*.ts` and the capability file `main.json`.
//! Called by `cargo xtask types`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use rustcare_cohorts::breakdown::RULE;
use rustcare_cohorts::risk_factor;
use rustcare_imaging::FrameHeader;
use rustcare_patients::matching::fields::Field;
use rustcare_workstation::contract::{self, Access};
use rustcare_workstation::{Reason, Role};
use serde_json::json;

const ORIGIN: &str =
    "// Written by `cargo xtask types` from the declarations in src-tauri/crates/workstation/src/contract.\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let to = std::env::args_os().nth(1).ok_or("say where to write")?;
    let to = Path::new(&to);
    let folder = to.join("generated");
    fs::create_dir_all(&folder)?;
    let config = ts_rs::Config::new().with_out_dir(&folder).with_large_int("number");
    let mut signatures = Vec::new();
    for room in [
        contract::access::typescript,
        contract::patients::typescript,
        contract::duplicates::typescript,
        contract::exchange::typescript,
        contract::handing_out::typescript,
        contract::messages::typescript,
        contract::documents::typescript,
        contract::paper::typescript,
        contract::cohorts::typescript,
        contract::cohort_definitions::typescript,
        contract::cohort_review::typescript,
        contract::data_sets::typescript,
        contract::cohort_patients::typescript,
        contract::elsewhere::typescript,
        contract::imaging::typescript,
        contract::admin::typescript,
    ] {
        signatures.extend(room(&config)?);
    }
    let signatures: BTreeMap<_, _> =
        signatures.into_iter().map(|(name, input, output)| (name, (input, output))).collect();

    // It stands before the pixels of `image_frame`, whose answer is bytes and has no declaration.
    <FrameHeader as ts_rs::TS>::export_all(&config)?;
    fs::write(folder.join("core_words.ts"), core_words()?)?;
    let mut types: Vec<String> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        types.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    }
    types.sort();
    fs::write(folder.join("use_cases.ts"), use_cases(&signatures, &types)?)?;
    let mut index = ORIGIN.to_owned();
    for name in types.iter().map(String::as_str).chain(["use_cases"]) {
        writeln!(index, "export * from './{name}';")?;
    }
    fs::write(folder.join("index.ts"), index)?;
    fs::write(to.join("main.json"), capability()?)?;
    Ok(())
}

/// The core's English words that have a stable name: the window's English catalogue is made of them, and its other
/// catalogues have exactly their names.
fn core_words() -> Result<String, std::fmt::Error> {
    let mut text = ORIGIN.to_owned();
    text.push_str("\n/** The sentences of `Reason`, with the places of their values in braces. */\nexport const reasonSentences = {\n");
    for reason in Reason::ALL {
        writeln!(text, "  {}: {},", reason.name(), json!(reason.template()))?;
    }
    text.push_str("} as const;\n\n/** The risk factors of a breakdown by their keys. */\nexport const riskFactorTitles = {\n");
    for factor in risk_factor::all() {
        writeln!(text, "  {}: {},", factor.key, json!(factor.title))?;
    }
    text.push_str(
        "} as const;\n\n/** The comparisons of the matcher by their names. */\nexport const matchParts = {\n",
    );
    for field in Field::ALL {
        writeln!(text, "  {}: {},", field.name(), json!(field.label()))?;
    }
    text.push_str("} as const;\n\n/** What the matcher finds of two values, by its name. */\nexport const matchFindings = {\n");
    let levels = Field::ALL.into_iter().flat_map(Field::levels);
    let findings: BTreeMap<String, &str> = levels.map(|l| (Field::finding(l.meaning), l.meaning)).collect();
    for (name, meaning) in findings {
        writeln!(text, "  {name}: {},", json!(meaning))?;
    }
    writeln!(
        text,
        "}} as const;\n\n/** How a breakdown chooses the primary diagnosis. */\nexport const breakdownRule = {};",
        json!(RULE)
    )?;
    Ok(text)
}

fn use_cases(
    signatures: &BTreeMap<&str, (String, String)>,
    types: &[String],
) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = ORIGIN.to_owned();
    let named = signatures.values().flat_map(|(input, output)| [input, output]);
    let mut imported: Vec<&String> = named.filter(|name| types.contains(name)).collect();
    imported.sort();
    imported.dedup();
    for name in imported {
        writeln!(text, "import type {{ {name} }} from './{name}';")?;
    }
    text.push_str(
        "\n/** Every use case with what goes in and what comes out. */\nexport interface UseCases {\n",
    );
    for case in contract::all() {
        let (input, output) = signatures.get(case.name).ok_or("a use case without a signature")?;
        writeln!(
            text,
            "  /** {} */\n  {}: {{ input: {input}; output: {} }};",
            case.title,
            case.name,
            output_of(output)
        )?;
    }
    text.push_str("}\n\nexport type UseCaseName = keyof UseCases;\n\n");
    text.push_str("/** What is known of a use case without calling it. */\nexport const useCases = {\n");
    for case in contract::all() {
        let access = match case.access {
            Access::Anyone => json!("anyone"),
            Access::AnyStaff => json!("any_staff"),
            Access::Roles(roles) => json!(roles.iter().map(|role| Role::as_str(*role)).collect::<Vec<_>>()),
        };
        writeln!(
            text,
            "  {}: {{ room: {}, title: {}, access: {access}, stale: {} }},",
            case.name,
            json!(case.room),
            json!(case.title),
            json!(case.stale)
        )?;
    }
    text.push_str("} as const;\n\n/** A kind of content that screens show and use cases change. */\n");
    text.push_str("export type Topic = (typeof useCases)[UseCaseName]['stale'][number];\n");
    Ok(text)
}

/// Bytes are an array buffer in the window and need no declaration of their own.
fn output_of(name: &str) -> &str {
    if name == "Bytes" { "ArrayBuffer" } else { name }
}

fn capability() -> Result<String, serde_json::Error> {
    let mut names: Vec<_> = contract::all().map(|case| case.name).collect();
    names.sort_unstable();
    let permissions: Vec<String> =
        names.iter().map(|name| format!("allow-{}", name.replace('_', "-"))).collect();
    let capability = json!({
        "$schema": "../gen/schemas/desktop-schema.json",
        "identifier": "main",
        "description": "What the one window may call: the declared use cases and nothing else. Written by `cargo xtask types`.",
        "windows": ["main"],
        "permissions": permissions,
    });
    Ok(serde_json::to_string_pretty(&capability)? + "\n")
}
