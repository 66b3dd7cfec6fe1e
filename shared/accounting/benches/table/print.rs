//! The table, in Markdown.

use crate::child::Row;
use crate::duck::Duck;
use crate::threads::Took;

/// Prints the machine, what each time holds, and a line for each work.
pub fn table(rows: &[Row], duck: Option<&Duck>) {
    println!("{}\n", machine());
    let title = duck.map_or("DuckDB: not found".to_owned(), |duck| {
        format!("DuckDB {}, {} threads", duck.version, duck.threads)
    });
    println!("| work | what | 1 thread | 2 threads | {title} | ratio | peak memory | checked |");
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let answer = duck.and_then(|duck| duck.does(&row.work, &row.checked));
        let none = if ["W1", "W1F", "W2"].contains(&row.work.as_str()) {
            "not run"
        } else {
            "none does this"
        };
        let (theirs, ratio, memory) = match answer {
            Some(answer) => (
                both(answer.took),
                row.two_threads.map_or(String::new(), |two| {
                    format!("{:.1}, CPU {:.1}", answer.took.wall / two.wall, answer.took.cpu / two.cpu)
                }),
                format!("{} MB, DuckDB {} MB", row.peak_mb, answer.peak_mb),
            ),
            None => (none.to_owned(), String::new(), format!("{} MB", row.peak_mb)),
        };
        let one = row.one_thread.map_or(String::new(), both);
        let two = row.two_threads.map_or(String::new(), both);
        println!(
            "| {} | {} | {one} | {two} | {theirs} | {ratio} | {memory} | {} |",
            row.work, row.what, row.checked
        );
    }
    println!("{NOTES}");
}

const NOTES: &str = "
Times are the least of several runs, CPU times their mean. W1 and W2 begin with contracts (W2: events and posted lines) in memory, DuckDB's with its tables in memory; W1F
reads the generator's file on both sides. W2 of DuckDB is the same difference, its lines, their sums and the balances, from the bare
schedule: no events, no journals with reasons, no checks. Ratio: DuckDB's time over ours with two threads,
by the clock and by CPU time. Peak memory is that of a process that
does this work alone, input and what was posted before included; W1 and W1F share one. Checked: W1 rows, total, 2026-06; W2 journal lines' parts, contract liability,
revenue of 2026-06, all in minor units.";

fn both(took: Took) -> String {
    format!("{}, CPU {}", seconds(took.wall), seconds(took.cpu))
}

fn seconds(seconds: f64) -> String {
    if seconds < 1.0 {
        format!("{:.1} ms", seconds * 1_000.0)
    } else {
        format!("{seconds:.2} s")
    }
}

/// Processor, number of cores and load.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let field = |name: &str| {
        processors
            .lines()
            .find(|line| line.starts_with(name))
            .and_then(|line| line.split(": ").nth(1))
            .unwrap_or("?")
            .to_owned()
    };
    let load = read("/proc/loadavg");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (model, family, number) = (field("model name"), field("cpu family"), field("model\t"));
    format!(
        "{model} (family {family}, model {number}), {cores} cores; load before: {}",
        load.split(' ').next().unwrap_or("?")
    )
}
