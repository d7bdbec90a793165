//! As address books ask.

mod cards;
mod collections;
mod groups;
mod photos;
mod reports;
mod sync;

use super::{Phonebook, Reply};
use crate::domain::book;

/// A card as a client may write it: folded, with an Apple label and properties that nobody else knows.
const ADA: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nPRODID:-//Example//EN\r\nUID:ada-1\r\nN:Lovelace;Ada;;;\r\n\
    FN:Ada Lovelace\r\nitem1.TEL;type=pref:+44 20 7946 0018\r\nitem1.X-ABLabel:desk\r\nX-COLOUR;X-SHADE=pale:mau\r\n ve\r\n\
    NOTE:a & b <c>\r\nEND:VCARD\r\n";

const VCARD: &[(&str, &str)] = &[("content-type", "text/vcard; charset=utf-8")];

fn card(uid: &str, name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n")
}

/// The address of a card in the default book.
fn at(name: &str) -> String {
    format!("/dav/books/{}/{name}", book::DEFAULT)
}

impl Reply {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.0.body).unwrap()
    }

    #[track_caller]
    fn has(&self, part: &str) -> &Self {
        assert!(self.text().contains(part), "{part} in {}", self.text());
        self
    }

    #[track_caller]
    fn lacks(&self, part: &str) -> &Self {
        assert!(!self.text().contains(part), "{part} in {}", self.text());
        self
    }

    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status(), status, "{}", self.text());
        self
    }

    /// The first text between these.
    #[track_caller]
    fn between(&self, start: &str, end: &str) -> String {
        let (_, rest) = self.text().split_once(start).expect(start);
        rest.split_once(end).unwrap().0.to_owned()
    }

    /// The hrefs of all responses, with an exclamation mark at those of what is gone.
    fn hrefs(&self) -> Vec<String> {
        let responses = self.text().split("<D:response>").skip(1);
        let href = |response: &str| {
            let (_, rest) = response.split_once("<D:href>").unwrap();
            let (href, rest) = rest.split_once("</D:href>").unwrap();
            let is_gone = rest.starts_with("<D:status>HTTP/1.1 404");
            let name = href.rsplit('/').find(|part| !part.is_empty()).unwrap();
            format!("{name}{}", if is_gone { "!" } else { "" })
        };
        let mut all: Vec<_> = responses.map(href).collect();
        all.sort();
        all
    }

    fn sync_token(&self) -> String {
        self.between("<D:sync-token>", "</D:sync-token>")
    }
}

impl Phonebook {
    async fn dav(&self, method: &str, uri: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        self.send(method, uri, headers, body, None).await
    }

    async fn propfind(&self, uri: &str, depth: &str, props: &str) -> Reply {
        let body = format!(
            "<propfind xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav' \
             xmlns:CS='http://calendarserver.org/ns/'><prop>{props}</prop></propfind>"
        );
        self.dav("PROPFIND", uri, &[("depth", depth)], &body).await
    }

    async fn put_card(&self, name: &str, card: &str) -> Reply {
        self.dav("PUT", &at(name), VCARD, card).await
    }

    async fn report(&self, uri: &str, root: &str, inside: &str) -> Reply {
        let body = format!(
            "<{root} xmlns:D='DAV:' xmlns:C='urn:ietf:params:xml:ns:carddav'>{inside}</{root}>"
        );
        self.dav("REPORT", uri, &[("depth", "1")], &body).await
    }

    /// All parts of an answer, one behind the other.
    async fn whole(
        &self,
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> (String, usize) {
        let (mut text, mut parts) = (String::new(), 0);
        let mut token: Option<String> = None;
        loop {
            let mut headers = headers.to_vec();
            if let Some(token) = &token {
                headers.push((web::CONTINUATION, token));
            }
            let reply = self.dav(method, uri, &headers, body).await.is(207);
            text.push_str(reply.text());
            parts += 1;
            token = reply.0.head.continuation.clone();
            if token.is_none() {
                return (text, parts);
            }
        }
    }
}
