use crate::{search::named, tenant};
use end_to_end::{Answer, Client, System, eventually_within, id_of, send, try_send};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const NOBODY: &str = "con_01h455vb4pex5vsknk084sn02q";
const BATCH: &str = "/v1/contacts/batch";
/// What a crash leaves behind has to end first.
const PATIENCE: Duration = Duration::from_secs(90);

fn create(contact: Value) -> Value {
    json!({ "op": "create", "contact": contact })
}

fn update(id: &str, contact: Value) -> Value {
    json!({ "op": "update", "id": id, "contact": contact })
}

fn statuses(results: &Value) -> Vec<u64> {
    let results = results["results"].as_array().expect("results");
    let status = |result: &Value| result["status"].as_u64().expect("a status");
    results.iter().map(status).collect()
}

fn keyed(client: &Client, key: &str, body: &Value) -> RequestBuilder {
    let request = client
        .request(Method::POST, BATCH)
        .header("idempotency-key", key);
    let request = request.header("content-type", "application/json");
    request
        .timeout(Duration::from_secs(20))
        .body(body.to_string())
}

pub async fn results(root: &Client) {
    let client = &tenant(root, "batch").await;
    let [ada, bob, cy] = ["Ada", "Bob", "Cy"].map(|name| named(name, "Old"));
    let ids = client.contacts(&[ada, bob, cy]).await;
    let stale = json!("\"v9\"");
    let mut operations = vec![
        create(named("Dee", "New")),
        create(json!({ "notes": "nobody" })),
        update(
            &ids[0],
            json!({ "nickname": "Countess", "name": { "family": null } }),
        ),
        update(&ids[1], json!({ "nickname": "late" })),
        json!({ "op": "delete", "id": ids[2], "if_match": "\"v1\"" }),
        update(NOBODY, json!({ "nickname": "x" })),
        json!({ "op": "delete", "id": "con_x" }),
        update(&ids[0], json!({ "phones": [{ "number": "12" }] })),
        update(&ids[0], json!({ "notes": "twice" })),
        update(&ids[2], json!({ "notes": "deleted" })),
        create(json!({ "name": { "given": 7 }, "colour": 1 })),
    ];
    operations[3]["if_match"] = stale;
    let answer = client
        .post(BATCH, &json!(operations))
        .await
        .expect(200)
        .json();
    assert_eq!(
        statuses(&answer),
        [201, 400, 200, 412, 204, 404, 404, 400, 200, 404, 400]
    );
    let result = |place: usize| answer["results"][place].clone();
    assert_eq!(
        result(0)["contact"],
        client.shown(&id_of(&result(0)["contact"])).await
    );
    assert_eq!(
        result(2)["contact"]["name"],
        json!({ "given": "Ada", "display": "Ada" })
    );
    assert_eq!(result(8)["contact"], client.shown(&ids[0]).await);
    assert_eq!(result(8)["contact"]["version"], 3);
    assert_eq!(
        result(7)["error"]["errors"][0]["pointer"],
        "#/phones/0/number"
    );
    assert_eq!(result(3)["error"]["status"], 412);
    assert_eq!(client.shown(&ids[1]).await["version"], 1);
    assert_eq!(client.names("").await, ["Ada", "Bob Old", "Dee New"]);
    // One event for each change, in the order of the operations.
    let events = client.events("contact.*").await;
    let types: Vec<_> = events
        .iter()
        .skip(3)
        .map(|event| event["type"].as_str().expect("a type"))
        .collect();
    let expected = ["created", "updated", "deleted", "updated"];
    assert_eq!(types, expected.map(|what| format!("contact.{what}.v1")));

    let twice: Vec<_> = (0..60)
        .map(|turn| update(&ids[1], json!({ "notes": format!("turn {turn}") })))
        .collect();
    let answer = client.post(BATCH, &json!(twice)).await.expect(200).json();
    let versions: Vec<_> = answer["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|result| result["contact"]["version"].clone())
        .collect();
    assert_eq!(versions, (2..62).map(Value::from).collect::<Vec<_>>());
    let stranger = tenant(root, "stranger").await;
    let foreign = stranger
        .post(
            BATCH,
            &json!([update(&ids[0], json!({ "notes": "x" })), { "op": "delete", "id": ids[0] }]),
        )
        .await;
    assert_eq!(statuses(&foreign.expect(200).json()), [404, 404]);
}

pub async fn bounds(root: &Client) {
    let client = &tenant(root, "bounds").await;
    let many = |count: usize| {
        json!(
            (0..count)
                .map(|place| create(named(&format!("N{place:03}"), "X")))
                .collect::<Vec<_>>()
        )
    };
    let refused = client.post(BATCH, &many(501)).await;
    assert_eq!(refused.sorted_faults(), ["#"]);
    assert_eq!(
        statuses(&client.post(BATCH, &json!([])).await.expect(200).json()),
        [0; 0]
    );
    let whole = client.post(BATCH, &many(500)).await.expect(200).json();
    assert_eq!(statuses(&whole), [201; 500]);
    let names = client.names("limit=500").await;
    assert_eq!(
        names,
        (0..500)
            .map(|place| format!("N{place:03} X"))
            .collect::<Vec<_>>()
    );
    assert_eq!(whole["results"][499]["contact"]["name"]["given"], "N499");
    let refused = client.post(BATCH, &json!({})).await;
    assert_eq!(refused.sorted_faults(), ["#"]);
    for (malformed, faults) in [
        (json!(7), ["#"].as_slice()),
        (json!({}), &["#/contact", "#/op"]),
        (json!({ "op": "upsert", "contact": {} }), &["#/op"]),
        (
            json!({ "op": "update", "colour": 1 }),
            &["#/colour", "#/contact", "#/id"],
        ),
        (json!({ "op": "delete" }), &["#/id"]),
    ] {
        let body = json!([create(named("A", "B")), malformed]);
        let answer = client.post(BATCH, &body).await.expect(200).json();
        assert_eq!(statuses(&answer), [201, 400], "{body}");
        let errors = answer["results"][1]["error"]["errors"].as_array();
        let pointers = errors.into_iter().flatten();
        let pointers: BTreeSet<_> = pointers
            .filter_map(|error| error["pointer"].as_str())
            .collect();
        assert_eq!(pointers.into_iter().collect::<Vec<_>>(), faults, "{body}");
    }
    assert_eq!(
        client
            .post(&format!("{BATCH}?region=XX"), &many(1))
            .await
            .sorted_faults(),
        ["region"]
    );
    large(client).await;
}

/// Contacts and faults that are large together, though none is alone.
async fn large(client: &Client) {
    let custom = |bytes: usize| -> Value {
        let entry = |place: usize| (format!("k{place}"), Value::from("\u{1F4DE}".repeat(1_000)));
        Value::Object((0..bytes / 4_000).map(entry).collect())
    };
    for bytes in [20_000, 48_000, 76_000, 120_000] {
        let count = 950_000 / bytes;
        let contact = |place: usize| {
            create(json!({ "name": { "given": format!("Large{place}") }, "custom": custom(bytes) }))
        };
        let contacts: Vec<_> = (0..count).map(contact).collect();
        let answer = client
            .post(BATCH, &json!(contacts))
            .await
            .expect(200)
            .json();
        assert_eq!(statuses(&answer), vec![201; count], "{bytes} bytes each");
        let updates: Vec<_> = answer["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|result| update(&id_of(&result["contact"]), json!({ "nickname": "n" })))
            .collect();
        let answer = client.post(BATCH, &json!(updates)).await.expect(200).json();
        assert_eq!(statuses(&answer), vec![200; count], "{bytes} bytes each");
    }
    let faulty = |place: usize| {
        let members = (0..100).map(|member| (format!("unknown-member-{member:03}"), Value::Null));
        json!({ "op": "create", "contact": Value::Object(members.collect()), "id": place.to_string() })
    };
    let operations: Vec<_> = (0..350).map(faulty).collect();
    let answer = client
        .post(BATCH, &json!(operations))
        .await
        .expect(200)
        .json();
    assert_eq!(statuses(&answer), [400; 350]);
    let long = json!([create(json!({ "x".repeat(900_000): 1 }))]);
    let answer = send(keyed(client, "long", &long)).await.expect(200);
    assert_eq!(statuses(&answer.json()), [400]);
    assert!(answer.body.len() < 10_000, "{} bytes", answer.body.len());
}

pub async fn replay(root: &Client) {
    let client = &tenant(root, "replay").await;
    let body = json!([create(named("Ada", "Once")), create(json!({}))]);
    let first = send(keyed(client, "batch-1", &body)).await.expect(200);
    let again = send(keyed(client, "\"batch-1\"", &body)).await.expect(200);
    assert_eq!(first.json(), again.json());
    assert_eq!(client.names("").await, ["Ada Once"]);
    let other = json!([create(named("Bob", "Twice"))]);
    send(keyed(client, "batch-1", &other)).await.problem(422);
    assert_eq!(client.names("").await, ["Ada Once"]);
}

/// Changes that show whether they were made more than once.
fn traceable(id: &str) -> Value {
    let updates = (0..300).map(|turn| update(id, json!({ "notes": format!("turn {turn}") })));
    let creates = (0..200).map(|place| create(named(&format!("New{place:03}"), "Once")));
    json!(updates.chain(creates).collect::<Vec<_>>())
}

/// Kills `program` while a batch is at work, and repeats the batch until it is answered: each change is made once.
async fn survives(mut system: System, program: &str) {
    let client = system.client.clone();
    let id = client.contact(&named("Ada", "Counted")).await;
    let body = traceable(&id);
    let first = tokio::spawn(try_send(keyed(&client, "crashing", &body)));
    eventually_within(PATIENCE, "a batch at work", async || {
        (client.shown(&id).await["version"].as_u64()? > 20).then_some(())
    })
    .await;
    system
        .of(program)
        .next()
        .expect("a process")
        .restart()
        .await;
    system.wait_until_ready().await;
    let version = client.shown(&id).await["version"]
        .as_u64()
        .expect("a version");
    let other = json!([update(&id, json!({ "notes": "another body" }))]);
    let answer = insist(&client, &body, &other).await;
    let _ = first.await;
    let statuses = statuses(&answer.json());
    assert_eq!(
        statuses,
        [vec![200; 300], vec![201; 200]].concat(),
        "killed at version {version}"
    );
    let ada = client.shown(&id).await;
    assert_eq!(
        (&ada["version"], &ada["notes"]),
        (&json!(301), &json!("turn 299"))
    );
    let mut names: Vec<_> = (0..200)
        .map(|place| format!("New{place:03} Once"))
        .collect();
    names.insert(0, "Ada Counted".to_owned());
    assert_eq!(client.names("limit=500").await, names);
    let created = client.all("/v1/contacts?q=once&limit=500").await;
    let told: Vec<_> = answer.json()["results"].as_array().expect("results")[300..]
        .iter()
        .map(|result| id_of(&result["contact"]))
        .collect();
    assert_eq!(created.iter().map(id_of).collect::<Vec<_>>(), told);
    let log = client
        .all("/v1/events?types=contact.created.*&limit=500&after=0")
        .await;
    assert_eq!(log.len(), 201);
}

/// Until the batch is answered; meanwhile, nothing else is done under its key.
async fn insist(client: &Client, body: &Value, other: &Value) -> Answer {
    eventually_within(PATIENCE, "an answer", async || {
        let wrong = try_send(keyed(client, "crashing", other)).await.ok()?;
        assert!(matches!(wrong.status, 409 | 422 | 500..), "{wrong:?}");
        let answer = try_send(keyed(client, "crashing", body)).await.ok()?;
        assert!(matches!(answer.status, 200 | 409 | 500..), "{answer:?}");
        (answer.status == 200).then_some(answer)
    })
    .await
}

#[tokio::test]
async fn a_batch_survives_the_end_of_its_process() {
    survives(System::embedded().await, "switchboard").await;
}

#[tokio::test]
async fn a_batch_survives_the_end_of_its_service() {
    let patience = [("SWITCHBOARD__GATEWAY__REQUEST_TIMEOUT", "8s")];
    let system = System::on_servers_with(1, &patience).await;
    survives(system, "phonebook").await;
}
