//! The package on a machine that has nothing else: a fresh Debian in a folder, where it is installed with its
//! dependencies, started and driven to its first screen.
//!
//! Where folders cannot be mounted (an unprivileged container), the package is unpacked instead, and every library that
//! it links to must belong to a Debian package that it names. The record says which of the two was done.

use std::fs;
use std::path::{Path, PathBuf};

use color_eyre::eyre::{Result, WrapErr, bail};

use crate::house;
use crate::program::{answer, fresh_folder, is_there, program, run};

/// What the clean machine takes from this one while it runs.
const MOUNTED: &[&str] = &["proc", "dev", "dev/shm", "tmp"];

/// Installs the package and opens it.
///
/// # Errors
/// When it does not install, a library is missing, or the first screen does not come.
pub fn install_and_open(package: &Path) -> Result<()> {
    if !can_mount()? {
        println!(
            "Folders cannot be mounted here: the package is unpacked and its links are checked instead."
        );
        return unpacked(package);
    }
    let root = debian()?;
    let mounts = Mounts::over(&root)?;
    let inside = |arguments: &[&str]| {
        let mut command = program("chroot", [root.as_os_str()]);
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
        command
    };
    fs::copy(package, root.join("rustcare.deb"))?;
    run(&mut inside(&["apt-get", "install", "-q", "-y", "--no-install-recommends", "/rustcare.deb"]))?;
    // With its own dependencies alone: every library is found, and the command line answers.
    for name in ["rustcare-desktop", "rustcare", "rustcare-decode-helper", "rustcare-verify"] {
        let links = answer(&mut inside(&["ldd", &format!("/usr/lib/rustcare/{name}")]))?;
        if links.contains("not found") {
            bail!("{name} misses a library:\n{links}");
        }
    }
    run(&mut inside(&["rustcare", "--version"]))?;
    for file in
        ["usr/share/applications/rustcare.desktop", "usr/share/icons/hicolor/128x128/apps/rustcare.png"]
    {
        if !root.join(file).is_file() {
            bail!("{file} was not installed");
        }
    }
    // Only now what drives it.
    run(&mut inside(&[
        "apt-get",
        "install",
        "-q",
        "-y",
        "--no-install-recommends",
        "xvfb",
        "webkit2gtk-driver",
    ]))?;
    fs::copy(house::tools().join("bin/tauri-driver"), root.join("usr/local/bin/tauri-driver")).or_else(
        |_| {
            which("tauri-driver")
                .and_then(|path| Ok(fs::copy(path, root.join("usr/local/bin/tauri-driver"))?))
        },
    )?;
    let walk = ["run", "--quiet", "--locked", "--package", "rustcare-tests", "--bin", "rustcare-walk", "--"];
    run(program("cargo", walk).arg("--first-screen").arg("--root").arg(&root))?;
    drop(mounts);
    Ok(())
}

fn which(name: &str) -> Result<PathBuf> {
    Ok(PathBuf::from(answer(&mut program("which", [name]))?.trim()))
}

/// A fresh Debian with nothing but its core, kept packed between runs.
fn debian() -> Result<PathBuf> {
    let folder = house::target().join("clean-root");
    let root = folder.join("root");
    let packed = folder.join("debian.tar");
    fresh_folder_unless_mounted(&root)?;
    if packed.is_file() {
        run(program("tar", ["--extract", "--numeric-owner", "--file"])
            .arg(&packed)
            .arg("--directory")
            .arg(&root))?;
        return Ok(root);
    }
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let suite =
        release.lines().find_map(|l| l.strip_prefix("VERSION_CODENAME=")).unwrap_or("bookworm").to_owned();
    run(program("debootstrap", ["--variant=minbase"]).arg(&suite).arg(&root).arg(mirror()))?;
    // The machine's own ways to its mirrors.
    let _ = fs::copy("/etc/resolv.conf", root.join("etc/resolv.conf"));
    for (path, text) in files_below("/etc/apt/apt.conf.d") {
        if text.contains("Acquire::") && !text.contains("DPkg::") && !text.contains("IndexTargets") {
            fs::copy(&path, root.join("etc/apt/apt.conf.d").join(path.file_name().unwrap_or_default()))?;
        }
    }
    run(program("tar", ["--create", "--numeric-owner", "--file"])
        .arg(&packed)
        .arg("--directory")
        .arg(&root)
        .arg("."))?;
    Ok(root)
}

