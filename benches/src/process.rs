//! What the system knows of this process. Zero where there is no `/proc`.

fn status_kib(key: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    let number = line.and_then(|rest| rest.trim_start_matches(':').split_whitespace().next());
    number.and_then(|number| number.parse().ok()).unwrap_or(0.0)
}

pub(crate) fn rss_now_mib() -> f64 {
    status_kib("VmRSS") / 1024.0
}

pub(crate) fn rss_now_bytes() -> f64 {
    status_kib("VmRSS") * 1024.0
}

pub(crate) fn rss_peak_mib() -> f64 {
    status_kib("VmHWM") / 1024.0
}

/// User and system time so far, in seconds.
pub(crate) fn cpu_s() -> f64 {
    // Ticks are a hundredth of a second on every Linux that Rust runs on.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = after_name.split_whitespace().skip(11).take(2);
    ticks
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum::<f64>()
        / 100.0
}
