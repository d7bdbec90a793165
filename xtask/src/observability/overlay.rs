//! What the overlay starts is no weaker than what the compose file starts.

use super::is_file;
use serde_json::Value;

/// The image has nothing to ask with.
const UNHEALTHY: [&str; 1] = ["collector"];

pub fn inspect(overlay: &Value, faults: &mut Vec<String>) {
    let services = overlay["services"].as_object().into_iter().flatten();
    for (name, service) in services.filter(|(_, service)| service.get("image").is_some()) {
        let mut must = |holds: bool, what: &str| {
            if !holds {
                faults.push(format!("{name}: {what}"));
            }
        };
        let image = service["image"].as_str().unwrap_or_default();
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        must(
            tag.contains(|c: char| c.is_ascii_digit()),
            "its image must have a version",
        );
        must(service["read_only"] == true, "must be read-only");
        must(
            service["cap_drop"][0] == "ALL",
            "must drop all capabilities",
        );
        must(
            service["security_opt"][0] == "no-new-privileges:true",
            "must not gain privileges",
        );
        for limit in ["mem_limit", "cpus"] {
            must(!service[limit].is_null(), &format!("{limit} is missing"));
        }
        let lasting = !service["restart"].is_null() && !UNHEALTHY.contains(&name.as_str());
        must(
            !lasting || service["healthcheck"]["test"].is_array(),
            "has no health check",
        );
        for port in texts(&service["ports"]) {
            must(
                port.starts_with("127.0.0.1:"),
                &format!("publishes {port} to everybody"),
            );
        }
        for mount in texts(&service["volumes"]).filter(|mount| mount.starts_with("./")) {
            let (source, target) = mount.split_once(':').unwrap_or((mount, ""));
            must(
                is_file(source),
                &format!("mounts {source}, which is not there"),
            );
            must(target.ends_with(":ro"), &format!("may write to {source}"));
        }
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn good() -> Value {
        json!({"image": "a/b:1.2", "read_only": true, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
            "mem_limit": "1g", "cpus": 1, "restart": "always", "healthcheck": {"test": ["CMD", "a"]},
            "ports": ["127.0.0.1:1:1"], "volumes": ["./Cargo.toml:/a:ro", "data:/data"]})
    }

    fn faults(service: &Value) -> Vec<String> {
        let mut faults = Vec::new();
        inspect(&json!({"services": {"a": service}}), &mut faults);
        faults
    }

    #[test]
    fn every_broken_rule_is_noticed() {
        assert_eq!(faults(&good()), Vec::<String>::new());
        for (field, value) in [
            ("image", json!("a/b:latest")),
            ("image", json!("a/b")),
            ("read_only", json!(false)),
            ("cap_drop", json!(null)),
            ("security_opt", json!([])),
            ("mem_limit", json!(null)),
            ("cpus", json!(null)),
            ("healthcheck", json!(null)),
            ("ports", json!(["1:1"])),
            ("ports", json!(["0.0.0.0:1:1"])),
            ("volumes", json!(["./Cargo.toml:/a"])),
            ("volumes", json!(["./nowhere:/a:ro"])),
        ] {
            let mut broken = good();
            broken[field] = value.clone();
            assert_eq!(faults(&broken).len(), 1, "{field} = {value}");
        }
    }
}
