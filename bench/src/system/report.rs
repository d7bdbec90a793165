//! The tables at the end of a run.

use super::{scenario::Scenario, series::Findings};
use crate::{
    measurement::Measurement,
    table::{Table, milliseconds, rate},
    usage::{Usage, mebibytes},
};

#[must_use]
pub fn render(all: &[Findings]) -> String {
    let mut parts = vec![results(all).render()];
    if let [ours, peer] = all {
        parts.push(ratios(ours, peer).render());
    }
    parts.extend([cpu(all).render(), memory(all).render()]);
    format!("\n{}", parts.join("\n"))
}

fn results(all: &[Findings]) -> Table {
    let mut table = Table::new([
        "scenario",
        "system",
        "a second",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU µs each",
        "errors",
    ]);
    for scenario in Scenario::ALL {
        for (findings, run) in of(all, scenario) {
            let time = &run.latencies;
            table.row([
                scenario.name().to_owned(),
                findings.name.to_owned(),
                rate(run.per_second()),
                milliseconds(time.quantile(0.5)),
                milliseconds(time.quantile(0.99)),
                milliseconds(time.longest()),
                rate(cpu_each(run)),
                run.errors(),
            ]);
        }
    }
    table
}

/// Over one is better for rates, under one for the others.
fn ratios(ours: &Findings, peer: &Findings) -> Table {
    let mut table = Table::new([
        "Switchboard ÷ peer",
        "rate",
        "p50",
        "p99",
        "CPU each",
        "peak memory",
    ]);
    for (scenario, run) in &ours.medians {
        let theirs = peer.medians.iter().find(|(other, _)| other == scenario);
        let Some((_, other)) = theirs else {
            continue;
        };
        let figures = [
            (run.per_second(), other.per_second()),
            (seconds(run, 0.5), seconds(other, 0.5)),
            (seconds(run, 0.99), seconds(other, 0.99)),
            (cpu_each(run), cpu_each(other)),
            (peak(run), peak(other)),
        ];
        let cells = figures.map(|(ours, theirs)| format!("{:.2}", ours / theirs));
        table.row([scenario.name().to_owned()].into_iter().chain(cells));
    }
    table
}

fn cpu(all: &[Findings]) -> Table {
    let mut table = by_process("CPU s", &[]);
    for (findings, process, _) in processes(all) {
        let cells = Scenario::ALL.map(|scenario| {
            let usage = usage(findings, scenario, process)?;
            Some(format!("{:.2}", usage.cpu.as_secs_f64()))
        });
        row(&mut table, findings, process, cells);
    }
    table
}

/// Before the first run, and at most in each run.
fn memory(all: &[Findings]) -> Table {
    let shown = |bytes| Some(format!("{:.1}", mebibytes(bytes)));
    let mut table = by_process("resident MiB", &["idle"]);
    for (findings, process, idle) in processes(all) {
        let peaks = Scenario::ALL.map(|scenario| shown(usage(findings, scenario, process)?.peak));
        row(
            &mut table,
            findings,
            process,
            [shown(idle)].into_iter().chain(peaks),
        );
    }
    table
}

fn by_process(title: &str, more: &[&str]) -> Table {
    let scenarios = Scenario::ALL.map(Scenario::name);
    Table::new([title].iter().chain(more).chain(&scenarios).copied())
}

/// Every process with what it held before the first run.
fn processes(all: &[Findings]) -> impl Iterator<Item = (&Findings, &str, u64)> {
    all.iter().flat_map(|findings| {
        let each = findings.idle.iter();
        each.map(move |(process, idle)| (findings, process.as_str(), *idle))
    })
}

fn usage<'a>(findings: &'a Findings, scenario: Scenario, process: &str) -> Option<&'a Usage> {
    let (_, run) = findings
        .medians
        .iter()
        .find(|(other, _)| *other == scenario)?;
    run.usage.iter().find(|usage| usage.name == process)
}

fn row(
    table: &mut Table,
    findings: &Findings,
    process: &str,
    cells: impl IntoIterator<Item = Option<String>>,
) {
    let name = format!("{}: {process}", findings.name);
    table.row(
        [name]
            .into_iter()
            .chain(cells.into_iter().map(Option::unwrap_or_default)),
    );
}

fn of(all: &[Findings], scenario: Scenario) -> impl Iterator<Item = (&Findings, &Measurement)> {
    all.iter().flat_map(move |findings| {
        let runs = findings.medians.iter();
        runs.filter(move |(other, _)| *other == scenario)
            .map(move |(_, run)| (findings, run))
    })
}

fn seconds(run: &Measurement, share: f64) -> f64 {
    run.latencies.quantile(share).as_secs_f64()
}

/// Processor time of the whole system for each success, in microseconds.
fn cpu_each(run: &Measurement) -> f64 {
    run.cpu().as_secs_f64() * 1e6 / run.latencies.count().max(1) as f64
}

/// Of the whole system, in bytes.
fn peak(run: &Measurement) -> f64 {
    run.usage.iter().map(|usage| usage.peak).sum::<u64>() as f64
}
