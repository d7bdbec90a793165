//! Which presets a caller wants.

use crate::model::{Preset, Presets};
use web::{Fault, Faults, Problem};

/// Reads the parameter `presets`: names separated by commas; without it, all there are.
pub fn parse(parameter: Option<&str>, presets: &Presets) -> Result<Vec<String>, Problem> {
    let Some(text) = parameter else {
        return Ok(presets.names());
    };
    let wanted: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    let mut faults = Faults::new();
    for name in &wanted {
        if presets.find(name).is_none() {
            faults.add(Fault::parameter(
                "presets",
                format!("{name:?} is no preset"),
            ));
        }
    }
    faults.or(known(&wanted, presets))
}

/// Those of the names that are presets, each once; when none is, all presets.
#[must_use]
pub fn known(wanted: &[String], presets: &Presets) -> Vec<String> {
    let all = presets.names();
    let chosen: Vec<String> = all
        .iter()
        .filter(|name| wanted.contains(name))
        .cloned()
        .collect();
    if chosen.is_empty() { all } else { chosen }
}

/// The presets with these names. One that was deleted meanwhile makes nothing any more.
#[must_use]
pub fn named(names: &[String], presets: &Presets) -> Vec<Preset> {
    names.iter().filter_map(|name| presets.find(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_and_ordered() {
        let presets = Presets::default();
        let parse = |parameter| parse(parameter, &presets);
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
