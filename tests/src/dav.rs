//! The tenant's own book as CardDAV clients see it.

use crate::{Answer, Client, send};
use reqwest::{Method, RequestBuilder};

const BOOK: &str = "/dav/books/book_00000000000000000000000000/";
const SYNC: &str = r#"<D:sync-collection xmlns:D="DAV:"><D:sync-token>TOKEN</D:sync-token>
    <D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>"#;

/// What a client hears of since its last visit.
#[derive(Debug)]
pub struct Changes {
    /// Names of new and of changed cards, sorted.
    pub present: Vec<String>,
    /// Names of cards that are gone, sorted.
    pub gone: Vec<String>,
    pub token: String,
}

impl Client {
    /// As address books do, with the key as a password.
    fn dav(&self, method: &str, name: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        self.anonymous(method, &format!("{BOOK}{name}"))
            .basic_auth("anybody", Some(self.key()))
    }

    pub async fn card(&self, name: &str) -> Answer {
        send(self.dav("GET", name)).await
    }

    /// On a condition such as `if-none-match: *`.
    pub async fn put_card(&self, name: &str, condition: (&str, &str), card: &str) -> Answer {
        let (header, tag) = condition;
        let request = self
            .dav("PUT", name)
            .header("content-type", "text/vcard; charset=utf-8")
            .header(header, tag);
        send(request.body(card.to_owned())).await
    }

    /// Everything, when the token is empty.
    pub async fn changed_cards(&self, token: &str) -> Changes {
        let body = SYNC.replace("TOKEN", token);
        let request = self.dav("REPORT", "").header("depth", "1");
        let request = request.header("content-type", "application/xml");
        let answer = send(request.body(body)).await.expect(207);
        Changes::read(&String::from_utf8(answer.body).expect("UTF-8"))
    }
}

impl Changes {
    fn read(document: &str) -> Self {
        let token = between(document, "<D:sync-token>", "</D:sync-token>");
        let (mut present, mut gone) = (Vec::new(), Vec::new());
        for response in document.split("<D:response>").skip(1) {
            let href = between(response, "<D:href>", "</D:href>");
            let name = href.rsplit('/').next().expect("a name").to_owned();
            let is_gone = response.contains("</D:href><D:status>HTTP/1.1 404");
            if is_gone { &mut gone } else { &mut present }.push(name);
        }
        present.sort();
        gone.sort();
        Self {
            present,
            gone,
            token: token.to_owned(),
        }
    }
}

fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let found = text.split_once(start).and_then(|(_, rest)| {
        let (inside, _) = rest.split_once(end)?;
        Some(inside)
    });
    found.unwrap_or_else(|| panic!("no {start} in {text}"))
}
