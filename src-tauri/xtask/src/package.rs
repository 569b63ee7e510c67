//! The Debian package: a folder as it will lie on the machine, packed by Debian's own tool.
//!
//! All programs lie together in `/usr/lib/rustcare`, so that each finds the decode helper beside itself.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr};
use serde_json::{Value, json};

use crate::house;
use crate::program::{answer, fresh_folder, program, run};

const PROGRAMS: &[&str] = &["rustcare-desktop", "rustcare", "rustcare-decode-helper", "rustcare-verify"];
/// Those that a person starts.
const ON_THE_PATH: &[&str] = &["rustcare-desktop", "rustcare", "rustcare-verify"];

/// What the programs link to; the test on a clean machine proves that nothing is missing.
const DEPENDS: &str =
    "libc6, libgcc-s1, libgtk-3-0 | libgtk-3-0t64, libssl3 | libssl3t64, libwebkit2gtk-4.1-0";

/// Makes the package from the release build and says where it lies.
///
/// # Errors
/// When a built program is missing, or the packing fails.
pub fn make() -> Result<PathBuf> {
    let folder = house::target().join("package");
    let tree = folder.join("tree");
    fresh_folder(&tree)?;
    let architecture = answer(&mut program("dpkg", ["--print-architecture"]))?.trim().to_owned();

    for name in PROGRAMS {
        put(&house::built(name), &tree.join("usr/lib/rustcare").join(name), 0o755)?;
    }
    fs::create_dir_all(tree.join("usr/bin"))?;
    for name in ON_THE_PATH {
        symlink(format!("../lib/rustcare/{name}"), tree.join("usr/bin").join(name))?;
    }
    let root = house::root();
    put(
        &root.join("src-tauri/packaging/rustcare.desktop"),
        &tree.join("usr/share/applications/rustcare.desktop"),
        0o644,
    )?;
    for (icon, size) in [
        ("32x32.png", "32x32"),
        ("128x128.png", "128x128"),
        ("128x128@2x.png", "256x256"),
        ("icon.png", "512x512"),
    ] {
        let place = format!("usr/share/icons/hicolor/{size}/apps/rustcare.png");
        put(&root.join("icons").join(icon), &tree.join(place), 0o644)?;
    }
    put(
        &root.join("icons/rustcare.svg"),
        &tree.join("usr/share/icons/hicolor/scalable/apps/rustcare.svg"),
        0o644,
    )?;
    let papers = tree.join("usr/share/doc/rustcare");
    put(&root.join("LICENSE"), &papers.join("copyright"), 0o644)?;
    // The fonts that papers are set in are part of the programs; their licence goes with them.
    let fonts = root.join("src-tauri/crates/paper/data/DejaVu-copyright.txt");
    put(&fonts, &papers.join("DejaVu-copyright.txt"), 0o644)?;
    let codes = root.join("src-tauri/crates/cohorts/data/LICENSE.simple_icd_10_cm");
    put(&codes, &papers.join("ICD-10-CM-table-copyright.txt"), 0o644)?;
    let units = root.join("src-tauri/crates/cohorts/data/LICENSE.ucum.md");
    put(&units, &papers.join("UCUM-copyright.txt"), 0o644)?;
    let phenotypes = root.join("src-tauri/crates/cohorts/data/LICENSE.phenotype_library");
    put(&phenotypes, &papers.join("OHDSI-PhenotypeLibrary-copyright.txt"), 0o644)?;
    put(&root.join("SECURITY.md"), &papers.join("SECURITY.md"), 0o644)?;
    fs::write(papers.join("sbom.cdx.json"), serde_json::to_string_pretty(&bill_of_materials()?)?)?;

    fs::create_dir_all(tree.join("DEBIAN"))?;
    fs::write(tree.join("DEBIAN/control"), control(&architecture, size_in_kilobytes(&tree)?))?;
    let package = folder.join(format!("rustcare_{}_{architecture}.deb", house::VERSION));
    run(program("dpkg-deb", ["--build", "--root-owner-group", "-Zxz"]).arg(&tree).arg(&package))?;
    let bytes = fs::metadata(&package)?.len();
    println!("{}: {:.1} MB", package.display(), bytes as f64 / 1e6);
    Ok(package)
}

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).wrap_err_with(|| format!("{} is missing", from.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn control(architecture: &str, kilobytes: u64) -> String {
    format!(
        "Package: rustcare\nVersion: {}\nArchitecture: {architecture}\nMaintainer: RustCare <rustcare@localhost>\n\
         Installed-Size: {kilobytes}\nDepends: {DEPENDS}\nRecommends: cups-client\nSection: science\nPriority: optional\n\
         Description: clinic workstation that needs no server\n \
         Registers and finds patients, brings in FHIR bundles and DICOM images, and breaks\n \
         the clinic's population down, all on this machine and in one encrypted vault.\n",
        house::VERSION
    )
}

fn size_in_kilobytes(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        bytes +=
            if kind.is_dir() { 1024 * size_in_kilobytes(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes.div_ceil(1024))
}

/// Every Rust crate in the programs and every package in the window, with version and licence, as CycloneDX 1.5.
fn bill_of_materials() -> Result<Value> {
    let metadata = ["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform"];
    let host = answer(&mut program("rustc", ["--print", "host-tuple"]))?;
    let metadata: Value = serde_json::from_str(&answer(program("cargo", metadata).arg(host.trim()))?)?;
    let component = |name: &str, version: &str, kind: &str, licence: Option<&str>| {
        let mut component = json!({
            "type": "library",
            "name": name,
            "version": version,
            "purl": format!("pkg:{kind}/{}@{version}", name.replace('@', "%40")),
        });
        if let Some(licence) = licence {
            component["licenses"] = json!([{ "expression": licence.replace('/', " OR ") }]);
        }
        component
    };
    let shipped = reached_by_programs(&metadata);
    let mut components: Vec<Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|package| {
            package["source"].is_string() && package["id"].as_str().is_some_and(|id| shipped.contains(&id))
        })
        .filter_map(|p| {
            Some(component(p["name"].as_str()?, p["version"].as_str()?, "cargo", p["license"].as_str()))
        })
        .collect();
    let lock: Value = serde_json::from_slice(&fs::read(house::ui().join("package-lock.json"))?)?;
    for (place, package) in lock["packages"].as_object().into_iter().flatten() {
        let name = place.rsplit("node_modules/").next().unwrap_or_default();
        let ships = !place.is_empty() && (package["dev"] != true || name == "svelte");
        if let (true, Some(version)) = (ships, package["version"].as_str()) {
            components.push(component(name, version, "npm", package["license"].as_str()));
        }
    }
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": { "type": "application", "name": "rustcare", "version": house::VERSION } },
        "components": components,
    }))
}

/// Ids of the packages that the shipped programs reach through normal dependencies.
fn reached_by_programs(metadata: &Value) -> Vec<&str> {
    let nodes = metadata["resolve"]["nodes"].as_array();
    let mut waiting: Vec<&str> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|p| p["name"].as_str().is_some_and(|name| crate::building::SHIPPED.contains(&name)))
        .filter_map(|p| p["id"].as_str())
        .collect();
    let mut reached: Vec<&str> = Vec::new();
    while let Some(id) = waiting.pop() {
        if reached.contains(&id) {
            continue;
        }
        reached.push(id);
        let node = nodes.into_iter().flatten().find(|node| node["id"] == id);
        for dependency in node.and_then(|n| n["deps"].as_array()).into_iter().flatten() {
            let kinds = dependency["dep_kinds"].as_array();
            if kinds.into_iter().flatten().any(|kind| kind["kind"].is_null()) {
                waiting.extend(dependency["pkg"].as_str());
            }
        }
    }
    reached
}
