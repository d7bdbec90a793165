use crate::tenant;
use end_to_end::{Client, eventually};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

/// Where the day ends last on earth, and where it begins first: 26 hours lie between them, so that a step from one to
/// the other always begins a day.
const LAST: &str = "Etc/GMT+12";
const FIRST: &str = "Pacific/Kiritimati";
const FIRST_AHEAD: Duration = Duration::hours(14);

async fn live_in(client: &Client, zone: &str) {
    let wanted = json!({ "time_zone": zone });
    let now = client.patch("/v1/preferences", &wanted).await.expect(200);
    assert_eq!(now.json()["time_zone"], zone);
}

/// Reminders are due before these imports, so they have been looked at when the last of them is over.
async fn pass_the_time(client: &Client) {
    for _ in 0..3 {
        let row = b"name.given\r\nPassing\r\n";
        client.import("", "text/csv", row).await;
    }
}

async fn announced(client: &Client) -> Vec<Value> {
    client.events("contact.birthday.*").await
}

/// The calendar cannot be turned by a test, but a tenant may move to where the next day has begun.
pub async fn story(root: &Client) {
    let client = &tenant(root, "birthdays").await;
    live_in(client, LAST).await;
    let today = (OffsetDateTime::now_utc() + FIRST_AHEAD).date();
    let (month, day) = (u8::from(today.month()), today.day());
    let born = |year: i32| json!(format!("{year:04}-{month:02}-{day:02}"));
    let ada = json!({ "name": { "given": "Ada" }, "birthday": born(today.year() - 36) });
    let ada = client.contact(&ada).await;
    let bob = json!({ "name": { "given": "Bob" }, "birthday": format!("--{month:02}-{day:02}") });
    let bob = client.contact(&bob).await;
    client.new_contact("Nobody").await;
    pass_the_time(client).await;
    assert_eq!(
        announced(client).await,
        [] as [Value; 0],
        "the day has not begun"
    );

    live_in(client, FIRST).await;
    let events = eventually("two announcements", async || {
        Some(announced(client).await).filter(|events| events.len() >= 2)
    })
    .await;
    for (event, (id, age)) in events.iter().zip(sorted(&ada, &bob)) {
        assert_eq!(
            (&event["subject"], &event["type"]),
            (&json!(id), &json!("contact.birthday.v1"))
        );
        let data = &event["data"];
        assert_eq!(data["contact"], client.shown(id).await);
        assert_eq!(
            (&data["date"], &data["age"]),
            (&json!(today.to_string()), &age)
        );
    }
    // Neither going round the earth again nor a further edit repeats the day.
    live_in(client, LAST).await;
    let change = json!({ "nickname": "Countess" });
    client
        .patch(&format!("/v1/contacts/{ada}"), &change)
        .await
        .expect(200);
    live_in(client, FIRST).await;
    pass_the_time(client).await;
    assert_eq!(announced(client).await, events);
    zones(client).await;
}

/// Birthdays of one day come in the order of the contacts' ids.
fn sorted<'a>(ada: &'a str, bob: &'a str) -> [(&'a str, Value); 2] {
    let mut both = [(ada, json!(36)), (bob, Value::Null)];
    both.sort_by_key(|(id, _)| *id);
    both
}

async fn zones(client: &Client) {
    let wanted = json!({ "time_zone": "Mars/Olympus" });
    let refused = client.patch("/v1/preferences", &wanted).await;
    assert_eq!(refused.sorted_faults(), ["#/time_zone"]);
    let reader = client
        .with_scopes(&["contacts:read", "contacts:write"])
        .await;
    reader.patch("/v1/preferences", &wanted).await.problem(403);
}
