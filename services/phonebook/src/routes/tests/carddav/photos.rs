//! Photos both ways. What `image-resize` would say is said here.

use super::*;
use crate::{
    domain::{Contact, photo::sha256},
    storage::{contacts, keys},
};
use contracts::images::{DELETED, FAILED, ImageChanged, READY, Variant, original_key};
use futures_util::TryStreamExt;
use ports::store::{Query, Read};
use serde_json::{Value, json};
use std::time::Instant;

const FIRST: &[u8] = b"\xff\xd8\xff\xe0 the first";
const FIRST_LINE: &str = "PHOTO;TYPE=JPEG;ENCODING=b:/9j/4CB0aGUgZmlyc3Q=\r\n";
const SECOND: &[u8] = b"\xff\xd8\xff\xe0 the second";
const SECOND_LINE: &str = "PHOTO;TYPE=JPEG;ENCODING=b:/9j/4CB0aGUgc2Vjb25k\r\n";

fn with(line: &str) -> String {
    ADA.replace("NOTE:", &format!("{line}NOTE:"))
}

impl Phonebook {
    async fn contact(&self) -> Contact {
        let query = Query {
            prefix: keys::contact(""),
            limit: 2,
            ..Query::default()
        };
        let store = &self.node.backends().store;
        let page = store.query(&self.tenant, query).await.unwrap();
        assert_eq!(page.items.len(), 1);
        contacts::decode(&page.items[0].1.value).unwrap().contact
    }

    async fn pending(&self) -> Option<String> {
        let pending = self.contact().await.pending;
        pending.map(|pending| pending.image_id)
    }

    async fn image(&self) -> Option<String> {
        self.contact().await.photo.map(|photo| photo.image_id)
    }

    async fn put_blob(&self, key: &str, bytes: &'static [u8]) {
        let body = super::super::stream::once(async move { Ok(bytes.into()) });
        let blobs = &self.node.backends().blobs;
        blobs.put(key, Box::pin(body), 1_000).await.unwrap();
    }

