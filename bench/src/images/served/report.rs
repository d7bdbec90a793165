use super::{super::job::Format, FORMATS, Findings, SIDE, Spread, Turn};
use crate::table::{Table, rate};

#[must_use]
pub fn render(all: &[Findings; 2]) -> String {
    let milliseconds = |of: fn(&Turn) -> f64| {
        move |found: &Findings, row: usize| shown(found.turns[row].iter().map(of))
    };
    let parts = [
        table("CPU ms a picture, over HTTP", all, milliseconds(cpu)),
        table("ms from request to answer", all, milliseconds(wall)),
        table("SSIMULACRA 2, bytes, quality", all, looks),
        ratios(all),
    ];
    let parts: Vec<_> = parts.iter().map(Table::render).collect();
    parts.join("\n")
}

/// For each row what is said of each system.
fn table(first: &str, all: &[Findings; 2], cell: impl Fn(&Findings, usize) -> String) -> Table {
    let names = all.iter().map(|found| found.name);
    let mut table = Table::new([first].into_iter().chain(names));
    for row in 0..FORMATS.len() {
        let cells = all.iter().map(|found| cell(found, row));
        table.row([name(row)].into_iter().chain(cells));
    }
    table
}

fn name(row: usize) -> String {
    let format = match FORMATS[row] {
        Format::Jpeg => "JPEG",
        Format::Png => "PNG",
        Format::WebP => "WebP",
        Format::Avif => "AVIF",
    };
    format!("12 MP JPEG to {SIDE} {format}")
}

/// Each round against the other's in the same round.
fn ratios([ours, theirs]: &[Findings; 2]) -> Table {
    let title = format!("{} ÷ {}", theirs.name, ours.name);
    let mut table = Table::new([title.as_str(), "CPU", "time"]);
    for row in 0..FORMATS.len() {
        let ratio = |of: fn(&Turn) -> f64| {
            let pairs = theirs.turns[row].iter().zip(&ours.turns[row]);
            shown(pairs.map(|(theirs, ours)| of(theirs) / of(ours)))
        };
        table.row([name(row), ratio(cpu), ratio(wall)]);
    }
    table
}

fn looks(found: &Findings, row: usize) -> String {
    let graded = found.graded[row];
    let (score, bytes) = (graded.score, rate(graded.bytes));
    format!("{score:.1}, {bytes}, q {}", found.qualities[row])
}

fn cpu(turn: &Turn) -> f64 {
    turn.cpu.as_secs_f64() * 1e3
}

fn wall(turn: &Turn) -> f64 {
    turn.wall.as_secs_f64() * 1e3
}

fn shown(values: impl Iterator<Item = f64>) -> String {
    Spread::of(values).map_or_else(String::new, |spread| spread.to_string())
}

#[cfg(test)]
mod tests {
    use super::{super::Graded, *};
    use std::time::Duration;

    fn found(name: &'static str, milliseconds: u64) -> Findings {
        let time = Duration::from_millis(milliseconds);
        let turn = Turn {
            wall: 2 * time,
            cpu: time,
        };
        let graded = Graded {
            score: 70.0,
            bytes: 5000.0,
        };
        Findings {
            name,
            qualities: vec![80; 2],
            graded: vec![graded; 2],
            turns: vec![vec![turn; 3]; 2],
        }
    }

    #[test]
    fn the_peer_is_held_against_ours() {
        let text = render(&[found("ours", 20), found("theirs", 50)]);
        assert!(text.contains("| theirs ÷ ours"), "{text}");
        assert!(text.contains("| 2.50 ± 0.00 | 2.50 ± 0.00 |"), "{text}");
        assert!(text.contains("70.0, 5 000, q 80"), "{text}");
    }
}
