//! What the template of the services must say, for each of the four.

use super::template::{Parameters, list, of_type, resources};
use anyhow::Result;
use serde_json::{Map, Value, json};

const SERVICES: [&str; 4] = ["gateway", "phonebook", "image-resize", "notifier"];
pub const SCALED_BY_BACKLOG: [&str; 2] = ["image-resize", "notifier"];
/// The longest that Fargate waits between asking a task to stop and killing it.
const LONGEST_STOP: u64 = 120;
const DRAIN: &str = "SWITCHBOARD__RUNTIME__DRAIN_TIMEOUT";
/// Settings that are secret, and who needs them besides the URLs that all need.
const SECRETS: [(&str, &[&str]); 4] = [
    ("SWITCHBOARD__BUS__URL", &SERVICES),
    ("SWITCHBOARD__STORE__URL", &SERVICES),
    ("SWITCHBOARD__ADMIN_KEY", &["gateway"]),
    ("SWITCHBOARD__SECRETS_KEY", &["gateway", "notifier"]),
];
/// Security groups, and who is in them.
const GROUPS: [(&str, &[&str]); 4] = [
    ("TasksSecurityGroup", &SERVICES),
    ("GatewaySecurityGroup", &["gateway"]),
    ("WebhooksSecurityGroup", &["notifier"]),
    (
        "BlobsSecurityGroup",
        &["gateway", "phonebook", "image-resize"],
    ),
];

pub fn faults(template: &Value) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for service in SERVICES {
        let parameters = Parameters::from([("Service", service), ("BrokerName", "broker")]);
        let resources = resources(template, &parameters)?;
        let found = [
            task_faults(service, &resources),
            running_faults(service, &resources),
            scaling_faults(service, &resources, &template["Mappings"]["Size"][service]),
        ];
        faults.extend(
            found
                .concat()
                .iter()
                .map(|fault| format!("{service}: {fault}")),
        );
    }
    Ok(faults)
}

fn task_faults(service: &str, resources: &Map<String, Value>) -> Vec<String> {
    let Some((_, task)) = of_type(resources, "AWS::ECS::TaskDefinition").next() else {
        return vec!["there is no task definition".to_owned()];
    };
    let container = &task["ContainerDefinitions"][0];
    let command = list(&container["HealthCheck"]["Command"]);
    let user = container["User"].as_str().unwrap_or("0");
    let logs_kept = of_type(resources, "AWS::Logs::LogGroup")
        .all(|(_, group)| !group["RetentionInDays"].is_null());
    let mut faults = named([
        (
            stops_in_time(container),
            "StopTimeout must cover the drain and be at most 120 s",
        ),
        (
            command.first() == Some(&json!("CMD")) && command.last() == Some(&json!("healthcheck")),
            "the health check must be the binary's own: ECS ignores the image's",
        ),
        (
            container["ReadonlyRootFilesystem"] == true,
            "the root file system must be read-only",
        ),
        (
            container["LinuxParameters"]["Capabilities"]["Drop"] == json!(["ALL"]),
            "all capabilities must be dropped",
        ),
        (
            user.parse::<u32>().is_ok_and(|user| user > 0),
            "the user must be a number and not root",
        ),
        (
            container["LogConfiguration"]["LogDriver"] == "awslogs" && logs_kept,
            "logs must go to a group with a retention",
        ),
        (
            !task["TaskRoleArn"].is_null() && !task["ExecutionRoleArn"].is_null(),
            "the task needs roles of its own",
        ),
        (
            folder_is_guarded(task),
            "EFS must be mounted inside TLS and by a role",
        ),
    ]);
    faults.extend(secret_faults(service, container));
    faults
}

fn stops_in_time(container: &Value) -> bool {
    let drain = list(&container["Environment"])
        .iter()
        .find(|variable| variable["Name"] == DRAIN)
        .and_then(|variable| variable["Value"].as_str()?.strip_suffix('s')?.parse().ok());
    match (drain, container["StopTimeout"].as_u64()) {
        (Some(drain), Some(stop)) => (drain..=LONGEST_STOP).contains(&stop),
        _ => false,
    }
}

fn folder_is_guarded(task: &Value) -> bool {
    list(&task["Volumes"])
        .iter()
        .map(|volume| &volume["EFSVolumeConfiguration"])
        .filter(|folder| !folder.is_null())
        .all(|folder| {
            folder["TransitEncryption"] == "ENABLED"
                && folder["AuthorizationConfig"]["IAM"] == "ENABLED"
        })
}

