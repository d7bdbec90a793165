use super::{Findings, Row, Settings, Spread, System, job::Format};
use crate::{
    table::{Table, rate},
    usage::mebibytes,
};

#[must_use]
pub fn render(all: &[Findings], settings: &Settings) -> String {
    let mut parts = vec![times(all).render(), ratios(all).render()];
    parts.push(qualities(all, settings).render());
    parts.push(memory(all).render());
    parts.join("\n")
}

fn header(first: &str, all: &[Findings]) -> Table {
    let names = all.iter().map(|found| found.system.name().to_owned());
    Table::new([first.to_owned()].into_iter().chain(names))
}

/// For each row what is said of each system.
fn table(first: &str, all: &[Findings], cell: impl Fn(&Findings, usize) -> String) -> Table {
    let mut table = header(first, all);
    for (index, row) in Row::all().iter().enumerate() {
        let cells = all.iter().map(|found| cell(found, index));
        table.row([row.name.to_owned()].into_iter().chain(cells));
    }
    table
}

fn times(all: &[Findings]) -> Table {
    table("CPU ms a picture", all, |found, row| {
        let times = found.times[row].iter().map(|time| time.as_secs_f64() * 1e3);
        Spread::of(times).map_or_else(String::new, |spread| rate(spread.median))
    })
}

/// Each round against our own in the same round.
fn ratios(all: &[Findings]) -> Table {
    let ours = all.iter().find(|found| found.system == System::Switchboard);
    table("CPU time ÷ Switchboard's", all, |found, row| {
        let own = ours.map_or(&[][..], |ours| &ours.times[row]);
        let pairs = found.times[row].iter().zip(own);
        let ratios = pairs.map(|(theirs, ours)| theirs.as_secs_f64() / ours.as_secs_f64());
        Spread::of(ratios).map_or_else(String::new, |spread| {
            format!("{:.2} ± {:.2}", spread.median, spread.half)
        })
    })
}

fn qualities(all: &[Findings], settings: &Settings) -> Table {
    let told = |found: &Findings, row: &Row, format: Format| {
        let quality = settings.of(found.system, row)(format);
        quality.map_or_else(String::new, |quality| format!(", q {quality}"))
    };
    let rows = Row::all();
    table("SSIMULACRA 2, bytes of the first", all, |found, row| {
        let graded = found.graded[row];
        let format = rows[row].outputs.first().map(|(_, format)| *format);
        graded
            .zip(format)
            .map_or_else(String::new, |(graded, format)| {
                let (score, bytes) = (graded.score, rate(graded.bytes));
                format!("{score:.1}, {bytes}{}", told(found, &rows[row], format))
            })
    })
}

fn memory(all: &[Findings]) -> Table {
    let mut table = header("resident MiB at most", all);
    for (index, row) in Row::of_memory().iter().enumerate() {
        let cells = all.iter().map(|found| rate(mebibytes(found.peaks[index])));
        let name = format!("{} to 1600, 640, 160 JPEG", row.name);
        table.row([name].into_iter().chain(cells));
    }
    table
}
