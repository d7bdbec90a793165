//! Each rule is broken in turn, and must be noticed.

use super::{Faults, Manifest, fixture::good, inspect};
use serde_json::Value;

/// Whose field gets another value; null takes it away. `POD` and `CONTAINER` stand for the way to them.
const BROKEN: &str = r#"
Namespace/switchboard /metadata/labels = {}
Service/gateway /metadata/namespace = "default"
Service/gateway /kind = "Secret"
Service/gateway /spec/ports/0/targetPort = "admin"
ConfigMap/settings-1 /data/SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT = "60s"
ConfigMap/settings-1 /data/SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT = null
ConfigMap/settings-1 /data/SWITCHBOARD__RUNTIME__NONSENSE = "1"
ConfigMap/settings-1 /data/SWITCHBOARD__STORE__URL = "redis://a:b@c"
PersistentVolumeClaim/blobs /spec/accessModes = ["ReadWriteOnce"]
ServiceAccount/notifier /automountServiceAccountToken = null
PodDisruptionBudget/phonebook /spec/maxUnavailable = 0
PodDisruptionBudget/phonebook /spec/selector/matchLabels = {}
PodDisruptionBudget/broker /kind = "Other"
RabbitmqCluster/broker /spec/replicas = 2
RabbitmqCluster/broker /spec/persistence = null
StatefulSet/redis CONTAINER/args/2 = "no"
StatefulSet/redis CONTAINER/args/4 = "everysec"
StatefulSet/redis CONTAINER/args/6 = "allkeys-lru"
StatefulSet/redis CONTAINER/livenessProbe = null
StatefulSet/redis /spec/volumeClaimTemplates = null
Deployment/notifier /spec/replicas = 1
Deployment/notifier /spec/strategy = null
Deployment/notifier /spec/template/metadata/labels = {}
Deployment/notifier POD/automountServiceAccountToken = null
Deployment/notifier POD/enableServiceLinks = null
Deployment/notifier POD/serviceAccountName = "default"
Deployment/notifier POD/hostNetwork = true
Deployment/notifier POD/terminationGracePeriodSeconds = 35
Deployment/notifier POD/topologySpreadConstraints/0 = {}
Deployment/notifier POD/topologySpreadConstraints/1 = {}
Deployment/notifier POD/securityContext/runAsNonRoot = null
Deployment/notifier POD/securityContext/runAsUser = 1000
Deployment/notifier POD/securityContext/seccompProfile = null
Deployment/notifier POD/volumes/0/secret/secretName = "gateway"
Deployment/notifier POD/volumes/0/secret/items = []
Deployment/notifier POD/volumes/1 = {"name": "data", "hostPath": {}}
Deployment/phonebook POD/volumes/1 = {"name": "data", "emptyDir": {}}
Deployment/notifier CONTAINER/image = "example.com:5000/switchboard"
Deployment/notifier CONTAINER/image = "example.com/switchboard:latest"
Deployment/notifier CONTAINER/ports = []
Deployment/notifier CONTAINER/ports/0/hostPort = 9000
Deployment/notifier CONTAINER/env/0/name = "SWITCHBOARD__BUS__URL"
Deployment/notifier CONTAINER/securityContext/allowPrivilegeEscalation = null
Deployment/notifier CONTAINER/securityContext/readOnlyRootFilesystem = null
Deployment/notifier CONTAINER/securityContext/capabilities = {"drop": ["ALL"], "add": ["CHOWN"]}
Deployment/notifier CONTAINER/securityContext/privileged = true
Deployment/notifier CONTAINER/resources/requests/cpu = null
Deployment/notifier CONTAINER/resources/requests/memory = null
Deployment/notifier CONTAINER/resources/limits/cpu = null
Deployment/notifier CONTAINER/resources/limits/memory = null
Deployment/notifier CONTAINER/startupProbe = null
Deployment/notifier CONTAINER/livenessProbe/httpGet/path = "/readyz"
Deployment/notifier CONTAINER/readinessProbe/httpGet/path = "/livez"
Deployment/gateway CONTAINER/readinessProbe/httpGet/port = "admin"
NetworkPolicy/default-deny /spec/podSelector = {"matchLabels": {"a": "b"}}
NetworkPolicy/default-deny /spec/policyTypes = ["Ingress"]
NetworkPolicy/default-deny /spec/egress = [{}]
NetworkPolicy/bus /spec/egress/0/to = null
NetworkPolicy/bus /spec/egress/0/to/0/podSelector = {}
NetworkPolicy/bus /spec/egress/0/to/0 = {"ipBlock": {"cidr": "0.0.0.0/0"}}
NetworkPolicy/bus /spec/egress/0/ports = null
NetworkPolicy/bus /spec/egress/0/ports/0/port = 22
NetworkPolicy/bus /spec/egress/0/ports/0/endPort = 65535
NetworkPolicy/webhooks /spec/podSelector = {}
NetworkPolicy/webhooks /spec/egress/0/to/0/ipBlock/except/4 = "1.2.3.4/32"
NetworkPolicy/webhooks /spec/egress/0/to/1/ipBlock/except/3 = "1.2.3.4/32"
NetworkPolicy/webhooks /spec/egress/0/to/1/ipBlock/cidr = "::/0"
NetworkPolicy/gateway /spec/ingress/0/ports = null
NetworkPolicy/gateway /spec/ingress/0/ports/0/port = 9000
NetworkPolicy/gateway /spec/podSelector = {}
NetworkPolicy/telemetry /spec/ingress/0/ports = null
NetworkPolicy/telemetry /spec/ingress/0/from/0/namespaceSelector = {}
HorizontalPodAutoscaler/gateway /spec/behavior = null
HorizontalPodAutoscaler/gateway /spec/minReplicas = 1
HorizontalPodAutoscaler/gateway /spec/maxReplicas = 2
HorizontalPodAutoscaler/gateway /spec/metrics = null
HorizontalPodAutoscaler/gateway /spec/scaleTargetRef/name = "notifier"
HorizontalPodAutoscaler/gateway /metadata/name = "notifier"
ScaledObject/notifier /spec/cooldownPeriods = 1
ScaledObject/notifier /spec/minReplicaCount = 0
ScaledObject/notifier /spec/maxReplicaCount = 17
ScaledObject/notifier /spec/scaleTargetRef/name = "gateway"
ScaledObject/notifier /spec/advanced = null
ScaledObject/notifier /spec/triggers/0/metadata/protocol = "amqp"
ScaledObject/notifier /spec/triggers/0/metadata/queueName = "sb.ev.notifier"
ScaledObject/notifier /spec/triggers/0/metadata/value = 10
ScaledObject/notifier /spec/triggers/0/authenticationRef = null
ScaledObject/notifier /spec/triggers/0/type = "cron"
ScaledObject/notifier /spec/triggers/1/type = "cron"
ScaledObject/notifier /spec/triggers/1/metricType = null
ScaledObject/notifier /spec/triggers/1/metadata/threshold = "much"
ScaledObject/notifier /spec/triggers/1/metadata/query = "switchboard_nothing_seconds or vector(0)"
ScaledObject/notifier /spec/triggers/1/metadata/query = "switchboard_relay_lag_seconds_sum"
TriggerAuthentication/rabbitmq /spec/secretTargetRef = null
"#;

