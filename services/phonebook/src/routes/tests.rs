//! Requests as a gateway sends them, answered by a running service.

mod carddav;
mod directory;
mod imports;
mod merges;
mod preferences;

use contracts::{
    images::{ImageChanged, READY, Variant},
    uploads::{self, Received},
};
use futures_util::{StreamExt, stream};
use ports::{
    Batch, Event, Kind, Tenant, Timestamp, TypeId,
    bus::ServiceQueue,
    store::{Query, Read},
};
use runtime::{
    Backends, Node,
    frame::{Request, RequestHead, Response},
};
use serde_json::{Value, json};
use settings::Settings;
use std::time::{Duration, Instant};
use web::{Principal, Scopes};

const PATIENCE: Duration = Duration::from_secs(20);

struct Phonebook {
    node: Node,
    queue: ServiceQueue,
    tenant: Tenant,
    _folder: tempfile::TempDir,
}

struct Reply(Response);

impl Reply {
    fn status(&self) -> u16 {
        self.0.head.status
    }

    fn header(&self, name: &str) -> &str {
        let found = self.0.head.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.0.body).unwrap_or_default()
    }

    fn pointer(&self) -> Value {
        self.json()["errors"][0]["pointer"].clone()
    }
}

impl Phonebook {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let embedded = embedded::open(folder.path()).unwrap();
        let backends = Backends {
            store: embedded.store,
            bus: embedded.bus,
            blobs: blobs::folder(&folder.path().join("blobs")).unwrap(),
        };
        let service = crate::service(&Settings::default());
        let queue = ServiceQueue {
            service: service.name.to_owned(),
            version: service.description().version,
        };
        let settings = settings::Runtime {
            workers: 1,
            ..settings::Runtime::default()
        };
        let node = Node::start(&settings, backends, vec![service])
            .await
            .unwrap();
        Self {
            node,
            queue,
            tenant: Tenant::parse("default").unwrap(),
            _folder: folder,
        }
    }

    async fn send(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
        upload: Option<Received>,
    ) -> Reply {
        let head = RequestHead {
            method: method.to_owned(),
            uri: uri.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            principal: Principal {
                tenant: self.tenant.clone(),
                key_id: "key_1".to_owned(),
                scopes: Scopes::admin(),
                root: false,
            },
            request_id: TypeId::new("req").into(),
            traceparent: None,
            upload,
        };
        let request = Request {
            head,
            body: body.into().into(),
        };
        let frame = request.encode().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let bus = &self.node.backends().bus;
            match bus.call(&self.queue, frame.clone(), PATIENCE).await {
                Ok(answer) => return Reply(Response::decode(answer).unwrap()),
                // The service is still declaring its queue.
                Err(error) if error.kind() == Kind::Unroutable && Instant::now() < deadline => {
                    tokio::task::yield_now().await;
                }
                Err(error) => panic!("{method} {uri}: {error}"),
            }
        }
    }

    async fn get(&self, uri: &str) -> Reply {
        self.send("GET", uri, &[], "", None).await
    }

    async fn post(&self, uri: &str, body: Value) -> Reply {
        self.send("POST", uri, &[], body.to_string(), None).await
    }

    async fn patch(&self, uri: &str, tag: Option<&str>, body: Value) -> Reply {
        let headers: Vec<_> = tag.map(|tag| ("if-match", tag)).into_iter().collect();
        self.send("PATCH", uri, &headers, body.to_string(), None)
            .await
    }

    async fn create(&self, body: Value) -> String {
        let made = self.post("/v1/contacts", body).await;
        assert_eq!(made.status(), 201, "{}", made.json());
        made.header("location").to_owned()
    }

    async fn displays(&self, uri: &str) -> Vec<String> {
        let list = self.get(uri).await.json();
        let all = list["data"].as_array().unwrap().iter();
        all.map(|contact| contact["name"]["display"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Types of the contact's events, in order.
    async fn events(&self) -> Vec<String> {
        let log = self.node.backends().store.read_log(&self.tenant, 0, 1_000);
        let events = log.await.unwrap().events.into_iter();
        events.map(|entry| entry.event.event_type).collect()
    }

    async fn put_photo(&self, path: &str, bytes: &'static [u8]) -> Reply {
        let received = self.upload("image/jpeg", bytes).await;
        let path = format!("{path}/photo");
        self.send("PUT", &path, &[], "", Some(received)).await
    }

    /// Streams a body as the gateway does: blob first, then an upload's item. The request is next.
    async fn upload(&self, content_type: &str, bytes: &'static [u8]) -> Received {
        let id = String::from(TypeId::new("upl"));
        let blob = uploads::blob_key(self.tenant.as_str(), &id);
        let body = stream::once(async move { Ok(bytes.into()) }).boxed();
        let Backends { store, blobs, .. } = self.node.backends();
        let stored = blobs.put(&blob, body, 1_000).await.unwrap();
        let mut batch = Batch::new();
        batch.put(uploads::key(&id), "{}");
        let version = store.commit(&self.tenant, batch).await.unwrap().version;
        Received {
            id,
            blob,
            version,
            bytes: stored.bytes,
            sha256: stored.sha256,
            content_type: content_type.to_owned(),
        }
    }

    /// An event of `image-resize`.
    async fn tell_of_image(&self, event_type: &str, image: &ImageChanged) {
        let mut batch = Batch::new();
        batch.event(Event {
            id: TypeId::new("evt").into(),
            event_type: event_type.to_owned(),
            source: "/image-resize".to_owned(),
            subject: image.image_id.clone(),
            time: Timestamp::now(),
            traceparent: None,
            data: serde_json::to_vec(image).unwrap().into(),
            to: None,
        });
        let store = &self.node.backends().store;
        store.commit(&self.tenant, batch).await.unwrap();
    }

    /// What `image-resize` says when the sizes are made.
    async fn image_ready(&self, image_id: &str, owner: &str) {
        let variant = |name: &str, format: &str| Variant {
            name: name.to_owned(),
            width: 1,
            height: 1,
            format: format.to_owned(),
            bytes: 1,
            sha256: format!("sha-{name}-{format}"),
            url: String::new(),
            version: 1,
            blob: Some(format!("default/{image_id}/{name}.{format}")),
        };
        let data = ImageChanged {
            image_id: image_id.to_owned(),
            owner: Some(owner.to_owned()),
            status: "ready".to_owned(),
            width: None,
            height: None,
            format: None,
            bytes: 1,
            sha256: String::new(),
            variants: vec![
                variant("thumb", "jpeg"),
                variant("thumb", "webp"),
                variant("large", "jpeg"),
            ],
            error: None,
        };
        self.tell_of_image(READY, &data).await;
    }

    async fn stop(self) {
        self.node.drain(PATIENCE).await;
    }
}

fn ada() -> Value {
    json!({"name": {"given": "Ada", "family": "Lovelace"}, "phones": [{"number": "+44 20 7946 0018"}]})
}

#[tokio::test]
async fn a_contact_s_life() {
    let book = Phonebook::start().await;
    let path = book.create(ada()).await;
    let first = book.get(&path).await;
    assert_eq!((first.status(), first.header("etag")), (200, "\"v1\""));
    assert_eq!(first.json()["phones"][0]["e164"], "+442079460018");

    let same = first.json().to_string();
    let put = book.send("PUT", &path, &[], same, None).await;
    assert_eq!((put.status(), put.header("etag")), (200, "\"v1\""));

    let married = json!({"name": {"family": "King"}, "nickname": "Countess"});
    let patched = book.patch(&path, None, married).await;
    assert_eq!(patched.header("etag"), "\"v2\"");
    assert_eq!(patched.json()["name"]["display"], "Ada King");

    let stale = book
        .patch(&path, Some("\"v1\""), json!({"notes": "x"}))
        .await;
    assert_eq!(stale.status(), 412);
    let none = json!({"phones": []});
    assert_eq!(book.patch(&path, None, none.clone()).await.status(), 428);
    let emptied = book.patch(&path, Some("\"v2\""), none).await;
    assert_eq!(
        (emptied.status(), &emptied.json()["phones"]),
        (200, &json!([]))
    );

    let history = book.get(&format!("{path}/history?limit=2")).await.json();
    assert_eq!(history["data"][0]["version"], 3);
    assert_eq!(history["data"][1]["contact"]["nickname"], "Countess");
    let cursor = history["next_cursor"].as_str().unwrap();
    let rest = book.get(&format!("{path}/history?cursor={cursor}")).await;
    assert_eq!(rest.json()["data"][0]["version"], 1);
    assert_eq!(rest.json()["next_cursor"], Value::Null);

    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        204
    );
    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        404
    );
    assert_eq!(book.get(&path).await.status(), 404);
    assert_eq!(
        book.events().await,
        [
            "contact.created.v1",
            "contact.updated.v1",
            "contact.updated.v1",
            "contact.deleted.v1"
        ]
    );
    book.stop().await;
}

