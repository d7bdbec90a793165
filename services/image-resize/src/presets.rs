//! Which presets a caller wants.

use crate::domain::{self, Preset};
use web::{Fault, Faults, Problem};

/// Reads the parameter `presets`: names separated by commas; without it, all there are.
pub fn parse(parameter: Option<&str>) -> Result<Vec<String>, Problem> {
    let Some(text) = parameter else {
        return Ok(known(&[]));
    };
    let wanted: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let mut faults = Faults::new();
    for name in &wanted {
        if !domain::presets().iter().any(|preset| preset.name == name) {
            faults.add(Fault::parameter(
                "presets",
                format!("{name:?} is no preset"),
            ));
        }
    }
    faults.or(known(&wanted))
}

/// Those of the names that are presets, each once; when none is, all presets.
#[must_use]
pub fn known(wanted: &[String]) -> Vec<String> {
    let all: Vec<String> = domain::presets()
        .iter()
        .map(|preset| preset.name.to_owned())
        .collect();
    let chosen: Vec<String> = all
        .iter()
        .filter(|name| wanted.contains(name))
        .cloned()
        .collect();
    if chosen.is_empty() { all } else { chosen }
}

/// The presets with these names.
#[must_use]
pub fn named(names: &[String]) -> Vec<Preset> {
    domain::presets()
        .into_iter()
        .filter(|preset| names.iter().any(|name| name == preset.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn names_are_checked_and_ordered() {
        assert_eq!(parse(None).unwrap(), ["thumb", "small", "large"]);
        assert_eq!(
            parse(Some("large, thumb,large")).unwrap(),
            ["thumb", "large"]
        );
        for bad in ["", "thumb,", "huge", "Thumb"] {
            assert!(parse(Some(bad)).is_err(), "{bad}");
        }
    }
}
