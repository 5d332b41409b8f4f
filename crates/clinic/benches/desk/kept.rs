//! Stores that were made for a benchmark and are kept for the next run.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// Where the stores of past runs lie.
pub fn cache() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache/chairside/bench");
    std::env::var_os("CHAIRSIDE_BENCH_DIR").map_or_else(home, PathBuf::from)
}

/// The folder of this name for the present schema: as kept, or made now.
/// `make` writes into a folder that takes its name once it is whole.
pub async fn kept(name: &str, make: impl AsyncFnOnce(&Path) -> Outcome<()>) -> Outcome<PathBuf> {
    let folder = cache().join(format!("{}-{name}", schema()?));
    if folder.exists() {
        return Ok(folder);
    }
    let half = folder.with_extension("half");
    if half.exists() {
        fs::remove_dir_all(&half)?;
    }
    fs::create_dir_all(cache())?;
    eprintln!("making {} (kept for the next run)", folder.display());
    let from = std::time::Instant::now();
    make(&half).await?;
    fs::rename(&half, &folder)?;
    eprintln!("made in {:.0} s", from.elapsed().as_secs_f64());
    Ok(folder)
}

/// A copy of a closed store, to write to. It is on the disk when this ends: what
/// the disk still had to write would be measured with whatever comes next.
pub fn copy(of: &Path, name: &str) -> Outcome<PathBuf> {
    let folder = cache().join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for file in fs::read_dir(of)? {
        let file = file?;
        let copied = folder.join(file.file_name());
        fs::copy(file.path(), &copied)?;
        fs::OpenOptions::new().write(true).open(copied)?.sync_all()?;
    }
    Ok(folder)
}

/// What stands for the schema: a store made before a migration is made anew.
fn schema() -> Outcome<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|file| file.map(|file| file.path())).collect::<Result<_, _>>()?;
    files.sort();
    let mut hash = blake3::Hasher::new();
    for file in files {
        hash.update(&fs::read(file)?);
    }
    Ok(hash.finalize().to_hex()[..12].to_owned())
}