#[tokio::test]
async fn bad_requests_name_their_fault() {
    let book = Phonebook::start().await;
    let path = book.create(ada()).await;
    let bad = json!({"phones": [{"number": "+49 12"}]});
    let refused = book.post("/v1/contacts", bad.clone()).await;
    assert_eq!(
        (refused.status(), refused.pointer()),
        (400, json!("#/phones/0/number"))
    );
    let lenient = book.post("/v1/contacts?lenient=true", bad).await;
    assert_eq!(lenient.status(), 201);
    assert_eq!(lenient.json()["phones"][0]["e164"], Value::Null);
    let national = json!({"phones": [{"number": "030 1234567"}]});
    assert_eq!(
        book.post("/v1/contacts", national.clone()).await.status(),
        400
    );
    let german = book.post("/v1/contacts?region=DE", national).await;
    assert_eq!(german.json()["phones"][0]["e164"], "+49301234567");
    let long = format!("/v1/contacts?q={}", "x".repeat(201));
    for (uri, parameter) in [
        (long.as_str(), "q"),
        ("/v1/contacts?limit=501", "limit"),
        ("/v1/contacts?cursor=%21", "cursor"),
        (&format!("{path}/history?cursor=YWJj"), "cursor"),
        (&format!("{path}/photo?size=huge"), "size"),
    ] {
        let refused = book.get(uri).await;
        assert_eq!(refused.status(), 400, "{uri}");
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter, "{uri}");
    }
    let unknown = TypeId::new("con");
    for id in [
        unknown.as_str(),
        "con_x",
        "%00",
        "img_01h455vb4pex5vsknk084sn02q",
    ] {
        let path = format!("/v1/contacts/{id}");
        assert_eq!(book.get(&path).await.status(), 404, "{id}");
        let put = book.send("PUT", &path, &[], ada().to_string(), None).await;
        assert_eq!(put.status(), 404, "{id}");
    }
    book.stop().await;
}

