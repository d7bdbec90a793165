//! Broker and store: a Redis that loses nothing, a broker that outlives the loss of a node.

use super::objects::{Faults, Manifest, Object};
use serde_json::Value;

const REDIS: [(&str, &str); 3] = [
    ("--appendonly", "yes"),
    ("--appendfsync", "always"),
    ("--maxmemory-policy", "noeviction"),
];

pub fn inspect(manifest: &Manifest, faults: &mut Faults) {
    if let Some(redis) = manifest.find("StatefulSet", "redis") {
        inspect_redis(redis, faults);
    }
    for cluster in manifest.of_kind("RabbitmqCluster") {
        let replicas = cluster.get("/spec/replicas").as_u64().unwrap_or_default();
        faults.unless(
            replicas >= 3 && replicas % 2 == 1,
            cluster,
            "/spec/replicas",
            "must be odd and three or more",
        );
        let storage = cluster.text("/spec/persistence/storage");
        faults.unless(
            !storage.is_empty(),
            cluster,
            "/spec/persistence/storage",
            "is missing",
        );
        if manifest
            .find("PodDisruptionBudget", cluster.name())
            .is_none()
        {
            faults.missing(manifest, "PodDisruptionBudget", cluster.name());
        }
    }
    for server in ["rabbitmq", "redis"] {
        let here = manifest
            .workloads()
            .chain(manifest.of_kind("RabbitmqCluster"))
            .any(|object| object.name() == server);
        if here && manifest.find("NetworkPolicy", server).is_none() {
            faults.missing(manifest, "NetworkPolicy", server);
        }
    }
    match manifest.find("Service", "gateway") {
        None => faults.missing(manifest, "Service", "gateway"),
        Some(service) => {
            let target = service.text("/spec/ports/0/targetPort");
            faults.unless(
                target == "http",
                service,
                "/spec/ports/0/targetPort",
                "must be http",
            );
        }
    }
}

fn inspect_redis(redis: Object<'_>, faults: &mut Faults) {
    let arguments: Vec<&str> = redis
        .list("/spec/template/spec/containers/0/args")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for (option, value) in REDIS {
        let set = arguments.windows(2).any(|pair| pair == [option, value]);
        faults.unless(
            set,
            redis,
            "/spec/template/spec/containers/0/args",
            format!("must have {option} {value}"),
        );
    }
    let kept = !redis.list("/spec/volumeClaimTemplates").is_empty();
    faults.unless(kept, redis, "/spec/volumeClaimTemplates", "is missing");
}
