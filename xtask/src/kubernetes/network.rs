//! Nothing is open but what is named: in to the gateway, out to bus, store, names and telemetry; the notifier to the public.

use super::{
    SERVICES,
    objects::{Faults, Manifest, Object, list},
};
use serde_json::Value;

/// Not public: the blocks of IANA's registries that webhooks must not reach.
const SPECIAL_V4: [&str; 15] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];
const SPECIAL_V6: [&str; 4] = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];
/// AMQP, Redis, DNS, OTLP.
const OUT: [u64; 4] = [5672, 6379, 53, 4318];
const ADMIN: u64 = 9000;
const PUBLIC: u64 = 8080;

pub fn inspect(manifest: &Manifest, faults: &mut Faults) {
    match manifest.find("NetworkPolicy", "default-deny") {
        None => faults.missing(manifest, "NetworkPolicy", "default-deny"),
        Some(policy) => {
            let everything = policy
                .get("/spec/podSelector")
                .as_object()
                .is_some_and(serde_json::Map::is_empty);
            faults.unless(
                everything,
                policy,
                "/spec/podSelector",
                "must select every pod",
            );
            let types: Vec<_> = policy
                .list("/spec/policyTypes")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            faults.unless(
                types == ["Ingress", "Egress"],
                policy,
                "/spec/policyTypes",
                "must be both",
            );
            let rules = policy.list("/spec/ingress").len() + policy.list("/spec/egress").len();
            faults.unless(rules == 0, policy, "/spec", "must allow nothing");
        }
    }
    for name in ["dns", "bus", "store", "telemetry", "gateway", "webhooks"] {
        if manifest.find("NetworkPolicy", name).is_none() {
            faults.missing(manifest, "NetworkPolicy", name);
        }
    }
    for policy in manifest.of_kind("NetworkPolicy") {
        for service in SERVICES
            .iter()
            .filter(|service| selects(manifest, policy, service))
        {
            for rule in policy.list("/spec/egress") {
                inspect_egress(policy, service, rule, faults);
            }
            for rule in policy.list("/spec/ingress") {
                inspect_ingress(policy, service, rule, faults);
            }
        }
    }
}

fn selects(manifest: &Manifest, policy: Object<'_>, service: &str) -> bool {
    let Some(service) = manifest.find("Deployment", service) else {
        return false;
    };
    let labels = policy.get("/spec/podSelector/matchLabels").as_object();
    labels.is_none_or(|labels| {
        labels
            .iter()
            .all(|(name, value)| service.pod_label(name) == value)
    })
}

fn inspect_egress(policy: Object<'_>, service: &str, rule: &Value, faults: &mut Faults) {
    let peers = list(&rule["to"]);
    let bounded = !peers.is_empty() && peers.iter().all(names_somebody);
    faults.unless(
        bounded,
        policy,
        "/spec/egress",
        format!("must name whom {service} may reach"),
    );
    if peers.iter().any(is_world) {
        faults.unless(
            service == "notifier",
            policy,
            "/spec/egress",
            format!("must not let {service} reach public addresses"),
        );
        inspect_world(policy, peers, faults);
    } else {
        let known = ports(rule).is_some_and(|ports| ports.iter().all(|port| OUT.contains(port)));
        faults.unless(
            known,
            policy,
            "/spec/egress",
            format!("must name only the ports {OUT:?}"),
        );
    }
}

fn inspect_ingress(policy: Object<'_>, service: &str, rule: &Value, faults: &mut Faults) {
    let peers = list(&rule["from"]);
    let ports = ports(rule);
    if peers.is_empty() {
        let public = service == "gateway" && ports.as_deref() == Some(&[PUBLIC]);
        faults.unless(
            public,
            policy,
            "/spec/ingress",
            format!("must not let everybody reach {service}, but for the gateway's {PUBLIC}"),
        );
    } else {
        let admin = ports.as_deref() == Some(&[ADMIN]) && peers.iter().all(names_somebody);
        faults.unless(
            admin,
            policy,
            "/spec/ingress",
            format!("must open only {ADMIN} of {service}, to somebody named"),
        );
    }
}

/// A selector without labels selects everybody.
fn names_somebody(peer: &Value) -> bool {
    let selectors = ["podSelector", "namespaceSelector"].map(|kind| &peer[kind]);
    let block = peer["ipBlock"]["cidr"].is_string();
    let mut given = selectors
        .iter()
        .filter(|selector| !selector.is_null())
        .peekable();
    block
        || given.peek().is_some()
            && given.all(|selector| {
                selector["matchLabels"]
                    .as_object()
                    .is_some_and(|labels| !labels.is_empty())
            })
}

/// A block larger than any network of one's own.
fn is_world(peer: &Value) -> bool {
    let cidr = peer["ipBlock"]["cidr"].as_str().unwrap_or_default();
    let length = cidr
        .rsplit_once('/')
        .and_then(|(_, length)| length.parse().ok());
    !cidr.is_empty() && length.unwrap_or(0) < 8
}

fn inspect_world(policy: Object<'_>, peers: &[Value], faults: &mut Faults) {
    for (cidr, special) in [
        ("0.0.0.0/0", &SPECIAL_V4[..]),
        ("2000::/3", &SPECIAL_V6[..]),
    ] {
        let block = peers
            .iter()
            .map(|peer| &peer["ipBlock"])
            .find(|block| block["cidr"] == cidr);
        faults.unless(
            block.is_some(),
            policy,
            "/spec/egress",
            format!("must have the block {cidr}"),
        );
        let except = block.map_or(&[][..], |block| list(&block["except"]));
        for missing in special
            .iter()
            .filter(|block| !except.iter().any(|other| other == **block))
        {
            faults.add(
                policy,
                "/spec/egress",
                format!("must except {missing} of {cidr}"),
            );
        }
    }
    let others = peers.iter().any(|peer| {
        is_world(peer)
            && !["0.0.0.0/0", "2000::/3"]
                .iter()
                .any(|cidr| peer["ipBlock"]["cidr"] == *cidr)
    });
    faults.unless(
        !others,
        policy,
        "/spec/egress",
        "must not have another block as large",
    );
}

/// `None` when every port is meant.
fn ports(rule: &Value) -> Option<Vec<u64>> {
    let ports = list(&rule["ports"]);
    let numbers: Option<Vec<u64>> = ports
        .iter()
        .map(|port| {
            if port["endPort"].is_null() {
                port["port"].as_u64()
            } else {
                None
            }
        })
        .collect();
    numbers.filter(|numbers| !numbers.is_empty())
}