    /// The bytes that are handed to `image-resize`, once they are.
    async fn handed_over(&self, image_id: &str) -> Vec<u8> {
        let deadline = Instant::now() + super::super::PATIENCE;
        let store = &self.node.backends().store;
        let key = keys::extraction(image_id);
        let is_open = async || {
            let item = store.get(&self.tenant, &key, Read::Strong);
            item.await.unwrap().is_some()
        };
        while is_open().await {
            assert!(Instant::now() < deadline, "nothing was handed over");
            tokio::task::yield_now().await;
        }
        let blob = original_key(self.tenant.as_str(), image_id);
        let chunks = self.node.backends().blobs.get(&blob, None).await.unwrap();
        chunks.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    /// What `image-resize` says of an image that was made of these bytes; its small form is as good as itself.
    async fn say(&self, event_type: &str, image_id: &str, original: &'static [u8]) {
        let blob = format!("default/{image_id}/small.jpeg");
        self.put_blob(&blob, original).await;
        let small = Variant {
            name: "small".to_owned(),
            width: 1,
            height: 1,
            format: "jpeg".to_owned(),
            bytes: original.len() as u64,
            sha256: sha256(original),
            url: String::new(),
            version: 1,
            blob: Some(blob),
        };
        let data = ImageChanged {
            image_id: image_id.to_owned(),
            owner: Some(self.contact().await.id),
            status: String::new(),
            width: None,
            height: None,
            format: None,
            bytes: 1,
            sha256: sha256(original),
            variants: vec![small],
            error: None,
        };
        self.tell_of_image(event_type, &data).await;
    }

    async fn eventually(&self, what: &str, holds: impl Fn(&Contact) -> bool) {
        let deadline = Instant::now() + super::super::PATIENCE;
        while !holds(&self.contact().await) {
            assert!(Instant::now() < deadline, "{what}");
            tokio::task::yield_now().await;
        }
    }

    /// The image that the contact waits for becomes its photo.
    async fn make_ready(&self, original: &'static [u8]) -> String {
        let image = self.pending().await.expect("a photo in hand");
        self.say(READY, &image, original).await;
        self.eventually("the photo never came", |contact| contact.pending.is_none())
            .await;
        assert_eq!(self.image().await.as_deref(), Some(image.as_str()));
        image
    }

    /// A contact that no address book wrote, with a photo; its path.
    async fn with_photo(&self) -> String {
        let path = self.create(super::super::ada()).await;
        assert_eq!(self.put_photo(&path, FIRST).await.status(), 202);
        self.make_ready(FIRST).await;
        path
    }

    async fn path(&self) -> String {
        self.contact().await.path()
    }

    async fn changed(&self) -> Value {
        let log = self.node.backends().store.read_log(&self.tenant, 0, 1_000);
        let events = log.await.unwrap().events;
        let data: Value = serde_json::from_slice(&events.last().unwrap().event.data).unwrap();
        data["changed"].clone()
    }
}

#[tokio::test]
async fn a_picture_in_a_card_becomes_the_photo() {
    let book = Phonebook::start().await;
    let card = with(FIRST_LINE);
    let put = book.put_card("ada.vcf", &card).await.is(201);
    let image = book.pending().await.unwrap();
    assert_eq!(book.handed_over(&image).await, FIRST);
    assert_eq!(book.make_ready(FIRST).await, image);
    let shown = book.get(&book.path().await).await;
    assert_eq!(shown.json()["photo"]["image_id"], image);
    assert_eq!(shown.header("etag"), "\"v2\"");
    let got = book.get(&at("ada.vcf")).await.is(200);
    assert_eq!(got.text(), card);
    let tag = put.header("etag");
    assert_eq!(got.header("etag"), tag, "the card is the same");

    // The same picture, written otherwise, in a card that says something else.
    let data = "PHOTO:data:image/jpeg;base64,/9j/4CB0aGUgZmlyc3Q=\r\n";
    for same in [card.replace("a & b", "c"), with(data)] {
        let condition = [("if-match", "*"), VCARD[0]];
        book.dav("PUT", &at("ada.vcf"), &condition, &same)
            .await
            .is(204);
        assert_eq!(
            (book.pending().await, book.image().await),
            (None, Some(image.clone()))
        );
        assert_eq!(book.get(&at("ada.vcf")).await.text(), same);
    }
    let other = with(SECOND_LINE);
    book.put_card("ada.vcf", &other).await.is(204);
    assert_eq!(
        book.image().await.unwrap(),
        image,
        "until the new one is there"
    );
    let second = book.make_ready(SECOND).await;
    assert_ne!(second, image);
    assert_eq!(book.get(&at("ada.vcf")).await.text(), other);

    book.put_card("ada.vcf", ADA).await.is(204);
    assert_eq!(book.changed().await, json!(["photo"]));
    assert_eq!((book.pending().await, book.image().await), (None, None));
    assert_eq!(book.get(&at("ada.vcf")).await.text(), ADA);
    book.stop().await;
}

#[tokio::test]
async fn a_picture_that_is_taken_back_never_comes() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(201);
    let first = book.pending().await.unwrap();
    book.put_card("ada.vcf", &with(SECOND_LINE)).await.is(204);
    let second = book.pending().await.unwrap();
    assert_ne!(first, second);
    book.put_card("ada.vcf", ADA).await.is(204);
    assert_eq!(book.pending().await, None);
    book.say(READY, &second, SECOND).await;
    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(204);
    let third = book.make_ready(FIRST).await;
    assert!(![first, second].contains(&third));
    // Back to a picture that is there already.
    book.put_photo(&book.path().await, FIRST).await;
    book.make_ready(FIRST).await;
    for line in [SECOND_LINE, FIRST_LINE] {
        book.put_card("ada.vcf", &with(line)).await.is(204);
    }
    assert_eq!(book.pending().await, None);
    book.stop().await;
}

