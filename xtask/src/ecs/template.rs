//! What a template says for given parameters: its conditions decided, everything else as it stands.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub type Parameters<'a> = BTreeMap<&'a str, &'a str>;

/// The resources that there are, with the branches that are taken.
pub fn resources(template: &Value, parameters: &Parameters<'_>) -> Result<Map<String, Value>> {
    let decider = Decider {
        template,
        parameters,
    };
    let mut there = Map::new();
    for (name, resource) in template["Resources"].as_object().into_iter().flatten() {
        let is_there = match resource["Condition"].as_str() {
            Some(condition) => decider.holds(condition)?,
            None => true,
        };
        if is_there && let Some(resource) = decider.resolve(resource)? {
            there.insert(name.clone(), resource);
        }
    }
    Ok(there)
}

/// The resources of one type, whatever their conditions.
pub fn of_type<'a>(
    resources: &'a Map<String, Value>,
    kind: &'a str,
) -> impl Iterator<Item = (&'a str, &'a Value)> {
    resources
        .iter()
        .filter(move |(_, resource)| resource["Type"] == kind)
        .map(|(name, resource)| (name.as_str(), &resource["Properties"]))
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

struct Decider<'a> {
    template: &'a Value,
    parameters: &'a Parameters<'a>,
}

impl Decider<'_> {
    fn holds(&self, condition: &str) -> Result<bool> {
        let definition = &self.template["Conditions"][condition];
        self.decide(definition)
            .with_context(|| format!("the condition {condition}"))
    }

    fn decide(&self, definition: &Value) -> Result<bool> {
        let Some((function, argument)) = single(definition) else {
            bail!("{definition} is no condition");
        };
        let mut each = list(argument).iter().map(|one| self.decide(one));
        match function {
            "Condition" => self.holds(argument.as_str().unwrap_or_default()),
            "Fn::Equals" => Ok(self.operand(&argument[0])? == self.operand(&argument[1])?),
            "Fn::Not" => Ok(!self.decide(&argument[0])?),
            "Fn::And" => each.try_fold(true, |all, one| Ok(all & one?)),
            "Fn::Or" => each.try_fold(false, |any, one| Ok(any | one?)),
            _ => bail!("{function} is not understood in a condition"),
        }
    }

    fn operand<'v>(&'v self, value: &'v Value) -> Result<&'v str> {
        if let Some(("Ref", name)) = single(value) {
            let name = name.as_str().unwrap_or_default();
            let given = self.parameters.get(name).copied();
            return given.with_context(|| format!("no value is given for {name}"));
        }
        value
            .as_str()
            .with_context(|| format!("{value} is no text"))
    }

    /// `None` for what is left out.
    fn resolve(&self, value: &Value) -> Result<Option<Value>> {
        match (single(value), value) {
            (Some(("Ref", name)), _) if name == "AWS::NoValue" => Ok(None),
            (Some(("Fn::If", branches)), _) => {
                let condition = branches[0].as_str().unwrap_or_default();
                let taken = if self.holds(condition)? { 1 } else { 2 };
                self.resolve(&branches[taken])
            }
            (_, Value::Array(items)) => {
                let items = items
                    .iter()
                    .filter_map(|item| self.resolve(item).transpose());
                items.collect::<Result<_>>().map(Value::Array).map(Some)
            }
            (_, Value::Object(members)) => {
                let members = members.iter().filter_map(|(name, member)| {
                    let member = self.resolve(member).transpose()?;
                    Some(member.map(|member| (name.clone(), member)))
                });
                members.collect::<Result<_>>().map(Value::Object).map(Some)
            }
            _ => Ok(Some(value.clone())),
        }
    }
}

/// The one member of an object with one member, which is how functions are written.
fn single(value: &Value) -> Option<(&str, &Value)> {
    let members = value.as_object().filter(|members| members.len() == 1)?;
    let (name, argument) = members.iter().next()?;
    Some((name, argument))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn template() -> Value {
        json!({
            "Conditions": {
                "IsDoor": { "Fn::Equals": [{ "Ref": "Service" }, "gateway"] },
                "IsInside": { "Fn::Not": [{ "Condition": "IsDoor" }] },
                "Never": { "Fn::And": [{ "Condition": "IsDoor" }, { "Condition": "IsInside" }] },
            },
            "Resources": {
                "Door": { "Condition": "IsDoor", "Type": "A" },
                "Nothing": { "Condition": "Never", "Type": "A" },
                "Both": { "Type": "B", "Properties": { "Ports": [
                    { "Fn::If": ["IsDoor", 8080, { "Ref": "AWS::NoValue" }] },
                    { "Fn::If": ["IsInside", 9000, { "Ref": "AWS::NoValue" }] },
                ] } },
            },
        })
    }

    #[test]
    fn conditions_choose_resources_and_branches() -> Result<()> {
        let door = resources(&template(), &Parameters::from([("Service", "gateway")]))?;
        assert_eq!(door.keys().collect::<Vec<_>>(), ["Both", "Door"]);
        assert_eq!(door["Both"]["Properties"]["Ports"], json!([8080]));
        let inside = resources(&template(), &Parameters::from([("Service", "phonebook")]))?;
        assert_eq!(inside.keys().collect::<Vec<_>>(), ["Both"]);
        assert_eq!(inside["Both"]["Properties"]["Ports"], json!([9000]));
        Ok(())
    }

    #[test]
    fn a_parameter_without_a_value_is_an_error() {
        assert!(resources(&template(), &Parameters::new()).is_err());
    }
}
