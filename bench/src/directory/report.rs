use super::{Finding, sizes::Size};
use crate::{
    measurement::Measurement,
    table::{Table, milliseconds, rate},
    usage::mebibytes,
};

/// Everything that was found, as tables.
#[must_use]
pub fn render(
    contacts: u64,
    fill: &Measurement,
    sizes: &(Size, Size),
    findings: &[Finding],
) -> String {
    let parts = [filled(contacts, fill, sizes), answers(findings)];
    parts.map(|table| table.render()).join("\n")
}

fn filled(contacts: u64, fill: &Measurement, (before, after): &(Size, Size)) -> Table {
    let each = contacts as f64;
    let grown = after.bytes.saturating_sub(before.bytes);
    let peaks: u64 = fill.usage.iter().map(|usage| usage.peak).sum();
    let size = format!("{}, bytes a contact", after.what);
    let rows = [
        ("contacts", rate(each)),
        ("filled a second", rate(each / fill.elapsed.as_secs_f64())),
        (
            "CPU µs a contact",
            rate(fill.cpu().as_secs_f64() * 1e6 / each),
        ),
        ("resident MiB at most", rate(mebibytes(peaks))),
        (&size, rate(grown as f64 / each)),
        ("errors", fill.errors()),
    ];
    let mut table = Table::new(["directory", ""]);
    rows.into_iter()
        .for_each(|(what, value)| table.row([what.to_owned(), value]));
    table
}

fn answers(findings: &[Finding]) -> Table {
    let mut table = Table::new([
        "question",
        "connections",
        "a second",
        "p50 ms",
        "p99 ms",
        "max ms",
        "CPU µs each",
        "in the service, mean ms",
        "p99 within ms",
        "errors",
    ]);
    for finding in findings {
        table.row(row(finding));
    }
    table
}

fn row(finding: &Finding) -> [String; 10] {
    let run = &finding.measurement;
    let (time, served) = (&run.latencies, finding.served.as_ref());
    let mean = served.and_then(|served| Some(milliseconds(served.mean()?)));
    let within = served.and_then(|served| Some(served.within(0.99)?.to_string()));
    [
        finding.query.name().to_owned(),
        finding.connections.to_string(),
        rate(run.per_second()),
        milliseconds(time.quantile(0.5)),
        milliseconds(time.quantile(0.99)),
        milliseconds(time.longest()),
        rate(run.cpu().as_secs_f64() * 1e6 / time.count().max(1) as f64),
        mean.unwrap_or_default(),
        within.unwrap_or_default(),
        run.errors(),
    ]
}
