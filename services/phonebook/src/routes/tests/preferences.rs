//! What a tenant wants otherwise than the installation has it.

use super::{PATIENCE, Phonebook};
use crate::storage::keys;
use ports::{Timestamp, store::Read};
use serde_json::{Value, json};
use std::time::Instant;

const URI: &str = "/v1/preferences";

impl Phonebook {
    /// When the next day's birthdays are announced, once that is as it should be.
    async fn wait_for_due(&self, is_right: impl Fn(Timestamp) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let store = &self.node.backends().store;
        loop {
            let item = store
                .get(&self.tenant, keys::DAILY, Read::Strong)
                .await
                .unwrap();
            if item.and_then(|item| item.due_at).is_some_and(&is_right) {
                return;
            }
            assert!(Instant::now() < deadline, "the reminders are not set");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_tenant_has_its_own_region() {
    let book = Phonebook::start().await;
    let first = book.get(URI).await;
    assert_eq!(first.header("etag"), "\"v0\"");
    assert_eq!(
        first.json(),
        json!({"default_region": null, "time_zone": "UTC"})
    );
    let local = json!({"phones": [{"number": "030 1234567"}]});
    assert_eq!(book.post("/v1/contacts", local.clone()).await.status(), 400);

    let germany = book
        .patch(URI, Some("\"v0\""), json!({"default_region": "de"}))
        .await;
    assert_eq!((germany.status(), germany.header("etag")), (200, "\"v1\""));
    assert_eq!(
        germany.json(),
        json!({"default_region": "DE", "time_zone": "UTC"})
    );
    assert_eq!(book.get(URI).await.json(), germany.json());
    assert_eq!(
        book.patch(URI, Some("\"v0\""), json!({})).await.status(),
        412
    );
    assert_eq!(
        book.patch(URI, None, json!({})).await.header("etag"),
        "\"v1\""
    );

    let path = book.create(local.clone()).await;
    let e164 = |contact: Value| contact["phones"][0]["e164"].clone();
    assert_eq!(e164(book.get(&path).await.json()), "+49301234567");
    let other = json!({"phones": [{"number": "030 7654321"}]});
    let patched = book.patch(&path, Some("\"v1\""), other.clone()).await;
    assert_eq!(e164(patched.json()), "+49307654321");
    let put = book.send("PUT", &path, &[], local.to_string(), None).await;
    assert_eq!(e164(put.json()), "+49301234567");
    let batch = json!([{"op": "create", "contact": other}]);
    let results = book.post("/v1/contacts/batch", batch).await.json();
    assert_eq!(
        e164(results["results"][0]["contact"].clone()),
        "+49307654321"
    );
    let found = book.get("/v1/lookup?number=0301234567").await.json();
    assert_eq!(found["matches"][0]["match"], "exact");
    let british = book
        .post(
            "/v1/contacts?region=GB",
            json!({"phones": [{"number": "020 7946 0018"}]}),
        )
        .await;
    assert_eq!(e164(british.json()), "+442079460018");

    let none = book.patch(URI, None, json!({"default_region": null})).await;
    assert_eq!(none.json()["default_region"], Value::Null);
    assert_eq!(book.post("/v1/contacts", local).await.status(), 400);
    book.stop().await;
}

#[tokio::test]
async fn preferences_are_judged() {
    let book = Phonebook::start().await;
    for (patch, pointer) in [
        (json!({"default_region": "Germany"}), "#/default_region"),
        (json!({"default_region": ""}), "#/default_region"),
        (json!({"time_zone": "Berlin"}), "#/time_zone"),
        (json!({"time_zone": 1}), "#/time_zone"),
        (json!({"colour": "red"}), "#/colour"),
        (json!("red"), "#"),
    ] {
        let refused = book.patch(URI, None, patch.clone()).await;
        assert_eq!(
            (refused.status(), refused.pointer()),
            (400, json!(pointer)),
            "{patch}"
        );
    }
    book.stop().await;
}

#[tokio::test]
async fn the_first_birthday_sets_the_reminders_and_a_new_time_zone_moves_them() {
    let book = Phonebook::start().await;
    let day = 24 * 3600;
    let birthday = json!({"name": {"given": "Ada"}, "birthday": "1815-12-10"});
    let batch = json!([
        {"op": "create", "contact": birthday},
        {"op": "create", "contact": birthday},
    ]);
    assert_eq!(book.post("/v1/contacts/batch", batch).await.status(), 200);
    book.wait_for_due(|at| at.as_micros() % 1_000_000 == 0 && at.as_secs() % day == 0)
        .await;
    let moved = book
        .patch(URI, None, json!({"time_zone": "asia/kathmandu"}))
        .await;
    assert_eq!(moved.json()["time_zone"], "Asia/Kathmandu");
    // 5:45 hours ahead.
    let midnight = day - 5 * 3600 - 45 * 60;
    book.wait_for_due(|at| at.as_micros() % 1_000_000 == 0 && at.as_secs() % day == midnight)
        .await;
    book.stop().await;
}
