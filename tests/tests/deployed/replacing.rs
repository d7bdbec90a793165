//! Each service is scaled and replaced, copy by copy, under callers who must not notice.

use crate::{BETWEEN, PATIENCE, WRITERS, client, editors::Editors, newcomer, subscribed};
use end_to_end::{
    Client,
    account::{Load, audit},
    compose::{Compose, docker},
    eventually_within, try_send,
};
use reqwest::Method;

const SERVICES: [&str; 4] = ["phonebook", "image-resize", "notifier", "gateway"];
const EDITORS: usize = 2;

struct Callers {
    load: Load,
    editors: Editors,
}

impl Callers {
    fn turn_to(&self, gateways: &[String]) {
        self.load.turn_to(gateways);
        self.editors.turn_to(gateways);
    }
}

pub async fn scaling_and_replacing_fails_no_request(compose: &Compose) {
    let root = client(compose);
    let client = newcomer(&root).await;
    let sink = subscribed(compose, &client).await;
    let callers = Callers {
        load: Load::start(&client, &compose.gateways(), WRITERS),
        editors: Editors::start(&newcomer(&root).await, &compose.gateways(), EDITORS).await,
    };
    for service in SERVICES {
        callers.load.advance(BETWEEN).await;
        compose.scale(service, 2);
        instances(&root.at(&compose.gateways()[0]), service, 2).await;
        for old in compose.containers(service) {
            callers.load.advance(BETWEEN).await;
            replace(compose, &root, &callers, service, &old).await;
        }
    }
    callers.load.advance(BETWEEN).await;
    let changes = callers.editors.finish().await;
    let changes = changes.expect("no editor was refused or missed anything");
    assert_eq!(callers.load.refusals(), [""; 0], "no request was refused");
    let account = callers.load.finish().await;
    assert_eq!(account.unreached, 0, "no request went unanswered");
    let client = client.at(&compose.gateways()[0]);
    audit(&client, &sink, &account.acknowledged).await;
    println!(
        "scaled and replaced: {} writes, {changes} changes",
        account.acknowledged.len()
    );
}

/// One of two goes, with its time to drain, and a new one comes. Nobody is told of a gateway that goes, so callers turn
/// away from it before.
async fn replace(compose: &Compose, root: &Client, callers: &Callers, service: &str, old: &String) {
    let mut kept = compose.containers(service);
    kept.retain(|container| container != old);
    if service == "gateway" {
        callers.turn_to(&Compose::listening(&kept));
    }
    docker(&["stop", "--time", "40", old]);
    docker(&["rm", "--volumes", old]);
    compose.scale(service, 2);
    callers.turn_to(&compose.gateways());
    instances(&root.at(&compose.gateways()[0]), service, 2).await;
}

async fn instances(client: &Client, service: &str, wanted: u64) {
    eventually_within(PATIENCE, &format!("{wanted} of {service}"), async || {
        let request = client.request(Method::GET, "/v1/services");
        let services = try_send(request).await.ok()?.json();
        let rows = services["data"].as_array()?;
        let row = rows.iter().find(|row| row["name"] == service)?;
        (row["instances"] == wanted).then_some(())
    })
    .await;
}
