//! The same by replicating documents: PouchDB, from a source over HTTP on the
//! loopback interface into a database of its own. `scripts/bench` says where
//! it is installed; without it, it is left out.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use chairside_sync::body::AppointmentRow;
use serde::Deserialize;
use serde_json::json;

use crate::Outcome;
use crate::catching_up::{CaughtUp, Records};
use crate::kept;
use crate::merging::name;

/// The folder with `replicate.mjs` and the packages it wants.
const INSTALLED: &str = "CHAIRSIDE_BENCH_POUCHDB";

/// What the script tells.
#[derive(Deserialize)]
struct Replicated {
    bytes: usize,
    messages: usize,
    cold_ms: f64,
}

/// Replicates, where PouchDB is installed.
pub fn measure(records: &Records) -> Outcome<Option<CaughtUp>> {
    let Some(installed) = std::env::var_os(INSTALLED).map(PathBuf::from) else { return Ok(None) };
    let folder = kept::cache().join("pouchdb");
    fs::create_dir_all(&folder)?;
    write(&folder.join("before.ndjson"), &records.before)?;
    write(&folder.join("changed.ndjson"), &records.changed)?;
    let told = Command::new("node")
        .arg("--max-old-space-size=4096")
        .arg(installed.join("replicate.mjs"))
        .arg(&folder)
        .stderr(Stdio::inherit())
        .output()?;
    fs::remove_dir_all(folder)?;
    if !told.status.success() {
        return Err(format!("PouchDB: {}", told.status).into());
    }
    let told: Replicated = serde_json::from_slice(&told.stdout)?;
    let cold = Some(Duration::from_secs_f64(told.cold_ms / 1e3));
    Ok(Some(CaughtUp { bytes: told.bytes, messages: told.messages, cold }))
}

fn write(path: &Path, rows: &[AppointmentRow]) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for row in rows {
        let document = json!({
            "_id": name(row.id),
            "version": row.version,
            "practitioner": name(row.practitioner),
            "kind": name(row.kind),
            "status": row.status,
            "day": row.day,
            "local_s": row.local_s,
            "zone": row.zone,
            "start_s": row.start_s,
            "end_s": row.end_s,
            "patient": name(row.patient),
        });
        writeln!(file, "{document}")?;
    }
    file.flush()?;
    Ok(())
}
