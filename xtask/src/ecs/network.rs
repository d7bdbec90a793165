//! Who may reach whom.

use super::{
    Templates,
    template::{list, of_type},
};
use serde_json::{Map, Value, json};

/// The gateway's `GATEWAY__REQUEST_TIMEOUT`, in seconds: what is under way may take so long.
const LONGEST_REQUEST: u64 = 30;
const WHOLE_INTERNET: [&str; 2] = ["0.0.0.0/0", "::/0"];
/// The groups that the internet reaches, and that reach it; and at which ports.
const FROM_INTERNET: &str = "BalancerSecurityGroup";
const TO_INTERNET: &str = "WebhooksSecurityGroup";
const PORTS: [u64; 2] = [80, 443];

pub fn faults(templates: &Templates) -> Vec<String> {
    let mut faults = Vec::new();
    for (part, template) in templates {
        let Some(resources) = template["Resources"].as_object() else {
            continue;
        };
        let found = [group_faults(resources), loose_rule_faults(resources)].concat();
        faults.extend(found.iter().map(|fault| format!("{part}: {fault}")));
        let balancers = of_type(resources, "AWS::ElasticLoadBalancingV2::LoadBalancer").count();
        if balancers > 0 && part != "balancer" {
            faults.push(format!("{part}: only the gateway has a load balancer"));
        }
    }
    faults
}

fn group_faults(resources: &Map<String, Value>) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, group) in of_type(resources, "AWS::EC2::SecurityGroup") {
        if list(&group["SecurityGroupEgress"]).is_empty() {
            faults.push(format!(
                "{name} must say what it may reach: without a rule it is everything"
            ));
        }
        for (rules, open_group) in [
            ("SecurityGroupIngress", FROM_INTERNET),
            ("SecurityGroupEgress", TO_INTERNET),
        ] {
            let wrong = list(&group[rules])
                .iter()
                .any(|rule| is_internet(rule) && !(name == open_group && is_web(rule)));
            if wrong {
                faults.push(format!("{name}: {rules} must not name the whole internet"));
            }
        }
    }
    faults
}

/// Rules that stand alone, outside of their group.
fn loose_rule_faults(resources: &Map<String, Value>) -> Vec<String> {
    [
        "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
    ]
    .into_iter()
    .flat_map(|kind| of_type(resources, kind))
    .filter(|(_, rule)| is_internet(rule))
    .map(|(name, _)| format!("{name} must not name the whole internet"))
    .collect()
}

fn is_internet(rule: &Value) -> bool {
    ["CidrIp", "CidrIpv6"]
        .iter()
        .filter_map(|member| rule[*member].as_str())
        .any(|network| WHOLE_INTERNET.contains(&network))
}

fn is_web(rule: &Value) -> bool {
    rule["FromPort"] == rule["ToPort"]
        && rule["FromPort"]
            .as_u64()
            .is_some_and(|port| PORTS.contains(&port))
}

pub fn balancer_faults(template: &Value) -> Vec<String> {
    let Some(resources) = template["Resources"].as_object() else {
        return vec!["balancer: there is nothing".to_owned()];
    };
    let listeners: Vec<&Value> = of_type(resources, "AWS::ElasticLoadBalancingV2::Listener")
        .map(|(_, listener)| listener)
        .collect();
    let encrypted = listeners.iter().any(|listener| {
        listener["Protocol"] == "HTTPS" && !list(&listener["Certificates"]).is_empty()
    });
    let redirected = listeners
        .iter()
        .filter(|listener| listener["Protocol"] == "HTTP")
        .all(|listener| listener["DefaultActions"][0]["RedirectConfig"]["Protocol"] == "HTTPS");
    let mut faults = Vec::new();
    if !(encrypted && redirected) {
        faults.push("balancer: HTTPS with a certificate, and HTTP only to redirect".to_owned());
    }
    for (name, group) in of_type(resources, "AWS::ElasticLoadBalancingV2::TargetGroup") {
        if group["HealthCheckPath"] != "/readyz" {
            faults.push(format!("balancer: {name} must be probed at /readyz"));
        }
        let delay = list(&group["TargetGroupAttributes"])
            .iter()
            .find(|attribute| attribute["Key"] == json!("deregistration_delay.timeout_seconds"))
            .and_then(|attribute| attribute["Value"].as_str()?.parse().ok());
        if delay < Some(LONGEST_REQUEST) {
            faults.push(format!(
                "balancer: {name} must let requests end, {LONGEST_REQUEST} s at least"
            ));
        }
    }
    faults
}