#[tokio::test]
async fn what_is_no_picture_is_kept_all_the_same() {
    let book = Phonebook::start().await;
    for line in [
        "PHOTO;VALUE=uri:http://127.0.0.1:9/ada.jpg\r\n",
        "PHOTO;ENCODING=b;TYPE=GIF:R0lGODlhAQABAAAAACw=\r\n",
        "PHOTO;ENCODING=b;TYPE=JPEG:not base64!\r\n",
        "PHOTO;ENCODING=b:\r\n",
    ] {
        let card = with(line);
        let put = book.put_card("ada.vcf", &card).await;
        assert!([201, 204].contains(&put.status()), "{line}");
        assert_eq!(book.get(&at("ada.vcf")).await.text(), card);
        assert_eq!(book.pending().await, None, "{line}");
    }
    let card = with(FIRST_LINE);
    book.put_card("ada.vcf", &card).await.is(204);
    book.make_ready(FIRST).await;
    // One that only looks like a picture takes the place of the old one, in the card and in the contact.
    let broken = with(SECOND_LINE);
    let put = book.put_card("ada.vcf", &broken).await.is(204);
    let image = book.pending().await.unwrap();
    book.say(FAILED, &image, SECOND).await;
    book.eventually("no failure", |contact| contact.pending.is_none())
        .await;
    assert_eq!(book.image().await, None);
    let got = book.get(&at("ada.vcf")).await;
    assert_eq!(
        (got.text(), got.header("etag")),
        (broken.as_str(), put.header("etag"))
    );
    book.put_card("ada.vcf", &broken.replace("a & b", "c"))
        .await
        .is(204);
    assert_eq!(book.pending().await, None, "it is not tried again");
    book.stop().await;
}

#[tokio::test]
async fn a_photo_shows_in_a_card_that_is_made() {
    let book = Phonebook::start().await;
    let path = book.create(super::super::ada()).await;
    let name = format!("{}.vcf", path.rsplit('/').next().unwrap());
    let before = book.get(&at(&name)).await.is(200);
    let none = "<D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop>";
    let token = book
        .report(&at(""), "D:sync-collection", none)
        .await
        .sync_token();
    book.put_photo(&path, FIRST).await;
    book.make_ready(FIRST).await;
    let since = none.replace(
        "<D:sync-token/>",
        &format!("<D:sync-token>{token}</D:sync-token>"),
    );
    let news = book.report(&at(""), "D:sync-collection", &since).await;
    assert_eq!(news.hrefs(), [name.as_str()]);

    let got = book.get(&at(&name)).await.is(200);
    assert_ne!(got.header("etag"), before.header("etag"));
    news.has(got.header("etag"));
    got.has(FIRST_LINE);
    let newer = [("accept", "text/vcard;version=4.0")];
    let newer = book.dav("GET", &at(&name), &newer, "").await;
    newer.has("PHOTO:data:image/jpeg;base64,/9j/4CB0aGUgZmlyc3Q=");
    let href = at(&name);
    let multiget = |data: &str| {
        let prop = format!("<D:prop><D:getetag/>{data}</D:prop>");
        format!("{prop}<D:href>{href}</D:href>")
    };
    let whole = multiget("<C:address-data/>");
    let whole = book.report(&at(""), "C:addressbook-multiget", &whole).await;
    whole.has("/9j/4CB0aGUgZmlyc3Q=");
    let names = multiget("<C:address-data><C:prop name='FN'/></C:address-data>");
    let names = book.report(&at(""), "C:addressbook-multiget", &names).await;
    names.has("FN:Ada Lovelace").lacks("PHOTO");
    let length = got.text().len();
    let listed = book.propfind(&at(&name), "0", "<getcontentlength/>").await;
    listed.has(&format!("<D:getcontentlength>{length}<"));
    for (rule, count) in [("", 1), ("<C:is-not-defined/>", 0)] {
        let query = format!(
            "<D:prop><D:getetag/></D:prop><C:filter><C:prop-filter name='PHOTO'>{rule}</C:prop-filter></C:filter>"
        );
        let found = book.report(&at(""), "C:addressbook-query", &query).await;
        assert_eq!(found.hrefs().len(), count, "{rule}");
    }
    book.stop().await;
}

