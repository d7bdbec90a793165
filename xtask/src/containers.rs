//! Tests that need a container engine: the adapters on the newest servers, and the compose file.

mod overlays;

use crate::run::{output, run};
use anyhow::{Context, Result, bail};
use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

const REDIS: &str = "redis:8";
const RABBITMQ: &str = "rabbitmq:4-management";
const PATIENCE: Duration = Duration::from_secs(120);

/// A container that is removed when the tests end, however they end.
struct Container(String);

impl Drop for Container {
    fn drop(&mut self) {
        if let Err(error) = output("docker", &["rm", "--force", "--volumes", &self.0]) {
            println!("removing a container failed: {error:#}");
        }
    }
}

pub fn all() -> Result<()> {
    output("docker", &["info"]).context("a container engine is needed: docker info failed")?;
    overlays::check()?;
    conformance()?;
    compose()?;
    end_to_end("the overlays", "the_overlays", &[])
}

/// One of the tests that need containers.
fn end_to_end(step: &str, test: &str, environment: &[(&str, &str)]) -> Result<()> {
    let arguments = [
        "test",
        "--locked",
        "-p",
        "end-to-end",
        "--features",
        "containers",
        "--test",
        "deployed",
        test,
    ];
    run(step, "cargo", &arguments, environment)
}

fn conformance() -> Result<()> {
    let durable = [
        "redis-server",
        "--bind",
        "*",
        "--protected-mode",
        "no",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always",
    ];
    let (_redis, redis_port) = start(
        REDIS,
        "6379",
        &[&durable[..], &["--maxmemory-policy", "noeviction"]].concat(),
    )?;
    let (_rabbitmq, amqp_port) = start(RABBITMQ, "5672", &[])?;
    let redis_url = format!("redis://127.0.0.1:{redis_port}");
    let amqp_url = format!("amqp://guest:guest@127.0.0.1:{amqp_port}");
    wait_for_amqp(&amqp_port)?;
    let servers = [
        ("SWITCHBOARD_TEST_REDIS_URLS", redis_url.as_str()),
        ("SWITCHBOARD_TEST_AMQP_URLS", amqp_url.as_str()),
    ];
    let arguments = [
        "test",
        "--locked",
        "-p",
        "redis-store",
        "-p",
        "rabbitmq",
        "--test",
        "conformance",
    ];
    run(
        "conformance on Redis 8 and RabbitMQ 4",
        "cargo",
        &arguments,
        &servers,
    )
}

/// Starts a container with one port published on the loopback interface; the port is the engine's choice.
fn start(image: &str, port: &str, command: &[&str]) -> Result<(Container, String)> {
    let publish = format!("127.0.0.1::{port}");
    let mut arguments = vec!["run", "--detach", "--publish", &publish, image];
    arguments.extend(command);
    let container = Container(output("docker", &arguments)?.trim().to_owned());
    let mapped = output("docker", &["port", &container.0, port])?;
    let mapped = mapped
        .lines()
        .next()
        .and_then(|line| line.rsplit_once(':'))
        .context("no published port")?;
    Ok((container, mapped.1.trim().to_owned()))
}

/// A broker answers wrong protocol headers with its own as soon as it serves.
fn wait_for_amqp(port: &str) -> Result<()> {
    use std::io::{Read, Write};
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let greeted = TcpStream::connect(format!("127.0.0.1:{port}")).and_then(|mut stream| {
            stream.set_read_timeout(Some(Duration::from_secs(1)))?;
            stream.write_all(b"HELO0000")?;
            let mut answer = [0; 4];
            stream.read_exact(&mut answer)?;
            Ok(answer == *b"AMQP")
        });
        if matches!(greeted, Ok(true)) {
            return Ok(());
        }
        std::thread::park_timeout(Duration::from_millis(200));
    }
    bail!("the broker did not serve within {PATIENCE:?}")
}

/// Builds the images, brings the compose file up and tells the story on it.
fn compose() -> Result<()> {
    let project = format!("switchboard-test-{}", std::process::id());
    let base = ["compose", "--project-name", &project];
    let with = |more: &[&'static str]| -> Vec<String> {
        base.iter()
            .map(|word| (*word).to_owned())
            .chain(more.iter().map(|word| (*word).to_owned()))
            .collect()
    };
    let call = |step: &str, more: &[&'static str], environment: &[(&str, &str)]| {
        let arguments = with(more);
        run(
            step,
            "docker",
            &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
            environment,
        )
    };
    let admin_key = format!("compose-test-key-{:0>24}", std::process::id());
    let environment = [
        ("SWITCHBOARD_ADMIN_KEY", admin_key.as_str()),
        ("SWITCHBOARD_ALLOW_PRIVATE_NETWORKS", "true"),
    ];
    let told = call(
        "compose up",
        &["up", "--build", "--wait", "--detach"],
        &environment,
    )
    .and_then(|()| {
        let port = output(
            "docker",
            &[
                "compose",
                "--project-name",
                &project,
                "port",
                "gateway",
                "8080",
            ],
        )?;
        let url = format!("http://{}", port.trim());
        let format = "{{(index .IPAM.Config 0).Gateway}}";
        let host = output(
            "docker",
            &[
                "network",
                "inspect",
                "--format",
                format,
                &format!("{project}_public"),
            ],
        )?;
        let story = [
            ("SWITCHBOARD_TEST_URL", url.as_str()),
            ("SWITCHBOARD_TEST_KEY", admin_key.as_str()),
            ("SWITCHBOARD_TEST_HOST", host.trim()),
            ("SWITCHBOARD_TEST_PROJECT", project.as_str()),
            environment[0],
            environment[1],
        ];
        end_to_end("the story on containers", "the_compose_project", &story)
    });
    if told.is_err() {
        let _ = call("logs", &["logs", "--tail", "100"], &environment);
    }
    call(
        "compose down",
        &["down", "--volumes", "--remove-orphans", "--timeout", "30"],
        &environment,
    )?;
    told
}