/// The mirror that this machine installs from.
fn mirror() -> String {
    let lists = ["/etc/apt/sources.list.d", "/etc/apt"].into_iter().flat_map(files_below);
    let texts: Vec<String> = lists.map(|(_, text)| text).collect();
    let named = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.trim_start().starts_with('#'));
    let mut mirrors = named.flat_map(str::split_whitespace).filter(|word| word.starts_with("http"));
    mirrors
        .find(|word| word.contains("debian") && !word.contains("security"))
        .unwrap_or("http://deb.debian.org/debian")
        .to_owned()
}

/// The readable text files in a folder.
fn files_below(folder: &str) -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter_map(|path| fs::read_to_string(&path).ok().map(|text| (path, text))).collect()
}

/// Never empties a folder through which another is still reachable.
fn fresh_folder_unless_mounted(root: &Path) -> Result<()> {
    let mounted = fs::read_to_string("/proc/self/mounts")?;
    for place in MOUNTED.iter().rev() {
        let place = root.join(place);
        if mounted.lines().any(|l| l.split(' ').nth(1).is_some_and(|p| Path::new(p) == place)) {
            run(program("umount", ["--lazy"]).arg(&place))?;
        }
    }
    let mounted = fs::read_to_string("/proc/self/mounts")?;
    if mounted.lines().any(|l| l.split(' ').nth(1).is_some_and(|p| Path::new(p).starts_with(root))) {
        bail!("something is still mounted below {}", root.display());
    }
    fresh_folder(root)
}

/// Folders of this machine seen inside the other; gone when dropped.
struct Mounts {
    places: Vec<PathBuf>,
}

impl Mounts {
    fn over(root: &Path) -> Result<Self> {
        let mut mounts = Self { places: Vec::new() };
        for name in MOUNTED {
            let place = root.join(name);
            fs::create_dir_all(&place)?;
            run(program("mount", ["--bind"]).arg(Path::new("/").join(name)).arg(&place))?;
            mounts.places.push(place);
        }
        Ok(mounts)
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        for place in self.places.iter().rev() {
            let _ = run(program("umount", ["--lazy"]).arg(place));
        }
    }
}

fn can_mount() -> Result<bool> {
    if answer(&mut program("id", ["-u"]))?.trim() != "0" || !is_there("debootstrap", &["--version"]) {
        return Ok(false);
    }
    let probe = house::target().join("clean-root/probe");
    fs::create_dir_all(&probe)?;
    let probe = probe.to_string_lossy().into_owned();
    let mounted = is_there("mount", &["--bind", "/tmp", &probe]);
    if mounted {
        run(&mut program("umount", [&probe]))?;
    }
    Ok(mounted)
}

/// The package unpacked: the programs link to nothing that the machine and the named packages do not give.
fn unpacked(package: &Path) -> Result<()> {
    let folder = house::target().join("clean-root/unpacked");
    fresh_folder(&folder)?;
    run(program("dpkg-deb", ["--extract"]).arg(package).arg(&folder))?;
    let depends = answer(program("dpkg-deb", ["--field"]).arg(package).arg("Depends"))?;
    for name in ["rustcare-desktop", "rustcare", "rustcare-decode-helper", "rustcare-verify"] {
        let links = answer(
            program("ldd", [folder.join("usr/lib/rustcare").join(name)]).env_remove("LD_LIBRARY_PATH"),
        )?;
        if links.contains("not found") {
            bail!("{name} misses a library:\n{links}");
        }
    }
    for named in depends.split(',').filter_map(|d| d.split(['|', ' ']).find(|d| !d.is_empty())) {
        answer(&mut program("dpkg-query", ["-W", named]))
            .wrap_err_with(|| format!("{named} is named, but not known"))?;
    }
    let walk = ["run", "--quiet", "--locked", "--package", "rustcare-tests", "--bin", "rustcare-walk", "--"];
    run(program("cargo", walk)
        .arg("--first-screen")
        .env("RUSTCARE_DESKTOP", folder.join("usr/lib/rustcare/rustcare-desktop")))
}