/// Secrets come by reference, to those who need them, and nothing that sounds like one stands in the environment.
fn secret_faults(service: &str, container: &Value) -> Vec<String> {
    let has = |member: &str, name: &str| {
        list(&container[member])
            .iter()
            .any(|variable| variable["Name"] == name)
    };
    let mut faults = Vec::new();
    for (name, users) in SECRETS {
        if has("Secrets", name) != users.contains(&service) {
            faults.push(format!("{name} is for {}", users.join(", ")));
        }
    }
    let plain = list(&container["Environment"])
        .iter()
        .filter_map(|variable| variable["Name"].as_str())
        .filter(|name| {
            let known = SECRETS.iter().any(|(secret, _)| name.starts_with(secret));
            known
                || ["KEY", "SECRET", "PASSWORD", "TOKEN"]
                    .iter()
                    .any(|word| name.contains(word))
        });
    faults.extend(plain.map(|name| format!("{name} must be a secret by reference")));
    faults
}

fn running_faults(service: &str, resources: &Map<String, Value>) -> Vec<String> {
    let Some((_, running)) = of_type(resources, "AWS::ECS::Service").next() else {
        return vec!["there is no service".to_owned()];
    };
    let deployment = &running["DeploymentConfiguration"];
    let breaker = &deployment["DeploymentCircuitBreaker"];
    let network = &running["NetworkConfiguration"]["AwsvpcConfiguration"];
    let is_public = !list(&running["LoadBalancers"]).is_empty();
    let mut faults = named([
        (
            is_public == (service == "gateway"),
            "the load balancer is for the gateway alone",
        ),
        (
            deployment["MinimumHealthyPercent"] == 100,
            "no task may go before its successor is healthy",
        ),
        (
            breaker["Enable"] == true && breaker["Rollback"] == true,
            "a failing deployment must be rolled back",
        ),
        (
            network["AssignPublicIp"] == "DISABLED",
            "tasks must have no public addresses",
        ),
        (
            running["DesiredCount"].is_null(),
            "the number of tasks is the auto scaling's",
        ),
    ]);
    for (group, members) in GROUPS {
        let is_in = list(&network["SecurityGroups"]).contains(&json!({ "Ref": group }));
        if is_in != members.contains(&service) {
            faults.push(format!("{group} is for {}", members.join(", ")));
        }
    }
    faults
}

fn scaling_faults(service: &str, resources: &Map<String, Value>, size: &Value) -> Vec<String> {
    let targets = of_type(resources, "AWS::ApplicationAutoScaling::ScalableTarget").count();
    let policies: Vec<&str> = of_type(resources, "AWS::ApplicationAutoScaling::ScalingPolicy")
        .filter_map(|(_, policy)| policy["PolicyName"].as_str())
        .collect();
    let (least, most) = (size["Min"].as_u64(), size["Max"].as_u64());
    named([
        (targets == 1, "it must be scalable"),
        (policies.contains(&"cpu"), "it must scale by CPU"),
        (
            policies.contains(&"requests") == (service == "gateway"),
            "the gateway alone scales by requests",
        ),
        (
            policies.contains(&"backlog") == SCALED_BY_BACKLOG.contains(&service),
            "image-resize and notifier, and they alone, scale by backlog",
        ),
        (
            least >= Some(2) && most > least,
            "it needs two tasks at least, and room to grow",
        ),
    ])
}

/// Half of each group's queues is measured and doubled.
pub fn queue_faults(template: &Value, partitions: &[u16]) -> Vec<String> {
    let metrics = "/Resources/ScalingByBacklog/Properties/TargetTrackingScalingPolicyConfiguration/CustomizedMetricSpecification/Metrics";
    let text = template
        .pointer(metrics)
        .map(Value::to_string)
        .unwrap_or_default();
    let queues: Vec<u16> = text
        .split("sb.ev.${Service}.")
        .skip(1)
        .filter_map(|rest| rest.split('"').next()?.parse().ok())
        .collect();
    partitions
        .iter()
        .filter(|number| {
            2 * queues.len() != usize::from(**number) || queues.iter().any(|queue| queue >= *number)
        })
        .map(|number| {
            format!("half of {number} partitions must be measured for the backlog, not {queues:?}")
        })
        .collect()
}

fn named<const N: usize>(promises: [(bool, &str); N]) -> Vec<String> {
    let broken = promises.into_iter().filter(|(kept, _)| !kept);
    broken.map(|(_, promise)| promise.to_owned()).collect()
}

#[cfg(test)]
mod tests;
