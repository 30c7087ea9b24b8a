//! What the system knows of the server's process.

use std::fs;

use anyhow::Context as _;

/// Bytes of memory that a process has resident.
pub(crate) fn resident_bytes(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|it| it.trim().strip_suffix("kB")).map(str::trim);
    let kilobytes: u64 = kilobytes.with_context(|| format!("{path} tells no VmRSS"))?.parse()?;
    Ok(kilobytes.saturating_mul(1024))
}

/// Milliseconds of processor time that a process has used, to a hundredth of a second.
pub(crate) fn processor_ms(pid: u32) -> anyhow::Result<u64> {
    let path = format!("/proc/{pid}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    // The second field is the program's name, which may hold anything; 14 and 15 are ticks in and outside of it.
    let (_, behind_name) = stat.rsplit_once(')').with_context(|| format!("{path} has another form"))?;
    let ticks = behind_name.split_whitespace().skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.sum::<Result<_, _>>()?;
    // Linux counts hundredths of a second for programs, whatever it uses itself.
    Ok(ticks.saturating_mul(10))
}
