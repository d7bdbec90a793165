use super::Findings;
use crate::{
    measurement::Measurement,
    table::{Table, milliseconds, rate},
};

/// What was found, and the ratios if there were two.
#[must_use]
pub fn render(all: &[Findings]) -> String {
    let mut parts = vec![results(all).render()];
    if let [ours, peer] = all {
        parts.push(ratios(ours, peer).render());
    }
    parts.join("\n")
}

fn results(all: &[Findings]) -> Table {
    let mut table = Table::new([
        "step",
        "system",
        "a second",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU ms each",
        "errors",
    ]);
    for findings in all {
        for (step, run) in &findings.runs {
            let time = &run.latencies;
            table.row([
                step.name().to_owned(),
                findings.name.to_owned(),
                rate(run.per_second()),
                milliseconds(time.quantile(0.5)),
                milliseconds(time.quantile(0.99)),
                milliseconds(time.longest()),
                rate(cpu_each(run) * 1e3),
                run.errors(),
            ]);
        }
    }
    table
}

/// Over one is better for the rate, under one for the others.
fn ratios(ours: &Findings, peer: &Findings) -> Table {
    let mut table = Table::new(["Switchboard ÷ peer", "rate", "p50", "p99", "CPU each"]);
    for ((step, run), (_, other)) in ours.runs.iter().zip(&peer.runs) {
        let figures = [
            (run.per_second(), other.per_second()),
            (seconds(run, 0.5), seconds(other, 0.5)),
            (seconds(run, 0.99), seconds(other, 0.99)),
            (cpu_each(run), cpu_each(other)),
        ];
        let cells = figures.map(|(ours, theirs)| format!("{:.3}", ours / theirs));
        table.row([step.name().to_owned()].into_iter().chain(cells));
    }
    table
}

fn seconds(run: &Measurement, share: f64) -> f64 {
    run.latencies.quantile(share).as_secs_f64()
}

/// Seconds of processor time for each success.
fn cpu_each(run: &Measurement) -> f64 {
    run.cpu().as_secs_f64() / run.latencies.count().max(1) as f64
}
