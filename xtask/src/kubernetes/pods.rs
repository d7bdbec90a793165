//! What every pod must have: the restricted level of the Pod Security Standards, limits, probes, and time to stop.

use super::{
    SERVICES,
    objects::{Faults, Manifest, Object, list},
};
use crate::run::root;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::fs;

const SPEC: &str = "/spec/template/spec";
const CONTAINERS: [&str; 2] = ["initContainers", "containers"];
/// Kinds of volumes that the restricted level admits.
const VOLUMES: [&str; 8] = [
    "name",
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "secret",
];

/// What the Dockerfile says of the image.
pub struct Image {
    pub user: u64,
}

impl Image {
    pub fn read() -> Result<Self> {
        let dockerfile = fs::read_to_string(root().join("Dockerfile"))?;
        let mut users = dockerfile
            .lines()
            .filter_map(|line| line.strip_prefix("USER "));
        let user = users.next_back().context("the Dockerfile names no USER")?;
        let user = user.split(':').next().unwrap_or(user).trim();
        let user = user.parse().context("the Dockerfile's USER is no number")?;
        Ok(Self { user })
    }
}

pub fn inspect(manifest: &Manifest, image: &Image, faults: &mut Faults) {
    for name in SERVICES {
        match manifest.find("Deployment", name) {
            Some(service) => inspect_service(manifest, service, image, faults),
            None => faults.missing(manifest, "Deployment", name),
        }
    }
    for workload in manifest.workloads() {
        inspect_pod(workload, faults);
        for kind in CONTAINERS {
            let path = format!("{SPEC}/{kind}");
            for (index, container) in workload.list(&path).iter().enumerate() {
                let field = format!("{path}/{index}");
                inspect_container(workload, &field, workload.inner(container), faults);
            }
        }
    }
}

fn inspect_pod(workload: Object<'_>, faults: &mut Faults) {
    let mut equal = |field: &str, value: Value| {
        let field = format!("{SPEC}/{field}");
        faults.unless(
            *workload.get(&field) == value,
            workload,
            &field,
            format!("must be {value}"),
        );
    };
    equal("automountServiceAccountToken", json!(false));
    equal("enableServiceLinks", json!(false));
    equal("securityContext/runAsNonRoot", json!(true));
    equal(
        "securityContext/seccompProfile/type",
        json!("RuntimeDefault"),
    );
    equal("serviceAccountName", json!(workload.name()));
    for forbidden in ["hostNetwork", "hostPID", "hostIPC"] {
        equal(forbidden, Value::Null);
    }
    let user = format!("{SPEC}/securityContext/runAsUser");
    let number = workload.get(&user).as_u64().unwrap_or_default();
    faults.unless(number > 0, workload, &user, "must be a number other than 0");
    let volumes = format!("{SPEC}/volumes");
    for kind in workload
        .list(&volumes)
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|volume| volume.keys())
    {
        faults.unless(
            VOLUMES.contains(&kind.as_str()),
            workload,
            &volumes,
            format!("must not be of the kind {kind}"),
        );
    }
}

fn inspect_container(workload: Object<'_>, path: &str, container: Object<'_>, faults: &mut Faults) {
    let mut must = |holds: bool, field: &str, must: &str| {
        faults.unless(holds, workload, &format!("{path}{field}"), must);
    };
    let is = |field: &str, value: Value| *container.get(field) == value;
    must(
        is("/securityContext/allowPrivilegeEscalation", json!(false)),
        "/securityContext/allowPrivilegeEscalation",
        "must be false",
    );
    must(
        is("/securityContext/readOnlyRootFilesystem", json!(true)),
        "/securityContext/readOnlyRootFilesystem",
        "must be true",
    );
    must(
        is("/securityContext/capabilities", json!({"drop": ["ALL"]})),
        "/securityContext/capabilities",
        "must drop ALL and add none",
    );
    must(
        !is("/securityContext/privileged", json!(true)),
        "/securityContext/privileged",
        "must not be true",
    );
    for field in [
        "/resources/requests/cpu",
        "/resources/requests/memory",
        "/resources/limits/cpu",
        "/resources/limits/memory",
    ] {
        must(!container.text(field).is_empty(), field, "is missing");
    }
    if path.contains("/containers/") {
        for probe in ["/startupProbe", "/livenessProbe", "/readinessProbe"] {
            must(container.get(probe).is_object(), probe, "is missing");
        }
    }
    let open = list(container.get("/ports"))
        .iter()
        .any(|port| !port["hostPort"].is_null());
    must(!open, "/ports", "must not take a port of the host");
}

