//! The story on the compose project that the environment names, killed and brought up again in between.

use end_to_end::{Client, Sink, eventually_within, story, try_send};
use reqwest::Method;
use std::{
    env,
    process::{Command, Stdio},
    time::Duration,
};

fn named(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set; run cargo xtask containers"))
}

/// What the command prints; what it reports on the way is shown.
fn compose(arguments: &[&str]) -> String {
    let mut command = Command::new("docker");
    command
        .args([
            "compose",
            "--project-name",
            &named("SWITCHBOARD_TEST_PROJECT"),
        ])
        .args(arguments);
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let output = command.stderr(Stdio::inherit()).output().expect("docker");
    assert!(
        output.status.success(),
        "docker compose {}",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test]
async fn the_story_runs_in_containers_and_survives_kill_9() {
    let client = Client::new(
        &named("SWITCHBOARD_TEST_URL"),
        &named("SWITCHBOARD_TEST_KEY"),
    );
    let sink = Sink::start_for("0.0.0.0", &named("SWITCHBOARD_TEST_HOST")).await;
    eventually_within(Duration::from_secs(60), "all services", async || {
        let services = try_send(client.request(Method::GET, "/v1/subscriptions?limit=1"))
            .await
            .ok()?;
        let contacts = try_send(client.request(Method::GET, "/v1/contacts?limit=1"))
            .await
            .ok()?;
        (services.status == 200 && contacts.status == 200).then_some(())
    })
    .await;
    let mut told = story::tell(&client, &sink).await;
    compose(&["kill", "--signal", "KILL"]);
    compose(&["up", "--wait", "--detach"]);
    // The gateway gets another port of its range.
    told.client = told.client.at(&format!(
        "http://{}",
        compose(&["port", "gateway", "8080"]).trim()
    ));
    eventually_within(Duration::from_secs(60), "the system again", async || {
        let path = format!("/v1/contacts/{}", told.contact);
        let contact = try_send(told.client.request(Method::GET, &path))
            .await
            .ok()?;
        let hooks = try_send(
            told.client
                .request(Method::GET, "/v1/subscriptions?limit=1"),
        )
        .await
        .ok()?;
        (contact.status == 200 && hooks.status == 200).then_some(())
    })
    .await;
    story::find_again(&told, &sink).await;
}
