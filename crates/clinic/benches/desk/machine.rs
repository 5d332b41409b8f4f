//! What the figures were measured on.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::Outcome;
use crate::measure::{Times, shown};

/// Prints processor, memory, kernel, load and the disk under `folder`.
pub fn print(folder: &Path) -> Outcome<()> {
    println!("## Machine\n");
    println!("- processor: {}, {} cores", field("/proc/cpuinfo", "model name")?, std::thread::available_parallelism()?);
    println!("- memory: {}", field("/proc/meminfo", "MemTotal")?);
    println!("- kernel: Linux {}", fs::read_to_string("/proc/sys/kernel/osrelease")?.trim());
    println!("- disk: {}", mount_of(folder)?);
    println!("- one page written and synced there: {}", synced_write(folder)?);
    println!("- load over the last minute, before: {}", load()?);
    Ok(())
}

/// Runnable tasks on average over the last minute.
pub fn load() -> Outcome<String> {
    let all = fs::read_to_string("/proc/loadavg")?;
    Ok(all.split_whitespace().next().unwrap_or_default().to_owned())
}

fn field(path: &str, name: &str) -> Outcome<String> {
    let text = fs::read_to_string(path)?;
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.split_once(':'));
    Ok(value.map_or_else(|| "unknown".to_owned(), |(_, value)| value.trim().to_owned()))
}

/// Device, file system and its options.
fn mount_of(folder: &Path) -> Outcome<String> {
    let folder = folder.canonicalize()?;
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let nearest = mounts
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|cells| cells.len() > 3 && folder.starts_with(cells[1]))
        .max_by_key(|cells| cells[1].len());
    Ok(nearest.map_or_else(|| "unknown".to_owned(), |cells| format!("{} on {} ({})", cells[2], cells[0], cells[3])))
}

fn synced_write(folder: &Path) -> Outcome<String> {
    const TIMES: u32 = 300;
    let path = folder.join("synced-write");
    let mut file = File::create(&path)?;
    let mut times = Times::new();
    for _ in 0..TIMES {
        let from = std::time::Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.record(from.elapsed());
    }
    fs::remove_file(&path)?;
    Ok(format!("p50 {}, p99 {}", shown(times.p50()), shown(times.p99())))
}
