//! The values of `TYPE`, and which property of several is preferred.

use super::Draft;
use crate::version::Version;

impl Draft {
    pub(crate) fn add_types(&mut self, types: impl Iterator<Item = String>) {
        let mut added: Vec<String> = types
            .flat_map(|value| value.split(',').map(str::to_owned).collect::<Vec<_>>())
            .filter(|value| !value.trim().is_empty())
            .collect();
        match self.types_mut() {
            Some(present) => present.append(&mut added),
            None if added.is_empty() => {}
            None => self.parameters.push(("TYPE".to_owned(), added)),
        }
    }

    pub(crate) fn remove_types(&mut self, goes: impl Fn(&str) -> bool) {
        if let Some(types) = self.types_mut() {
            types.retain(|value| !goes(value.trim()));
            if types.is_empty() {
                self.remove_parameter("TYPE");
            }
        }
    }

    pub(crate) fn types(&self) -> &[String] {
        let mut parameters = self.parameters.iter();
        let types = parameters.find(|(name, _)| name.eq_ignore_ascii_case("TYPE"));
        types
            .map(|(_, values)| values.as_slice())
            .unwrap_or_default()
    }

    pub(crate) fn types_mut(&mut self) -> Option<&mut Vec<String>> {
        let mut parameters = self.parameters.iter_mut();
        parameters
            .find(|(name, _)| name.eq_ignore_ascii_case("TYPE"))
            .map(|(_, values)| values)
    }

    /// `PREF=1` in 4.0, the type `pref` before.
    pub(crate) fn set_preferred(&mut self, preferred: bool, version: Version) {
        self.remove_types(|value| value.eq_ignore_ascii_case("pref"));
        self.remove_parameter("PREF");
        match version {
            _ if !preferred => {}
            Version::V4_0 => self.set_parameter("PREF", "1".to_owned()),
            Version::V3_0 | Version::V2_1 => self.add_types(std::iter::once("PREF".to_owned())),
        }
    }
}
