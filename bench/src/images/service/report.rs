use super::round::{Findings, MEGAPIXELS, Round};
use crate::table::{Table, rate};

/// Two of the contenders, by their places.
pub struct Ratio {
    name: &'static str,
    of: usize,
    by: usize,
}

impl Ratio {
    pub const fn new(name: &'static str, of: usize, by: usize) -> Self {
        Self { name, of, by }
    }
}

#[must_use]
pub fn render(all: &[Findings], ratios: &[Ratio]) -> String {
    let parts = [results(all), compared(all, ratios), shares(all)];
    let parts: Vec<_> = parts.iter().map(Table::render).collect();
    parts.join("\n")
}

/// Of the rounds the median, and how far the others lie from it.
fn results(all: &[Findings]) -> Table {
    let mut table = Table::new([
        "12 MP uploads",
        "pictures a second",
        "megapixels a second",
        "CPU ms a picture",
        "resident MiB at most",
    ]);
    for found in all {
        let cell = |of: fn(&Round) -> f64| shown(found.spread(of));
        table.row([
            found.name.to_owned(),
            cell(Round::rate),
            cell(|round| round.rate() * MEGAPIXELS),
            cell(Round::cpu),
            cell(Round::peak),
        ]);
    }
    table
}

fn compared(all: &[Findings], ratios: &[Ratio]) -> Table {
    let mut table = Table::new(["ratio", "rate", "CPU a picture"]);
    for ratio in ratios {
        if let (Some(of), Some(by)) = (all.get(ratio.of), all.get(ratio.by)) {
            let cell = |value: fn(&Round) -> f64| shown(of.ratio(by, value));
            table.row([ratio.name.to_owned(), cell(Round::rate), cell(Round::cpu)]);
        }
    }
    table
}

/// What each process takes of a picture's processor time.
fn shares(all: &[Findings]) -> Table {
    let mut table = Table::new(["process", "CPU ms a picture", "share %"]);
    for found in all {
        for process in found.processes() {
            let each = found.spread(|round| round.cpu_by_name(process));
            let share = found.spread(|round| 100.0 * round.cpu_by_name(process) / round.cpu());
            let median = share.map_or_else(String::new, |share| rate(share.median));
            let name = format!("{}: {process}", found.name);
            table.row([name, shown(each), median]);
        }
    }
    table
}

fn shown(spread: Option<impl ToString>) -> String {
    spread.map_or_else(String::new, |spread| spread.to_string())
}

#[cfg(test)]
mod tests {
    use super::{super::round::tests::round, *};

    #[test]
    fn tells_rates_ratios_and_shares() {
        let engine = Findings {
            rounds: vec![round(5, &[("engine", 1000)])],
            ..Findings::new("alone")
        };
        let service = Findings {
            rounds: vec![round(10, &[("gateway", 500), ("image-resize", 1500)])],
            ..Findings::new("whole")
        };
        let text = render(&[engine, service], &[Ratio::new("whole ÷ alone", 1, 0)]);
        let row = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            let cells = line
                .split('|')
                .map(str::trim)
                .filter(|cell| !cell.is_empty());
            cells.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(row("| whole ÷")[1..], ["0.50 ± 0.00", "2.00 ± 0.00"]);
        assert_eq!(row("| whole: gateway")[1..], ["50.00 ± 0.00", "25.00"]);
        assert_eq!(row("| alone ")[2], "24.00 ± 0.00");
    }
}