#[tokio::test]
async fn lists_and_searches() {
    let book = Phonebook::start().await;
    for given in ["Zoë", "Jörg", "anna"] {
        let phones = json!([{"number": "+49 30 1234567"}]);
        book.create(json!({"name": {"given": given}, "phones": phones}))
            .await;
    }
    book.create(json!({"organization": {"name": "Straßenbau AG"}}))
        .await;
    assert_eq!(
        book.displays("/v1/contacts").await,
        ["anna", "Jörg", "Straßenbau AG", "Zoë"]
    );
    assert_eq!(book.displays("/v1/contacts?q=JORG").await, ["Jörg"]);
    assert_eq!(
        book.displays("/v1/contacts?q=strassenb+a").await,
        ["Straßenbau AG"]
    );
    assert_eq!(book.displays("/v1/contacts?q=030+1234").await.len(), 3);
    assert_eq!(book.displays("/v1/contacts?q=zoe%20567").await, ["Zoë"]);
    assert!(book.displays("/v1/contacts?q=%21").await.is_empty());
    let first = book.get("/v1/contacts?q=567&limit=2").await;
    assert_eq!(first.json()["data"].as_array().unwrap().len(), 2);
    let link = first.header("link");
    let next = &link[1..link.find('>').unwrap()];
    assert_eq!(book.displays(next).await.len(), 1, "{next}");
    book.stop().await;
}

