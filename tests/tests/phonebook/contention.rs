use crate::tenant;
use end_to_end::Client;
use futures_util::future::join_all;
use serde_json::json;

/// So many change one contact at the same moment.
const WRITERS: usize = 30;

/// Nobody who changes a contact without a condition is turned away, and no change is lost.
pub async fn many_write_one(root: &Client) {
    let client = &tenant(root, "contention").await;
    let id = client
        .contact(&json!({ "name": { "given": "Popular" } }))
        .await;
    let path = &format!("/v1/contacts/{id}");
    let writes = (0..WRITERS).map(|writer| async move {
        let change = json!({ "custom": { format!("writer-{writer}"): "was here" } });
        client.patch(path, &change).await.expect(200);
    });
    join_all(writes).await;
    let contact = client.get(path).await.expect(200).json();
    let custom = contact["custom"].as_object().expect("custom fields");
    assert_eq!(custom.len(), WRITERS);
    assert_eq!(contact["version"], WRITERS + 1);
}
