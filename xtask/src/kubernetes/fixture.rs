//! Objects that are right: as few fields as the rules need.

use crate::kubernetes::SERVICES;
use serde_json::{Value, json};

fn service(name: &str) -> [Value; 3] {
    let port = if name == "gateway" { "http" } else { "admin" };
    let data = if name == "notifier" {
        json!({"name": "data", "emptyDir": {}})
    } else {
        json!({"name": "data", "persistentVolumeClaim": {"claimName": "blobs"}})
    };
    let labels =
        json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "switchboard"});
    let container = json!({
        "name": "service", "image": "example.com/switchboard:0.1.0",
        "ports": [{"name": "admin", "containerPort": 9000}],
        "env": [{"name": "SWITCHBOARD__BUS__URL_FILE", "value": "/run/secrets/switchboard/bus-url"}],
        "securityContext": {"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true, "capabilities": {"drop": ["ALL"]}},
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        "startupProbe": {"httpGet": {"path": "/livez", "port": "admin"}},
        "livenessProbe": {"httpGet": {"path": "/livez", "port": "admin"}},
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": port}},
        "lifecycle": {"preStop": {"sleep": {"seconds": 10}}},
    });
    let pod = json!({
        "automountServiceAccountToken": false, "enableServiceLinks": false, "serviceAccountName": name,
        "terminationGracePeriodSeconds": 45,
        "securityContext": {"runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "topologySpreadConstraints": [{"topologyKey": "topology.kubernetes.io/zone"}, {"topologyKey": "kubernetes.io/hostname"}],
        "containers": [container],
        "volumes": [{"name": "secrets", "secret": {"secretName": name, "items": [{"path": "bus-url"}]}}, data],
    });
    [
        object(
            "ServiceAccount",
            name,
            json!({"automountServiceAccountToken": false}),
        ),
        object(
            "PodDisruptionBudget",
            name,
            json!({"spec": {
            "maxUnavailable": 1, "selector": {"matchLabels": {"app.kubernetes.io/name": name}}}}),
        ),
        object(
            "Deployment",
            name,
            json!({"spec": {
            "strategy": {"rollingUpdate": {"maxUnavailable": 0}}, "template": {"metadata": {"labels": labels}, "spec": pod}}}),
        ),
    ]
}

fn policy(name: &str, spec: &Value) -> Value {
    object("NetworkPolicy", name, json!({ "spec": spec }))
}

fn policies() -> Vec<Value> {
    let ours = json!({"matchLabels": {"app.kubernetes.io/part-of": "switchboard"}});
    let of = |name: &str| json!({"matchLabels": {"app.kubernetes.io/name": name}});
    let except_v4 = [
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
    let except_v6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"];
    let monitoring = json!([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]);
    let out = |name: &str, port: u64| json!({"podSelector": ours, "egress": [{"to": [{"podSelector": of(name)}], "ports": [{"port": port}]}]});
    vec![
        policy(
            "default-deny",
            &json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}),
        ),
        policy("dns", &out("kube-dns", 53)),
        policy("bus", &out("rabbitmq", 5672)),
        policy("store", &out("redis", 6379)),
        policy(
            "telemetry",
            &json!({"podSelector": ours,
            "ingress": [{"from": monitoring, "ports": [{"port": 9000}]}], "egress": [{"to": monitoring, "ports": [{"port": 4318}]}]}),
        ),
        policy(
            "gateway",
            &json!({"podSelector": of("gateway"), "ingress": [{"ports": [{"port": 8080}]}]}),
        ),
        policy(
            "webhooks",
            &json!({"podSelector": of("notifier"), "egress": [{"to": [
            {"ipBlock": {"cidr": "0.0.0.0/0", "except": except_v4}}, {"ipBlock": {"cidr": "2000::/3", "except": except_v6}}]}]}),
        ),
        policy("redis", &json!({"podSelector": of("redis")})),
    ]
}

fn behavior() -> Value {
    let of =
        |window: u64| json!({"stabilizationWindowSeconds": window, "policies": [{"type": "Pods"}]});
    json!({"scaleUp": of(0), "scaleDown": of(300)})
}

fn scaled(name: &str, query: &str) -> Value {
    object(
        "ScaledObject",
        name,
        json!({"spec": {
        "scaleTargetRef": {"name": name}, "minReplicaCount": 2, "maxReplicaCount": 16,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": behavior()}},
        "triggers": [
            {"type": "rabbitmq", "authenticationRef": {"name": "rabbitmq"}, "metadata": {
                "protocol": "http", "mode": "QueueLength", "useRegex": "true", "operation": "sum", "value": "10",
                "queueName": format!(r"^sb\.ev\.{name}\.[0-9]+$")}},
            {"type": "prometheus", "metricType": "Value", "metadata": {"threshold": "5", "query": query}},
        ]}}),
    )
}

fn autoscaler(name: &str) -> Value {
    object(
        "HorizontalPodAutoscaler",
        name,
        json!({"spec": {
        "scaleTargetRef": {"name": name}, "minReplicas": 2, "maxReplicas": 12, "metrics": [{"type": "Resource"}], "behavior": behavior()}}),
    )
}

/// A StatefulSet is a pod like any other, with the store's arguments.
fn redis() -> [Value; 2] {
    let [account, _, mut set] = service("redis");
    set["kind"] = json!("StatefulSet");
    set["spec"]["volumeClaimTemplates"] = json!([{}]);
    set["spec"]["template"]["spec"]["containers"][0]["args"] = json!([
        "redis-server",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
        "--maxmemory-policy",
        "noeviction"
    ]);
    [account, set]
}

fn object(kind: &str, name: &str, mut fields: Value) -> Value {
    fields["kind"] = json!(kind);
    fields["metadata"] = json!({"name": name, "namespace": "switchboard"});
    fields
}

pub fn good() -> Vec<Value> {
    let mut namespace = object("Namespace", "switchboard", json!({}));
    namespace["metadata"]["labels"] = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    let mut objects = vec![
        namespace,
        object(
            "ConfigMap",
            "settings-1",
            json!({"data": {"SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT": "25s"}}),
        ),
        object(
            "PersistentVolumeClaim",
            "blobs",
            json!({"spec": {"accessModes": ["ReadWriteMany"]}}),
        ),
        object(
            "Service",
            "gateway",
            json!({"spec": {"ports": [{"targetPort": "http"}]}}),
        ),
        object(
            "TriggerAuthentication",
            "rabbitmq",
            json!({"spec": {"secretTargetRef": [{"name": "keda"}]}}),
        ),
        object(
            "RabbitmqCluster",
            "broker",
            json!({"spec": {"replicas": 3, "persistence": {"storage": "1Gi"}}}),
        ),
        object(
            "PodDisruptionBudget",
            "broker",
            json!({"spec": {"maxUnavailable": 1}}),
        ),
        scaled(
            "image-resize",
            r#"max(switchboard_relay_lag_seconds_sum) or vector(0)"#,
        ),
        scaled(
            "notifier",
            r#"max(switchboard_relay_lag_seconds_sum) or vector(0)"#,
        ),
        autoscaler("gateway"),
        autoscaler("phonebook"),
    ];
    objects.extend(SERVICES.iter().flat_map(|name| service(name)));
    objects.extend(policies());
    objects.extend(redis());
    objects
}
