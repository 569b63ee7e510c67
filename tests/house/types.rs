//! What the window knows of the contract, `generated/*.ts` and the capability file, is as declared. The same test writes
//! both anew for `cargo xtask types`, so that the declarations are compiled once, with the other tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use rustcare_cohorts::breakdown::RULE;
use rustcare_cohorts::risk_factor;
use rustcare_patients::matching::fields::Field;
use rustcare_tests::project_root;
use rustcare_workstation::contract::{self, Access};
use rustcare_workstation::{Reason, Role};
use serde_json::json;

const ORIGIN: &str =
    "// Written by `cargo xtask types` from the declarations in src-tauri/crates/workstation/src/contract.\n";

/// When it is there, both are written and not compared.
const WRITE: &str = "RUSTCARE_WRITE_TYPES";

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

#[test]
fn the_window_is_told_what_is_declared() {
    let generated = project_root().join("ui/src/bridge/generated");
    let capability_file = project_root().join("src-tauri/capabilities/main.json");
    let made = tempfile::tempdir().unwrap();
    export(made.path()).unwrap();
    let (declared, capability) = (files(made.path()), capability().unwrap());
    if std::env::var_os(WRITE).is_some() {
        fs::remove_dir_all(&generated).unwrap();
        fs::create_dir_all(&generated).unwrap();
        for (name, text) in &declared {
            fs::write(generated.join(name), text).unwrap();
        }
        fs::write(&capability_file, &capability).unwrap();
    }
    let there = files(&generated);
    let names: BTreeSet<&String> = declared.keys().chain(there.keys()).collect();
    let mut drifted: Vec<&str> = names
        .into_iter()
        .filter(|name| declared.get(*name) != there.get(*name))
        .map(String::as_str)
        .collect();
    if fs::read_to_string(&capability_file).unwrap() != capability {
        drifted.push("capabilities/main.json");
    }
    assert!(drifted.is_empty(), "out of date: {}; run `cargo xtask types`", drifted.join(", "));
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let named = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    paths.iter().map(|path| (named(path), fs::read_to_string(path).unwrap())).collect()
}

/// Writes the declarations into an empty folder.
fn export(folder: &Path) -> Fallible<()> {
    let config = ts_rs::Config::new().with_out_dir(folder).with_large_int("number");
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
    <rustcare_imaging::FrameHeader as ts_rs::TS>::export_all(&config)?;
    fs::write(folder.join("core_words.ts"), core_words()?)?;
    let mut types: Vec<String> = Vec::new();
    for entry in fs::read_dir(folder)? {
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

fn use_cases(signatures: &BTreeMap<&str, (String, String)>, types: &[String]) -> Fallible<String> {
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
