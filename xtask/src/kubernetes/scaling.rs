//! Every service has one autoscaler: by processor where nothing waits in a queue, else by the queue's depth and age.

use super::objects::{Faults, Manifest, Object, list};
use crate::instruments::Instruments;
use serde_json::Value;

const BY_PROCESSOR: [&str; 2] = ["gateway", "phonebook"];
const BY_BACKLOG: [&str; 2] = ["image-resize", "notifier"];
/// More instances of a consumer than its group has partitions would be idle.
const PARTITIONS: u64 = 16;
/// The API server drops fields of custom resources that it does not know, without a word.
const SCALED_OBJECT: [&str; 7] = [
    "scaleTargetRef",
    "minReplicaCount",
    "maxReplicaCount",
    "pollingInterval",
    "fallback",
    "advanced",
    "triggers",
];

pub fn inspect(manifest: &Manifest, instruments: &Instruments, faults: &mut Faults) {
    for name in BY_PROCESSOR {
        match manifest.find("HorizontalPodAutoscaler", name) {
            Some(autoscaler) => inspect_autoscaler(autoscaler, faults),
            None => faults.missing(manifest, "HorizontalPodAutoscaler", name),
        }
    }
    for name in BY_BACKLOG {
        match manifest.find("ScaledObject", name) {
            Some(scaled) => inspect_scaled(manifest, scaled, instruments, faults),
            None => faults.missing(manifest, "ScaledObject", name),
        }
        if let Some(second) = manifest.find("HorizontalPodAutoscaler", name) {
            faults.add(second, "", "must not exist beside a ScaledObject");
        }
    }
}

fn inspect_autoscaler(autoscaler: Object<'_>, faults: &mut Faults) {
    let target = "/spec/scaleTargetRef/name";
    faults.unless(
        autoscaler.text(target) == autoscaler.name(),
        autoscaler,
        target,
        "must be the service",
    );
    let of = |field: &str| autoscaler.get(field).as_u64().unwrap_or_default();
    let (least, most) = (of("/spec/minReplicas"), of("/spec/maxReplicas"));
    faults.unless(
        least >= 2,
        autoscaler,
        "/spec/minReplicas",
        "must be 2 or more",
    );
    faults.unless(
        most > least,
        autoscaler,
        "/spec/maxReplicas",
        "must be more than the least",
    );
    inspect_behavior(autoscaler, "/spec/behavior", faults);
    let metrics = autoscaler.list("/spec/metrics");
    faults.unless(
        !metrics.is_empty(),
        autoscaler,
        "/spec/metrics",
        "is missing",
    );
}

/// Up at once, down slowly: a stop moves work, and ends streams.
fn inspect_behavior(object: Object<'_>, field: &str, faults: &mut Faults) {
    for (direction, window) in [("scaleUp", 0), ("scaleDown", 300)] {
        let field = format!("{field}/{direction}");
        let seconds = object.get(&format!("{field}/stabilizationWindowSeconds"));
        let policies = object.list(&format!("{field}/policies"));
        let sound = *seconds == window && !policies.is_empty();
        faults.unless(
            sound,
            object,
            &field,
            format!("must have policies, and a window of {window} s"),
        );
    }
}