#[tokio::test]
async fn what_was_given_can_be_put_back() {
    let book = Phonebook::start().await;
    let path = book.with_photo().await;
    let name = format!("{}.vcf", path.rsplit('/').next().unwrap());
    let image = book.image().await;
    let got = book.get(&at(&name)).await.is(200);
    let back = book.put_card(&name, got.text()).await.is(204);
    assert_eq!(back.header("etag"), got.header("etag"));
    assert_eq!(book.contact().await.version, 2, "nothing has changed");

    let edited = got.text().replace("END:", "NICKNAME:Countess\r\nEND:");
    let condition = [("if-match", got.header("etag"))];
    book.dav("PUT", &at(&name), &condition, &edited)
        .await
        .is(204);
    assert_eq!((book.pending().await, book.image().await), (None, image));
    assert_eq!(book.get(&at(&name)).await.text(), edited);

    let removed = edited.replace(FIRST_LINE, "");
    assert_ne!(removed, edited);
    book.put_card(&name, &removed).await.is(204);
    assert_eq!(book.image().await, None);
    assert_eq!(book.get(&at(&name)).await.text(), removed);
    // A photo of which the client has not heard yet is not taken away.
    book.put_photo(&path, SECOND).await;
    book.put_card(&name, &removed.replace("Countess", "Enchantress"))
        .await
        .is(204);
    book.make_ready(SECOND).await;
    book.stop().await;
}

#[tokio::test]
async fn a_photo_from_elsewhere_is_one_line_of_a_kept_card() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", ADA).await.is(201);
    let photo = format!("{}/photo", book.path().await);
    book.put_photo(&book.path().await, SECOND).await;
    book.make_ready(SECOND).await;
    let last = ADA.replace("END:", &format!("{SECOND_LINE}END:"));
    assert_eq!(book.get(&at("ada.vcf")).await.text(), last);
    book.dav("DELETE", &photo, &[], "").await.is(204);
    assert_eq!(book.get(&at("ada.vcf")).await.text(), ADA);

    // The same where the client's own picture stood.
    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(204);
    book.make_ready(FIRST).await;
    book.put_photo(&book.path().await, SECOND).await;
    assert_eq!(
        book.get(&at("ada.vcf")).await.text(),
        with(FIRST_LINE),
        "it is not there yet"
    );
    let second = book.make_ready(SECOND).await;
    assert_eq!(book.get(&at("ada.vcf")).await.text(), last);
    book.say(DELETED, &second, SECOND).await;
    book.eventually("a photo", |contact| contact.photo.is_none())
        .await;
    assert_eq!(book.get(&at("ada.vcf")).await.text(), ADA);

    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(204);
    book.dav("DELETE", &photo, &[], "").await.is(204);
    assert_eq!(
        book.get(&at("ada.vcf")).await.text(),
        ADA,
        "taken back in time"
    );
    book.stop().await;
}

#[tokio::test]
async fn a_restored_version_keeps_the_photo() {
    let book = Phonebook::start().await;
    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(201);
    book.make_ready(FIRST).await;
    let other = with(SECOND_LINE).replace("a & b <c>", "new");
    book.put_card("ada.vcf", &other).await.is(204);
    let second = book.make_ready(SECOND).await;
    let restores = format!("{}/restores", book.path().await);
    book.post(&restores, json!({"version": 2})).await.is(200);
    assert_eq!(book.image().await.unwrap(), second);
    assert_eq!(book.get(&at("ada.vcf")).await.text(), with(SECOND_LINE));

    // Who goes into the bin with a picture in hand can have it made later.
    book.put_card("ada.vcf", &with(FIRST_LINE)).await.is(204);
    book.dav("DELETE", &at("ada.vcf"), &[], "").await.is(204);
    book.post(&restores, json!({})).await.is(200);
    book.put_card("ada.vcf", &with(FIRST_LINE).replace("a & b", "c"))
        .await
        .is(204);
    book.make_ready(FIRST).await;
    book.stop().await;
}

#[tokio::test]
async fn an_export_has_the_photos() {
    let book = Phonebook::start().await;
    book.with_photo().await;
    let export = book.get("/v1/contacts/export?format=vcard").await.is(200);
    export.has(FIRST_LINE);
    let newer = book
        .get("/v1/contacts/export?format=vcard&version=4.0")
        .await;
    newer.has("PHOTO:data:image/jpeg;base64,/9j/4CB0aGUgZmlyc3Q=");
    book.get("/v1/contacts/export")
        .await
        .has("photo?size=small");
    book.stop().await;
}
