use crate::{numbers::phone, tenant};
use end_to_end::{Answer, Client, encoded, send};
use quick_xml::{Reader, events::Event};
use reqwest::Method;
use serde_json::json;

/// A vendor, its document's root, the element of a name, and whether there is a link to the next page.
const VENDORS: [(&str, &str, &str); 4] = [
    ("yealink", "YealinkIPPhoneDirectory", "Name"),
    ("cisco", "CiscoIPPhoneDirectory", "Name"),
    ("snom", "SnomIPPhoneDirectory", "Name"),
    ("grandstream", "AddressBook", "LastName"),
];

/// What stands in a document: the path of each element that holds a text, and the text.
pub fn texts(answer: &Answer) -> Vec<(String, String)> {
    let kind = answer.header("content-type").expect("a type");
    assert!(kind.contains("xml"), "{kind}");
    let text = std::str::from_utf8(&answer.body).expect("UTF-8");
    let (mut reader, mut path, mut texts) = (Reader::from_str(text), Vec::new(), Vec::new());
    let mut shown = String::new();
    loop {
        match reader.read_event().expect("well-formed XML") {
            Event::Start(start) => {
                path.push(String::from_utf8_lossy(start.name().as_ref()).into_owned());
                shown.clear();
            }
            Event::Text(text) => shown.push_str(&text.decode().expect("text")),
            Event::GeneralRef(entity) => {
                let name = format!("&{};", entity.decode().expect("a name"));
                shown.push_str(&quick_xml::escape::unescape(&name).expect("a known entity"));
            }
            Event::End(_) => {
                if !shown.trim().is_empty() {
                    texts.push((path.join("/"), std::mem::take(&mut shown)));
                }
                path.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(path.is_empty(), "closed to the end: {path:?}");
    texts
}

fn at<'t>(texts: &'t [(String, String)], end: &str) -> Vec<&'t str> {
    let found = texts.iter().filter(|(path, _)| path.ends_with(end));
    found.map(|(_, text)| text.as_str()).collect()
}

pub async fn called(client: &Client, key: &str, path: &str) -> Answer {
    let request = client
        .anonymous(Method::GET, path)
        .header("host", "pbx.example:5060");
    send(request.basic_auth("phone", Some(key))).await
}

async fn key_of(client: &Client) -> String {
    let wanted = json!({ "name": "phones", "scopes": ["contacts:read"] });
    let key = client.create("/v1/keys", &wanted).await;
    key["secret"].as_str().expect("a secret").to_owned()
}

pub async fn vendors(root: &Client) {
    let client = &tenant(root, "vendors").await;
    let key = &key_of(client).await;
    let odd = "A & B <\"Söhne\"> 'GmbH'";
    let firm =
        json!({ "organization": { "name": odd }, "phones": [{ "number": "+49 30 1234567" }] });
    client.contact(&firm).await;
    client.contact(&phone("Zoë", "+44 20 7946 0018")).await;
    client.new_contact("Mute").await;
    for (vendor, document, name) in VENDORS {
        let path = format!("/v1/directory/{vendor}.xml");
        for request in [
            client.anonymous(Method::GET, &path),
            client
                .anonymous(Method::GET, &path)
                .basic_auth("x", Some("no")),
        ] {
            let refused = send(request).await;
            assert_eq!(refused.status, 401);
            let challenge = refused.header("www-authenticate").expect("a challenge");
            assert!(challenge.starts_with("Basic "), "{challenge}");
        }
        let whole = called(client, key, &path).await.expect(200);
        let whole = texts(&whole);
        assert!(
            whole.iter().all(|(path, _)| path.starts_with(document)),
            "{whole:?}"
        );
        let numbers: Vec<_> = whole
            .iter()
            .filter(|(_, text)| text.starts_with('+'))
            .map(|(_, text)| text.as_str())
            .collect();
        assert_eq!(numbers, ["+49301234567", "+442079460018"], "{vendor}");
        assert!(at(&whole, name).contains(&odd), "{vendor}: {whole:?}");
        assert!(!whole.iter().any(|(_, text)| text.contains("Mute")));
        for (query, numbers) in [
            ("zoe", 1),
            ("söhne", 1),
            ("7946", 1),
            ("nobody", 0),
            ("!", 0),
        ] {
            let found = called(client, key, &format!("{path}?q={}", encoded(query)))
                .await
                .expect(200);
            let found = texts(&found);
            let found = found.iter().filter(|(_, text)| text.starts_with('+'));
            assert_eq!(found.count(), numbers, "{vendor} {query}");
        }
        for wrong in [
            "page=0",
            "page=x",
            "page=-1",
            "page=99999999999999999999",
            "colour=red",
        ] {
            let refused = called(client, key, &format!("{path}?{wrong}")).await;
            let name = wrong.split('=').next().expect("a name");
            assert_eq!(refused.sorted_faults(), [name], "{vendor} {wrong}");
        }
    }
    called(client, key, "/v1/directory/nokia.xml")
        .await
        .problem(404);
    let writer = client
        .create(
            "/v1/keys",
            &json!({ "name": "w", "scopes": ["contacts:write"] }),
        )
        .await;
    let writer = writer["secret"].as_str().expect("a secret");
    called(client, writer, "/v1/directory/cisco.xml")
        .await
        .problem(403);
    let stranger = tenant(root, "stranger").await;
    let theirs = key_of(&stranger).await;
    let theirs = called(client, &theirs, "/v1/directory/snom.xml")
        .await
        .expect(200);
    assert!(!String::from_utf8_lossy(&theirs.body).contains("+49"));
}

/// Links lead to all contacts, each once, at the host that the phone has called.
pub async fn pages(root: &Client) {
    let client = &tenant(root, "directory pages").await;
    let key = &key_of(client).await;
    let contacts: Vec<_> = (0..230)
        .map(|place| phone(&format!("P{place:03}"), &format!("+49 30 1234{place:03}")))
        .collect();
    client.contacts(&contacts).await;
    let expected: Vec<_> = (0..230)
        .map(|place| format!("+49301234{place:03}"))
        .collect();
    for vendor in ["cisco", "snom"] {
        for query in ["", "?q=p"] {
            let mut next = Some(format!("/v1/directory/{vendor}.xml{query}"));
            let (mut numbers, mut pages) = (Vec::new(), 0);
            while let Some(path) = next.take() {
                let page = texts(&called(client, key, &path).await.expect(200));
                numbers.extend(at(&page, "Telephone").into_iter().map(str::to_owned));
                let links = at(&page, "URL");
                let own = links.iter().filter(|link| link.contains("://"));
                assert!(
                    own.clone()
                        .all(|link| link.starts_with("http://pbx.example:5060/v1/directory/")),
                    "{links:?}"
                );
                pages += 1;
                let following = format!("page={}", pages + 1);
                let link = links.iter().find(|link| link.ends_with(&following));
                next = link
                    .and_then(|link| link.strip_prefix("http://pbx.example:5060"))
                    .map(str::to_owned);
            }
            assert_eq!(numbers, expected, "{vendor} {query}");
            assert!(pages > 1, "{vendor} has pages");
        }
    }
    for vendor in ["yealink", "grandstream"] {
        let page = texts(
            &called(client, key, &format!("/v1/directory/{vendor}.xml"))
                .await
                .expect(200),
        );
        let numbers: Vec<_> = page
            .iter()
            .filter(|(_, text)| text.starts_with('+'))
            .collect();
        assert_eq!(numbers.len(), 230, "{vendor}");
    }
    let beyond = called(client, key, "/v1/directory/cisco.xml?page=50").await;
    assert!(at(&texts(&beyond.expect(200)), "Telephone").is_empty());
}
