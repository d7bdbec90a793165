//! Roles with the least rights.

use super::{
    Templates,
    template::{list, of_type},
};
use serde_json::Value;

/// Actions that know no resources, so that `*` is all that can be said.
const WITHOUT_RESOURCES: [&str; 2] = ["ecr:GetAuthorizationToken", "ecs:DiscoverPollEndpoint"];

pub fn faults(templates: &Templates) -> Vec<String> {
    let mut faults = Vec::new();
    for (part, template) in templates {
        let roles = template["Resources"].as_object().into_iter();
        for (name, role) in roles.flat_map(|resources| of_type(resources, "AWS::IAM::Role")) {
            if !list(&role["ManagedPolicyArns"]).is_empty() {
                faults.push(format!("{part}: {name} must have policies of its own"));
            }
            let broad = statements(&role["Policies"])
                .into_iter()
                .filter(|statement| is_broad(statement));
            faults.extend(
                broad.map(|statement| format!("{part}: {name} allows too much: {statement}")),
            );
        }
    }
    faults
}

/// All statements in there, behind conditions too.
fn statements(value: &Value) -> Vec<&Value> {
    let below: Vec<&Value> = match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) if members.contains_key("Effect") => return vec![value],
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    };
    below.into_iter().flat_map(statements).collect()
}

fn is_broad(statement: &Value) -> bool {
    let actions: Vec<&str> = match &statement["Action"] {
        Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
        action => action.as_str().into_iter().collect(),
    };
    let any_resource = statement["Resource"] == "*" && statement["Condition"].is_null();
    let excused = actions
        .iter()
        .all(|action| WITHOUT_RESOURCES.contains(action));
    actions.is_empty()
        || actions.iter().any(|action| action.contains('*'))
        || any_resource && !excused
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stars_are_only_for_what_knows_no_resources() {
        let statement = |action: Value, resource: &str| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
        assert!(!is_broad(&statement(
            json!("ecr:GetAuthorizationToken"),
            "*"
        )));
        assert!(!is_broad(&statement(
            json!(["logs:PutLogEvents"]),
            "arn:log"
        )));
        assert!(is_broad(&statement(json!(["logs:PutLogEvents"]), "*")));
        assert!(is_broad(&statement(json!("logs:*"), "arn:log")));
    }

    #[test]
    fn statements_are_found_behind_conditions() {
        let statement = json!({ "Effect": "Allow", "Action": "a:B", "Resource": "*" });
        let policies =
            json!([{ "Fn::If": ["Is", { "PolicyDocument": { "Statement": [statement] } }, {}] }]);
        assert_eq!(statements(&policies), [&statement]);
    }
}
