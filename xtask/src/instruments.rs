//! The metrics: names and units as docs/operations.md lists them, kinds as the sources make them, series as Prometheus
//! shows them.

use crate::run::root;
use anyhow::{Context, Result, bail};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

#[derive(Debug, Default)]
pub struct Instruments {
    /// Each metric's name in Prometheus' spelling, and its series.
    series: BTreeMap<String, Vec<String>>,
    /// The attributes in Prometheus' spelling.
    pub labels: BTreeSet<String>,
}

impl Instruments {
    pub fn read() -> Result<Self> {
        let guide = fs::read_to_string(root().join("docs/operations.md"))?;
        let mut sources = String::new();
        for folder in ["shared", "services"] {
            gather(&root().join(folder), &mut sources)?;
        }
        Self::parse(&guide, &sources)
    }

    fn parse(guide: &str, sources: &str) -> Result<Self> {
        let mut instruments = Self::default();
        let (_, table) = guide
            .split_once("| metric, unit |")
            .context("docs/operations.md has no table of metrics")?;
        for row in table
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'))
        {
            let mut cells = row.split('|').skip(1);
            let (metric, attributes) = (cells.next(), cells.next());
            let (name, unit) = metric
                .and_then(|cell| cell.trim().strip_prefix('`')?.split_once("`, "))
                .with_context(|| format!("no metric and its unit: {row}"))?;
            let kind = kind(sources, name).with_context(|| {
                format!("docs/operations.md lists {name}, which no source makes")
            })?;
            let spelled = spelled(name, unit);
            instruments
                .series
                .insert(spelled.clone(), series(&spelled, kind));
            let words = attributes.unwrap_or_default().split('`').skip(1).step_by(2);
            instruments
                .labels
                .extend(words.map(|word| word.replace('.', "_")));
        }
        if instruments.series.is_empty() {
            bail!("docs/operations.md lists no metric");
        }
        Ok(instruments)
    }

    pub fn has(&self, series: &str) -> bool {
        self.series.values().flatten().any(|known| known == series)
    }

    /// The metrics of which none of these series is.
    pub fn without<'a>(&'a self, used: &BTreeSet<String>) -> impl Iterator<Item = &'a String> {
        let unused = move |all: &[String]| !all.iter().any(|series| used.contains(series));
        let metrics = self.series.iter().filter(move |(_, all)| unused(all));
        metrics
            .map(|(name, _)| name)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// By the builder that is given the name; `None` when no source has it.
fn kind(sources: &str, name: &str) -> Option<Kind> {
    let quoted = format!("\"{name}\"");
    let made_by = |builder: &str| {
        let mut places = sources.match_indices(&quoted);
        places.any(|(place, _)| sources[..place].trim_end().ends_with(builder))
    };
    if made_by("_histogram(") {
        Some(Kind::Histogram)
    } else if made_by("64_counter(") {
        Some(Kind::Counter)
    } else {
        sources.contains(&quoted).then_some(Kind::Gauge)
    }
}

fn spelled(name: &str, unit: &str) -> String {
    let suffix = if unit == "s" { "_seconds" } else { "" };
    format!("{}{suffix}", name.replace('.', "_"))
}

fn series(name: &str, kind: Kind) -> Vec<String> {
    let suffixes: &[&str] = match kind {
        Kind::Counter => &["_total"],
        Kind::Gauge => &[""],
        Kind::Histogram => &["_bucket", "_sum", "_count"],
    };
    suffixes
        .iter()
        .map(|suffix| format!("{name}{suffix}"))
        .collect()
}

fn gather(folder: &Path, sources: &mut String) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, sources)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&fs::read_to_string(path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUIDE: &str = "\
| metric, unit | attributes | meaning |
| --- | --- | --- |
| `a.duration`, s | `a.name`, `kind` (`x.y`) | time |
| `a.errors`, {error} | | failures |
| `a.active`, {run} | the same | at work |
";
    const SOURCES: &str = r#"
        meter.f64_histogram("a.duration").build();
        meter.u64_counter(
            "a.errors").build();
        meter.i64_observable_up_down_counter("a.active").build();
    "#;

    #[test]
    fn series_follow_from_kind_and_unit() {
        let instruments = Instruments::parse(GUIDE, SOURCES).expect("a table");
        let known = [
            "a_duration_seconds_bucket",
            "a_duration_seconds_count",
            "a_errors_total",
            "a_active",
        ];
        for series in known {
            assert!(instruments.has(series), "{series}");
        }
        for series in [
            "a_duration_bucket",
            "a_duration_seconds",
            "a_errors",
            "a_active_total",
        ] {
            assert!(!instruments.has(series), "{series}");
        }
        assert!(instruments.labels.contains("a_name"));
        let used = BTreeSet::from(["a_active".to_owned(), "a_errors_total".to_owned()]);
        assert_eq!(
            instruments.without(&used).collect::<Vec<_>>(),
            ["a_duration_seconds"]
        );
    }

    #[test]
    fn a_metric_that_no_source_makes_is_named() {
        let error = Instruments::parse(GUIDE, "").expect_err("no source");
        assert!(error.to_string().contains("a.duration"), "{error}");
    }
}