fn inspect_service(manifest: &Manifest, service: Object<'_>, image: &Image, faults: &mut Faults) {
    let container = service.inner(service.get("/spec/template/spec/containers/0"));
    let probe = |name: &str| {
        (
            container.text(&format!("/{name}/httpGet/path")),
            container.text(&format!("/{name}/httpGet/port")),
        )
    };
    let mut must =
        |holds: bool, field: &str, must: &str| faults.unless(holds, service, field, must);

    must(
        probe("startupProbe") == ("/livez", "admin"),
        "startupProbe",
        "must ask /livez on the admin port",
    );
    must(
        probe("livenessProbe") == ("/livez", "admin"),
        "livenessProbe",
        "must ask /livez on the admin port",
    );
    // The gateway's public port shows the same, and opens last.
    let port = if service.name() == "gateway" {
        "http"
    } else {
        "admin"
    };
    must(
        probe("readinessProbe") == ("/readyz", port),
        "readinessProbe",
        &format!("must ask /readyz on the port {port}"),
    );
    let admin = json!({"name": "admin", "containerPort": 9000});
    must(
        list(container.get("/ports")).contains(&admin),
        "ports",
        "must name 9000 admin",
    );

    let user = service
        .get("/spec/template/spec/securityContext/runAsUser")
        .as_u64();
    must(
        user == Some(image.user),
        "/spec/template/spec/securityContext/runAsUser",
        &format!("must be the image's {}", image.user),
    );
    must(
        *service.get("/spec/strategy/rollingUpdate/maxUnavailable") == 0,
        "/spec/strategy/rollingUpdate/maxUnavailable",
        "must be 0",
    );
    must(
        service.get("/spec/replicas").is_null(),
        "/spec/replicas",
        "must be left to the autoscaler",
    );
    let spread = service.list("/spec/template/spec/topologySpreadConstraints");
    for key in ["topology.kubernetes.io/zone", "kubernetes.io/hostname"] {
        must(
            spread
                .iter()
                .any(|constraint| constraint["topologyKey"] == key),
            "/spec/template/spec/topologySpreadConstraints",
            &format!("must spread over {key}"),
        );
    }
    let tag = container
        .text("/image")
        .rsplit('/')
        .next()
        .and_then(|image| image.split_once(':'));
    let pinned = tag.is_some_and(|(_, tag)| tag != "latest");
    must(
        pinned || manifest.overlay != "production",
        "image",
        "must have a tag other than latest",
    );

    let drain = drain_seconds(manifest);
    must(
        drain.is_some(),
        "SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT",
        "must be in the ConfigMap settings, in seconds",
    );
    let pause = container
        .get("/lifecycle/preStop/sleep/seconds")
        .as_u64()
        .unwrap_or_default();
    let grace = service
        .get("/spec/template/spec/terminationGracePeriodSeconds")
        .as_u64()
        .unwrap_or_default();
    let needed = drain.unwrap_or_default() + pause;
    must(
        grace > needed,
        "/spec/template/spec/terminationGracePeriodSeconds",
        &format!("must be more than the drain and the preStop, {needed} s"),
    );
}

fn drain_seconds(manifest: &Manifest) -> Option<u64> {
    let maps = manifest.of_kind("ConfigMap");
    let mut settings = maps.filter(|map| map.name().starts_with("settings-"));
    let drain = settings
        .next()?
        .text("/data/SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT");
    drain.strip_suffix('s')?.parse().ok()
}