fn faults(objects: Vec<Value>) -> Vec<String> {
    let mut faults = Faults::default();
    inspect(&Manifest::new("production", objects), &mut faults).expect("the sources are there");
    faults.into_lines()
}

/// Objects that are right but for one line of the table.
fn broken(line: &str) -> Vec<Value> {
    let (whose, value) = line.split_once(" = ").expect("a value");
    let (object, pointer) = whose.split_once(' ').expect("a field");
    let (kind, name) = object.split_once('/').expect("a name");
    let pointer = pointer
        .replace("CONTAINER", "POD/containers/0")
        .replace("POD", "/spec/template/spec");
    let mut objects = good();
    let object = objects
        .iter_mut()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name);
    set(
        object.expect("an object of the fixture"),
        &pointer,
        serde_json::from_str(value).expect("JSON"),
    );
    objects
}

fn set(object: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    match object.pointer_mut(parent).expect("a field of the fixture") {
        Value::Array(items) => items[field.parse::<usize>().expect("an index")] = value,
        Value::Object(fields) if value.is_null() => {
            fields.remove(field).expect("a field of the fixture");
        }
        parent => parent[field] = value,
    }
}

#[test]
fn what_is_right_has_no_fault() {
    assert_eq!(faults(good()), Vec::<String>::new());
}

#[test]
fn every_broken_rule_is_noticed() {
    for line in BROKEN.lines().filter(|line| !line.is_empty()) {
        assert_ne!(faults(broken(line)), Vec::<String>::new(), "{line}");
    }
}

#[test]
fn a_fault_names_overlay_object_and_field() {
    let line = "Deployment/notifier CONTAINER/resources/limits/memory = null";
    let expected = "production: Deployment/notifier: /spec/template/spec/containers/0/resources/limits/memory is missing";
    assert_eq!(faults(broken(line)), [expected]);
}

/// All but the servers, which may be elsewhere.
#[test]
fn every_missing_object_is_noticed() {
    let mut unnoticed = Vec::new();
    for index in 0..good().len() {
        let mut objects = good();
        let gone = objects.remove(index);
        if faults(objects).is_empty() {
            unnoticed.push(gone["kind"].clone());
        }
    }
    assert_eq!(unnoticed, ["RabbitmqCluster", "StatefulSet"]);
}
