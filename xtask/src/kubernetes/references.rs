//! What objects name must be there: settings, secrets, volumes, accounts. And no secret may be here.

use super::{
    SERVICES,
    objects::{Faults, Manifest, Object, list},
};
use crate::run::root;
use anyhow::Result;
use serde_json::Value;
use std::fs;

const PREFIX: &str = "SWITCHBOARD__";
/// Settings that are secrets, and so come as files.
const SECRETS: [&str; 4] = ["ADMIN_KEY", "SECRETS_KEY", "BUS__URL", "STORE__URL"];
const BLOB_USERS: [&str; 3] = ["gateway", "phonebook", "image-resize"];

/// The settings that the operations guide lists.
pub struct Known(String);

impl Known {
    pub fn read() -> Result<Self> {
        Ok(Self(fs::read_to_string(root().join("docs/operations.md"))?))
    }

    fn has(&self, setting: &str) -> bool {
        self.0.contains(&format!("| `{setting}`"))
    }
}

pub fn inspect(manifest: &Manifest, known: &Known, faults: &mut Faults) {
    let names: Vec<_> = manifest.of_kind("Namespace").collect();
    for namespace in &names {
        let label =
            namespace.get("/metadata/labels")["pod-security.kubernetes.io/enforce"].as_str();
        faults.unless(
            label == Some("restricted"),
            *namespace,
            "/metadata/labels",
            "must enforce the level restricted",
        );
    }
    for object in manifest.all().filter(|object| object.kind() != "Namespace") {
        let inside = names
            .iter()
            .any(|namespace| namespace.name() == object.text("/metadata/namespace"));
        faults.unless(
            inside,
            object,
            "/metadata/namespace",
            "must be the overlay's own",
        );
    }
    for account in manifest.of_kind("ServiceAccount") {
        faults.unless(
            *account.get("/automountServiceAccountToken") == false,
            account,
            "/automountServiceAccountToken",
            "must be false",
        );
    }
    for secret in manifest.of_kind("Secret") {
        faults.unless(
            manifest.overlay == "dev",
            secret,
            "",
            "must not be in the repository",
        );
    }
    for map in manifest.of_kind("ConfigMap") {
        for name in map
            .get("/data")
            .as_object()
            .into_iter()
            .flat_map(|data| data.keys())
        {
            inspect_setting(map, name, known, faults);
        }
    }
    for workload in manifest.workloads() {
        if manifest.find("ServiceAccount", workload.name()).is_none() {
            faults.missing(manifest, "ServiceAccount", workload.name());
        }
        for container in workload.list("/spec/template/spec/containers") {
            for variable in list(&container["env"]) {
                inspect_setting(
                    workload,
                    variable["name"].as_str().unwrap_or_default(),
                    known,
                    faults,
                );
            }
        }
    }
    for name in SERVICES {
        if let Some(service) = manifest.find("Deployment", name) {
            inspect_volumes(manifest, service, faults);
        }
    }
}

/// An unknown setting would stop the start.
fn inspect_setting(object: Object<'_>, variable: &str, known: &Known, faults: &mut Faults) {
    let Some(setting) = variable.strip_prefix(PREFIX) else {
        return;
    };
    faults.unless(
        !SECRETS.contains(&setting),
        object,
        variable,
        "must be given as a file, by its name with _FILE",
    );
    let setting = setting.strip_suffix("_FILE").unwrap_or(setting);
    faults.unless(
        known.has(setting),
        object,
        variable,
        "is no setting that the operations guide lists",
    );
}

fn inspect_volumes(manifest: &Manifest, service: Object<'_>, faults: &mut Faults) {
    let volumes = service.list("/spec/template/spec/volumes");
    let field = "/spec/template/spec/volumes";
    let secret = volumes
        .iter()
        .find_map(|volume| volume["secret"]["secretName"].as_str());
    let named = secret.unwrap_or_default();
    faults.unless(
        named.starts_with(service.name()),
        service,
        field,
        "must have the service's own secret",
    );
    if manifest.overlay == "dev" && manifest.find("Secret", named).is_none() {
        faults.missing(manifest, "Secret", named);
    }
    inspect_secret_files(service, volumes, faults);
    let claim = volumes
        .iter()
        .find_map(|volume| volume["persistentVolumeClaim"]["claimName"].as_str());
    let needed = BLOB_USERS.contains(&service.name()).then_some("blobs");
    faults.unless(
        claim == needed,
        service,
        field,
        format!("must have the claim {needed:?}, has {claim:?}"),
    );
    let Some(blobs) = manifest.find("PersistentVolumeClaim", "blobs") else {
        return faults.missing(manifest, "PersistentVolumeClaim", "blobs");
    };
    let shared = list(blobs.get("/spec/accessModes"))
        .iter()
        .any(|mode| mode == "ReadWriteMany");
    faults.unless(
        shared || manifest.overlay == "dev",
        blobs,
        "/spec/accessModes",
        "must be ReadWriteMany",
    );
}

/// Each file that a setting names is mounted.
fn inspect_secret_files(service: Object<'_>, volumes: &[Value], faults: &mut Faults) {
    let items = volumes
        .iter()
        .flat_map(|volume| list(&volume["secret"]["items"]));
    let paths: Vec<&str> = items.filter_map(|item| item["path"].as_str()).collect();
    for variable in service.list("/spec/template/spec/containers/0/env") {
        let name = variable["name"].as_str().unwrap_or_default();
        let file = variable["value"].as_str().unwrap_or_default();
        if name.ends_with("_FILE") {
            let path = file.strip_prefix("/run/secrets/switchboard/");
            let mounted = path.is_some_and(|path| paths.contains(&path));
            faults.unless(
                mounted,
                service,
                name,
                format!("names {file:?}, which is not mounted"),
            );
        }
    }
}
