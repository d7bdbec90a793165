use crate::tenant;
use base64::{Engine, engine::general_purpose::STANDARD};
use end_to_end::{Answer, Client, bombs, eventually, id_of, send};
use reqwest::Method;
use serde_json::{Value, json};

const VCARD: &str = "text/vcard; charset=utf-8";

fn card(uid: &str, photo: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\n{photo}X-COLOUR:mauve\r\nEND:VCARD\r\n"
    )
}

/// A picture as a line of a card, folded as clients do it.
fn line(picture: &[u8]) -> String {
    let text = format!("PHOTO;ENCODING=b;TYPE=JPEG:{}", STANDARD.encode(picture));
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(74)
        .map(String::from_utf8_lossy)
        .collect();
    lines.join("\r\n ") + "\r\n"
}

/// The picture in a card.
fn picture(card: &Answer) -> Option<Vec<u8>> {
    let text = text(card).replace("\r\n ", "");
    let line = text.lines().find(|line| line.starts_with("PHOTO"))?;
    let (_, value) = line.rsplit_once([':', ',']).expect("a value");
    Some(STANDARD.decode(value).expect("base64"))
}

fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).expect("UTF-8")
}

/// Where a card of this name is.
async fn at(client: &Client, name: &str) -> String {
    let books = client.get("/v1/books").await.expect(200).json();
    format!("/dav/books/{}/{name}", id_of(&books["data"][0]))
}

async fn put(client: &Client, path: &str, card: &str) -> Answer {
    let bytes = card.as_bytes().to_vec();
    client.upload(Method::PUT, path, VCARD, bytes).await
}

async fn only_contact(client: &Client) -> Value {
    let list = client.get("/v1/contacts").await.expect(200).json();
    assert_eq!(list["data"].as_array().map(Vec::len), Some(1), "{list}");
    list["data"][0].clone()
}

/// The image that is the contact's photo, once there is one other than this.
async fn new_image(client: &Client, old: Option<&str>) -> String {
    eventually("the photo", async || {
        let image = only_contact(client).await["photo"]["image_id"].clone();
        let image = image.as_str().map(str::to_owned);
        image.filter(|image| Some(image.as_str()) != old)
    })
    .await
}

async fn small_jpeg(client: &Client) -> Vec<u8> {
    let small = only_contact(client).await["photo"]["small"].clone();
    let request = client.request(Method::GET, small.as_str().expect("a path"));
    send(request.header("accept", "image/jpeg"))
        .await
        .expect(200)
        .body
}

/// What an address book puts into a card is the contact's photo.
pub async fn out_of_cards(root: &Client) {
    let client = tenant(root, "photos-out").await;
    let path = at(&client, "ada.vcf").await;
    let first = card("ada", &line(&bombs::jpeg(320, 240)));
    let tag = put(&client, &path, &first).await.expect(201);
    let image = new_image(&client, None).await;
    for (size, width) in [("thumb", 160), ("small", 320), ("large", 320)] {
        let variants = client.get(&format!("/v1/images/{image}")).await.expect(200);
        let variants = variants.json()["variants"].clone();
        let variants = variants.as_array().expect("variants").iter();
        let variants = variants.filter(|one| one["name"] == size && one["width"] == width);
        let formats: Vec<_> = variants.map(|one| one["format"].clone()).collect();
        assert_eq!(formats, ["jpeg", "png", "webp"], "{size}");
    }
    let got = client.get(&path).await.expect(200);
    assert_eq!(text(&got), first, "the client's own bytes");
    assert_eq!(got.header("etag"), tag.header("etag"));

    let noted = first.replace("mauve", "teal");
    put(&client, &path, &noted).await.expect(204);
    let second = card("ada", &line(&bombs::jpeg(200, 200)));
    put(&client, &path, &second).await.expect(204);
    let other = new_image(&client, Some(&image)).await;
    eventually("the old image to go", async || {
        let old = client.get(&format!("/v1/images/{image}")).await;
        (old.status == 404).then_some(())
    })
    .await;
    let events = client.events("image.uploaded.*").await;
    assert_eq!(events.len(), 2, "one for each picture");

    put(&client, &path, &card("ada", "")).await.expect(204);
    let contact = only_contact(&client).await;
    assert_eq!(contact["photo"], Value::Null);
    eventually("the image to go", async || {
        let gone = client.get(&format!("/v1/images/{other}")).await;
        (gone.status == 404).then_some(())
    })
    .await;
}

/// What is set by the API is in the card that address books get.
pub async fn into_cards(root: &Client) {
    let client = tenant(root, "photos-in").await;
    let path = at(&client, "ada.vcf").await;
    let bare = card("ada", "");
    let before = put(&client, &path, &bare).await.expect(201);
    let photo = format!("/v1/contacts/{}/photo", id_of(&only_contact(&client).await));
    let jpeg = bombs::jpeg(1000, 800);
    let sent = client.upload(Method::PUT, &photo, "image/jpeg", jpeg).await;
    sent.expect(202);
    let image = new_image(&client, None).await;
    let got = client.get(&path).await.expect(200);
    assert_ne!(got.header("etag"), before.header("etag"));
    let small = small_jpeg(&client).await;
    assert_eq!(picture(&got), Some(small.clone()));
    let others = text(&got).lines().filter(|line| {
        let is_photo = line.starts_with("PHOTO") || line.starts_with(' ');
        !is_photo
    });
    assert!(others.eq(bare.lines()), "one property more");
    let newer = client.request(Method::GET, &path);
    let newer = send(newer.header("accept", "text/vcard;version=4.0")).await;
    assert!(text(&newer).contains("PHOTO:data:image/jpeg;base64,"));
    assert_eq!(picture(&newer), Some(small));

    let back = put(&client, &path, text(&got)).await.expect(204);
    assert_eq!(back.header("etag"), got.header("etag"));
    let edited = text(&got).replace("mauve", "teal");
    put(&client, &path, &edited).await.expect(204);
    assert_eq!(
        only_contact(&client).await["photo"]["image_id"],
        image.as_str()
    );
    client.delete(&photo).await.expect(204);
    let after = client.get(&path).await.expect(200);
    assert_eq!(text(&after), bare.replace("mauve", "teal"));
}

/// A file brings its pictures along, and takes them away again.
pub async fn in_files(root: &Client) {
    let client = tenant(root, "photos-files").await;
    let file = card("ada", &line(&bombs::jpeg(320, 240)));
    let import = client.upload(
        Method::POST,
        "/v1/contacts/imports",
        "text/vcard",
        file.clone().into_bytes(),
    );
    import.await.expect(202);
    eventually("the contact", async || {
        let list = client.get("/v1/contacts").await.json();
        (list["data"] != json!([])).then_some(())
    })
    .await;
    let image = new_image(&client, None).await;
    let export = "/v1/contacts/export?format=vcard";
    assert_eq!(text(&client.get(export).await.expect(200)), file);

    // A photo that was never in a card is in the file, too.
    let id = id_of(&only_contact(&client).await);
    let photo = format!("/v1/contacts/{id}/photo");
    let jpeg = bombs::jpeg(200, 100);
    let sent = client.upload(Method::PUT, &photo, "image/jpeg", jpeg).await;
    sent.expect(202);
    new_image(&client, Some(&image)).await;
    let exported = client.get(export).await.expect(200);
    assert_eq!(picture(&exported), Some(small_jpeg(&client).await));
}
