//! Each service has a budget that keeps a node's drain from taking all of it, and lets the drain go on.

use super::{
    SERVICES,
    objects::{Faults, Manifest},
};

const NAME: &str = "app.kubernetes.io/name";

pub fn inspect(manifest: &Manifest, faults: &mut Faults) {
    for name in SERVICES {
        let Some(budget) = manifest.find("PodDisruptionBudget", name) else {
            faults.missing(manifest, "PodDisruptionBudget", name);
            continue;
        };
        let selected = budget.get("/spec/selector/matchLabels")[NAME].as_str();
        faults.unless(
            selected == Some(name),
            budget,
            "/spec/selector",
            "must select the service's pods",
        );
        let unavailable = budget.get("/spec/maxUnavailable").as_u64();
        faults.unless(
            unavailable == Some(1),
            budget,
            "/spec/maxUnavailable",
            "must be 1",
        );
        if let Some(service) = manifest.find("Deployment", name) {
            let label = service.pod_label(NAME);
            faults.unless(
                label == name,
                service,
                "/spec/template/metadata/labels",
                format!("must have {NAME}: {name}"),
            );
        }
    }
}