fn inspect_scaled(
    manifest: &Manifest,
    scaled: Object<'_>,
    instruments: &Instruments,
    faults: &mut Faults,
) {
    let known = |field: &&String| !SCALED_OBJECT.contains(&field.as_str());
    for field in scaled
        .get("/spec")
        .as_object()
        .into_iter()
        .flat_map(|spec| spec.keys())
        .filter(known)
    {
        faults.add(scaled, &format!("/spec/{field}"), "is not known");
    }
    let target = "/spec/scaleTargetRef/name";
    let target_is_service = scaled.text(target) == scaled.name();
    faults.unless(target_is_service, scaled, target, "must be the service");
    let of = |field: &str| scaled.get(field).as_u64().unwrap_or_default();
    let (least, most) = (of("/spec/minReplicaCount"), of("/spec/maxReplicaCount"));
    faults.unless(
        least >= 2,
        scaled,
        "/spec/minReplicaCount",
        "must be 2 or more",
    );
    faults.unless(
        (least + 1..=PARTITIONS).contains(&most),
        scaled,
        "/spec/maxReplicaCount",
        format!("must be more than the least, and {PARTITIONS} at most"),
    );
    inspect_behavior(
        scaled,
        "/spec/advanced/horizontalPodAutoscalerConfig/behavior",
        faults,
    );
    for kind in ["rabbitmq", "prometheus"] {
        let triggers = scaled.list("/spec/triggers");
        let Some(trigger) = triggers.iter().find(|trigger| trigger["type"] == kind) else {
            faults.add(
                scaled,
                "/spec/triggers",
                format!("must have one of type {kind}"),
            );
            continue;
        };
        if kind == "rabbitmq" {
            inspect_depth(manifest, scaled, trigger, faults);
        } else {
            inspect_age(scaled, trigger, instruments, faults);
        }
    }
}

/// The depth of all partitions together. Only the management API, asked over HTTP, knows patterns.
fn inspect_depth(manifest: &Manifest, scaled: Object<'_>, trigger: &Value, faults: &mut Faults) {
    let queues = format!(r"^sb\.ev\.{}\.[0-9]+$", scaled.name());
    let needed = [
        ("protocol", "http"),
        ("mode", "QueueLength"),
        ("useRegex", "true"),
        ("operation", "sum"),
        ("queueName", &queues),
    ];
    for (field, value) in needed {
        let set = trigger["metadata"][field] == value;
        faults.unless(
            set,
            scaled,
            &format!("the rabbitmq trigger's {field}"),
            format!("must be {value}"),
        );
    }
    inspect_threshold(scaled, trigger, "value", faults);
    let named = trigger["authenticationRef"]["name"]
        .as_str()
        .unwrap_or_default();
    let Some(authentication) = manifest.find("TriggerAuthentication", named) else {
        return faults.missing(manifest, "TriggerAuthentication", named);
    };
    let secrets = list(authentication.get("/spec/secretTargetRef"));
    faults.unless(
        !secrets.is_empty(),
        authentication,
        "/spec/secretTargetRef",
        "is missing",
    );
}

/// Ages do not add up over instances, so that the target is a value and no average.
fn inspect_age(
    scaled: Object<'_>,
    trigger: &Value,
    instruments: &Instruments,
    faults: &mut Faults,
) {
    let value = trigger["metricType"] == "Value";
    faults.unless(
        value,
        scaled,
        "the prometheus trigger's metricType",
        "must be Value",
    );
    inspect_threshold(scaled, trigger, "threshold", faults);
    let query = trigger["metadata"]["query"].as_str().unwrap_or_default();
    let words = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let metrics: Vec<&str> = words
        .filter(|word| {
            word.starts_with("switchboard_")
                && (word.contains("_seconds") || word.ends_with("_total"))
        })
        .collect();
    faults.unless(
        !metrics.is_empty(),
        scaled,
        "the prometheus trigger's query",
        "must ask for a metric of ours",
    );
    for metric in metrics.iter().filter(|metric| !instruments.has(metric)) {
        faults.add(
            scaled,
            "the prometheus trigger's query",
            format!("asks for {metric}, which no process has"),
        );
    }
    let or_nothing = query.trim_end().ends_with("or vector(0)");
    faults.unless(
        or_nothing,
        scaled,
        "the prometheus trigger's query",
        "must have a value when nothing happens",
    );
}

/// KEDA reads numbers from text.
fn inspect_threshold(scaled: Object<'_>, trigger: &Value, field: &str, faults: &mut Faults) {
    let number = trigger["metadata"][field]
        .as_str()
        .and_then(|text| text.parse::<f64>().ok());
    faults.unless(
        number.is_some_and(|number| number > 0.0),
        scaled,
        &format!("a trigger's {field}"),
        "must be a number above 0, as text",
    );
}
