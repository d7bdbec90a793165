use super::{Phonebook, Reply};
use serde_json::json;

/// The names on a page.
fn names(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status(), 200, "{}", reply.json());
    assert_eq!(reply.header("content-type"), "text/xml; charset=utf-8");
    let document = text(reply);
    let names = document.lines().filter_map(|line| {
        let name = line.strip_prefix("<Name>")?.strip_suffix("</Name>")?;
        Some(name.to_owned())
    });
    names.collect()
}

fn text(reply: &Reply) -> String {
    String::from_utf8(reply.0.body.to_vec()).unwrap()
}

async fn create(book: &Phonebook, given: &str, numbers: &[&str]) {
    let phones: Vec<_> = numbers
        .iter()
        .map(|number| json!({ "number": number }))
        .collect();
    book.create(json!({"name": {"given": given}, "phones": phones}))
        .await;
}

#[tokio::test]
async fn phones_page_through_the_directory() {
    let book = Phonebook::start().await;
    for place in 0..20 {
        let number = format!("+4930123400{place:02}");
        create(&book, &format!("P{place:02}"), &[&number, "+4930999999"]).await;
    }
    create(&book, "Mute", &[]).await;
    let first = book.get("/v1/directory/cisco.xml").await;
    let mut read = names(&first);
    read.truncate(32);
    assert!(text(&first).contains("<URL>/v1/directory/cisco.xml?page=2</URL>"));
    let second = book.get("/v1/directory/cisco.xml?page=2").await;
    assert!(!text(&second).contains("page=3"));
    read.extend(names(&second).into_iter().take(8));
    let expected: Vec<_> = (0..40).map(|place| format!("P{:02}", place / 2)).collect();
    assert_eq!(read, expected);
    let beyond = book.get("/v1/directory/cisco.xml?page=3").await;
    assert!(text(&beyond).contains("No contacts found"));
    book.stop().await;
}

#[tokio::test]
async fn phones_search_the_directory() {
    let book = Phonebook::start().await;
    create(&book, "Jörg", &["+49 30 1234567"]).await;
    create(&book, "Zoë", &["+49 30 7654321"]).await;
    for (query, found) in [
        ("jorg", vec!["Jörg"]),
        ("765", vec!["Zoë"]),
        ("%21", vec![]),
    ] {
        let uri = format!("/v1/directory/yealink.xml?q={query}");
        assert_eq!(names(&book.get(&uri).await), found, "{query}");
    }
    let all = names(&book.get("/v1/directory/yealink.xml?q=").await);
    assert_eq!(all, ["Jörg", "Zoë"]);
    let headers = [("host", "pbx.example"), ("x-forwarded-proto", "https")];
    let form = "/v1/directory/snom.xml?search=true";
    let form = book.send("GET", form, &headers, "", None).await;
    assert!(text(&form).contains("<URL>https://pbx.example/v1/directory/snom.xml</URL>"));
    book.stop().await;
}

#[tokio::test]
async fn grandstream_downloads_by_either_name() {
    let book = Phonebook::start().await;
    create(&book, "Ada", &["+49 30 1234567"]).await;
    let whole = book.get("/v1/directory/grandstream.xml").await;
    assert!(text(&whole).contains("<phonenumber>+49301234567</phonenumber>"));
    let file = book
        .get("/v1/directory/grandstream/phonebook.xml?q=ada")
        .await;
    assert_eq!(text(&file), text(&whole));
    book.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let book = Phonebook::start().await;
    assert_eq!(book.get("/v1/directory/nokia.xml").await.status(), 404);
    for page in ["0", "-1", "x", "313", ""] {
        let uri = format!("/v1/directory/cisco.xml?page={page}");
        let refused = book.get(&uri).await;
        assert_eq!(
            (refused.status(), refused.parameter()),
            (400, "page".into())
        );
    }
    let long = format!("/v1/directory/cisco.xml?q={}&page=0", "a".repeat(201));
    let faults = book.get(&long).await.json()["errors"].clone();
    assert_eq!(faults.as_array().map(Vec::len), Some(2));
    for vendor in ["yealink", "grandstream"] {
        let uri = format!("/v1/directory/{vendor}.xml?search=true");
        let refused = book.get(&uri).await;
        assert_eq!(
            (refused.status(), refused.parameter()),
            (400, "search".into())
        );
    }
    book.stop().await;
}

impl Reply {
    fn parameter(&self) -> String {
        let parameter = &self.json()["errors"][0]["parameter"];
        parameter.as_str().unwrap_or_default().to_owned()
    }
}
