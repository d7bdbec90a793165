use super::*;

fn notifier() -> Value {
    json!({
        "Logs": { "Type": "AWS::Logs::LogGroup", "Properties": { "RetentionInDays": 30 } },
        "Task": { "Type": "AWS::ECS::TaskDefinition", "Properties": {
            "TaskRoleArn": "task",
            "ExecutionRoleArn": "execution",
            "Volumes": [{ "EFSVolumeConfiguration": {
                "TransitEncryption": "ENABLED",
                "AuthorizationConfig": { "IAM": "ENABLED" },
            } }],
            "ContainerDefinitions": [{
                "User": "65532",
                "ReadonlyRootFilesystem": true,
                "LinuxParameters": { "Capabilities": { "Drop": ["ALL"] } },
                "StopTimeout": 40,
                "HealthCheck": { "Command": ["CMD", "/service", "healthcheck"] },
                "Environment": [{ "Name": DRAIN, "Value": "25s" }],
                "Secrets": [
                    { "Name": "SWITCHBOARD__BUS__URL" },
                    { "Name": "SWITCHBOARD__STORE__URL" },
                    { "Name": "SWITCHBOARD__SECRETS_KEY" },
                ],
                "LogConfiguration": { "LogDriver": "awslogs" },
            }],
        } },
        "Tasks": { "Type": "AWS::ECS::Service", "Properties": {
            "DeploymentConfiguration": {
                "MinimumHealthyPercent": 100,
                "DeploymentCircuitBreaker": { "Enable": true, "Rollback": true },
            },
            "NetworkConfiguration": { "AwsvpcConfiguration": {
                "AssignPublicIp": "DISABLED",
                "SecurityGroups": [{ "Ref": "TasksSecurityGroup" }, { "Ref": "WebhooksSecurityGroup" }],
            } },
        } },
        "Scaling": { "Type": "AWS::ApplicationAutoScaling::ScalableTarget" },
        "Cpu": { "Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": { "PolicyName": "cpu" } },
        "Backlog": { "Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": { "PolicyName": "backlog" } },
    })
}

fn faults_of(resources: &Value) -> Vec<String> {
    let resources = resources.as_object().cloned().unwrap_or_default();
    let size = json!({ "Min": 2, "Max": 16 });
    [
        task_faults("notifier", &resources),
        running_faults("notifier", &resources),
        scaling_faults("notifier", &resources, &size),
    ]
    .concat()
}

#[test]
fn what_is_right_has_no_fault() {
    assert_eq!(faults_of(&notifier()), Vec::<String>::new());
}

#[test]
fn each_setting_is_watched() {
    let container = "/Task/Properties/ContainerDefinitions/0";
    let folder = "/Task/Properties/Volumes/0/EFSVolumeConfiguration";
    let deployment = "/Tasks/Properties/DeploymentConfiguration";
    let network = "/Tasks/Properties/NetworkConfiguration/AwsvpcConfiguration";
    let changes = [
        ("/Logs/Properties/RetentionInDays".to_owned(), json!(null)),
        ("/Task/Properties/TaskRoleArn".to_owned(), json!(null)),
        (format!("{folder}/TransitEncryption"), json!("DISABLED")),
        (
            format!("{folder}/AuthorizationConfig/IAM"),
            json!("DISABLED"),
        ),
        (format!("{container}/User"), json!("0")),
        (format!("{container}/User"), json!("nonroot")),
        (format!("{container}/ReadonlyRootFilesystem"), json!(false)),
        (format!("{container}/LinuxParameters"), json!({})),
        (format!("{container}/StopTimeout"), json!(24)),
        (format!("{container}/StopTimeout"), json!(121)),
        (format!("{container}/HealthCheck"), json!(null)),
        (
            format!("{container}/HealthCheck/Command/0"),
            json!("CMD-SHELL"),
        ),
        (format!("{container}/Environment/0/Name"), json!("OTHER")),
        (
            format!("{container}/Secrets/2/Name"),
            json!("SWITCHBOARD__ADMIN_KEY"),
        ),
        (
            format!("{container}/LogConfiguration/LogDriver"),
            json!("none"),
        ),
        (format!("{deployment}/MinimumHealthyPercent"), json!(50)),
        (
            format!("{deployment}/DeploymentCircuitBreaker/Rollback"),
            json!(false),
        ),
        (format!("{network}/AssignPublicIp"), json!("ENABLED")),
        (
            format!("{network}/SecurityGroups/1/Ref"),
            json!("GatewaySecurityGroup"),
        ),
        ("/Scaling/Type".to_owned(), json!("Other")),
        ("/Cpu/Properties/PolicyName".to_owned(), json!("requests")),
        ("/Backlog/Properties/PolicyName".to_owned(), json!("other")),
    ];
    for (place, value) in changes {
        let mut resources = notifier();
        let member = resources.pointer_mut(&place).expect("the place is there");
        *member = value;
        assert!(!faults_of(&resources).is_empty(), "{place} is not watched");
    }
}

#[test]
fn nothing_secret_stands_in_the_environment() {
    for name in [
        "SWITCHBOARD__BUS__URL",
        "SWITCHBOARD__ADMIN_KEY_FILE",
        "REDIS_PASSWORD",
    ] {
        let mut resources = notifier();
        let environment = "/Task/Properties/ContainerDefinitions/0/Environment";
        let variables = resources
            .pointer_mut(environment)
            .and_then(Value::as_array_mut);
        variables
            .expect("a list")
            .push(json!({ "Name": name, "Value": "x" }));
        assert_eq!(
            faults_of(&resources),
            [format!("{name} must be a secret by reference")]
        );
    }
}

#[test]
fn half_of_the_queues_is_measured() {
    let metric =
        |queue: u16| json!({ "Value": { "Fn::Sub": format!("sb.ev.${{Service}}.{queue}") } });
    let template = json!({ "Resources": { "ScalingByBacklog": { "Properties": {
        "TargetTrackingScalingPolicyConfiguration": { "CustomizedMetricSpecification": {
            "Metrics": [metric(0), metric(3)],
        } },
    } } } });
    assert_eq!(queue_faults(&template, &[4, 4]), Vec::<String>::new());
    assert_eq!(queue_faults(&template, &[4, 8]).len(), 1);
    assert_eq!(queue_faults(&template, &[3]).len(), 1);
}