#[tokio::test]
async fn a_photo_comes_is_negotiated_and_goes() {
    let book = Phonebook::start().await;
    let path = book.create(ada()).await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(book.get(&format!("{path}/photo")).await.status(), 404);
    assert_eq!(book.put_photo(&path, b"%PDF-1.7").await.status(), 415);
    assert_eq!(book.put_photo(&path, b"").await.status(), 415);
    let accepted = book.put_photo(&path, b"\xff\xd8\xff\xe0 and so on").await;
    assert_eq!(accepted.status(), 202);
    let job = accepted.json()["job_id"].as_str().unwrap().to_owned();
    assert_eq!(accepted.header("location"), format!("/v1/jobs/{job}"));

    book.image_ready(accepted.json()["image_id"].as_str().unwrap(), id)
        .await;
    let deadline = Instant::now() + PATIENCE;
    while book.get(&path).await.json()["photo"].is_null() {
        assert!(Instant::now() < deadline, "the photo never came");
        tokio::task::yield_now().await;
    }
    let shown = book.get(&path).await;
    assert_eq!(shown.header("etag"), "\"v2\"");
    let thumb = shown.json()["photo"]["thumb"].as_str().unwrap().to_owned();
    let jpeg = book.get(&thumb).await;
    assert_eq!(jpeg.header("content-type"), "image/jpeg");
    assert_eq!(jpeg.header("etag"), "\"sha-thumb-jpeg\"");
    assert!(jpeg.0.head.blob.is_some());
    let webp = book
        .send("GET", &thumb, &[("accept", "image/webp,*/*")], "", None)
        .await;
    assert_eq!(webp.header("content-type"), "image/webp");
    assert_eq!(
        book.get(&format!("{path}/photo?size=huge")).await.status(),
        400
    );
    let photo = format!("{path}/photo");
    assert_eq!(
        book.send("DELETE", &photo, &[], "", None).await.status(),
        204
    );
    assert_eq!(
        book.send("DELETE", &photo, &[], "", None).await.status(),
        404
    );
    assert_eq!(book.get(&path).await.json()["photo"], Value::Null);
    book.stop().await;
}

#[tokio::test]
async fn a_purge_leaves_none_of_the_contact_s_items() {
    let book = Phonebook::start().await;
    let path = book.create(ada()).await;
    book.patch(&path, None, json!({"notes": "secret"})).await;
    book.put_photo(&path, b"\xff\xd8\xff\xe0 and so on").await;
    let purge = format!("{path}?purge=true");
    assert_eq!(
        book.send("DELETE", &path, &[], "", None).await.status(),
        204
    );
    assert_eq!(
        book.send("DELETE", &purge, &[], "", None).await.status(),
        204
    );
    assert_eq!(
        book.send("DELETE", &purge, &[], "", None).await.status(),
        404
    );
    assert_eq!(book.get(&format!("{path}/history")).await.status(), 404);
    let store = &book.node.backends().store;
    let id = path.rsplit('/').next().unwrap();
    for prefix in [
        "phonebook/contact/",
        "phonebook/bin/",
        "phonebook/history/",
        "phonebook/purge/",
    ] {
        let query = Query {
            prefix: prefix.to_owned(),
            limit: 10,
            read: Read::Strong,
            ..Query::default()
        };
        let left = store.query(&book.tenant, query).await.unwrap().items;
        assert!(left.is_empty(), "{left:?}");
    }
    let entries = Query {
        prefix: "phonebook/".to_owned(),
        limit: 10,
        ..Query::default()
    };
    let mut left = store.index(&book.tenant, entries).await.unwrap().keys;
    // Clients that keep copies learn that it is gone, and its id is all they learn.
    left.retain(|key| !key.ends_with(&format!("/{}/{id}.vcf", &id[4..])));
    assert_eq!(left, [""; 0]);
    let log = store.read_log(&book.tenant, 0, 100).await.unwrap().events;
    let (last, before) = log.split_last().unwrap();
    assert!(before.iter().all(|entry| entry.erased));
    let data: Value = serde_json::from_slice(&last.event.data).unwrap();
    assert_eq!(data, json!({"contact": {"id": id}}));
    book.stop().await;
}
