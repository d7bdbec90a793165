//! One address book on a server, as a client sees it (RFC 6352 and RFC 6578).

use super::xml;
use crate::http::{Answer, Kept, Target};
use anyhow::{Context, bail, ensure};
use std::cell::RefCell;

/// Cards that a client asks for at once.
const MULTIGET: usize = 100;
/// Answers of one listing, however little each of them holds.
const MAX_PARTS: usize = 10_000;
const XML: &str = "application/xml; charset=utf-8";

pub struct Site {
    pub target: Target,
    book: String,
    kept: RefCell<Option<Kept>>,
}

/// What has changed, and how to ask for what changes from then on.
pub struct Changes {
    pub hrefs: Vec<String>,
    pub token: String,
}

#[must_use]
pub fn uid(n: u64) -> String {
    format!("bench-{n:07}")
}

impl Site {
    /// `book` is the collection's path, without the slash at its end.
    #[must_use]
    pub fn new(target: &Target, book: &str) -> Self {
        Self {
            target: target.clone(),
            book: book.to_owned(),
            kept: RefCell::default(),
        }
    }

    fn href(&self, n: u64) -> String {
        format!("{}/{}.vcf", self.book, uid(n))
    }

    /// The bytes of the request that stores the nth card if it is not there.
    #[must_use]
    pub fn create(&self, n: u64, card: &str) -> Vec<u8> {
        let fields = [
            ("content-type", "text/vcard; charset=utf-8"),
            ("if-none-match", "*"),
        ];
        self.target
            .send_with("PUT", &self.href(n), &fields, card.as_bytes())
    }

    pub async fn replace(&self, n: u64, card: &str) -> anyhow::Result<()> {
        let kind = "text/vcard; charset=utf-8";
        let request = self
            .target
            .send("PUT", &self.href(n), kind, card.as_bytes());
        let answer = self.exchange(&request).await?;
        ensure!(answer.status < 300, "a PUT was answered {}", answer.status);
        Ok(())
    }

    /// Lists the book and gets every card, as a client does that has nothing yet.
    pub async fn fetch_everything(&self, expected: u64) -> anyhow::Result<()> {
        let hrefs = self.changes("").await?.hrefs;
        let count = hrefs.len() as u64;
        // A system that has just been started may have a card or two of its own.
        ensure!(
            count >= expected,
            "{count} cards are listed, not {expected}"
        );
        for some in hrefs.chunks(MULTIGET) {
            self.fetch(some).await?;
        }
        Ok(())
    }

    /// Asks what has changed since the token and gets the card, which has to be the nth alone. Gives the next token.
    pub async fn fetch_change(&self, token: &str, n: u64) -> anyhow::Result<String> {
        let Changes { hrefs, token } = self.changes(token).await?;
        ensure!(
            hrefs == [self.href(n)],
            "one card has changed, not {hrefs:?}"
        );
        self.fetch(&hrefs).await?;
        Ok(token)
    }

    /// Everything since a token; since the beginning if that is empty.
    pub async fn changes(&self, token: &str) -> anyhow::Result<Changes> {
        let (mut hrefs, mut token) = (Vec::new(), token.to_owned());
        for _ in 0..MAX_PARTS {
            let body = format!(
                r#"<?xml version="1.0" encoding="utf-8"?><sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>"#
            );
            let text = self.report(&body).await?;
            let cards = xml::texts(&text, "href").filter(|href| href.ends_with(".vcf"));
            hrefs.extend(cards.map(str::to_owned));
            let next = xml::texts(&text, "sync-token").last();
            token = next.context("an answer without a token")?.to_owned();
            // The book itself with 507: there is more (RFC 6578, section 3.6).
            if !xml::texts(&text, "status").any(|status| status.contains(" 507 ")) {
                return Ok(Changes { hrefs, token });
            }
        }
        bail!("the list has over {MAX_PARTS} parts")
    }

    async fn fetch(&self, hrefs: &[String]) -> anyhow::Result<()> {
        let wanted: String = hrefs
            .iter()
            .map(|href| format!("<D:href>{href}</D:href>"))
            .collect();
        let body = format!(
            r#"<?xml version="1.0" encoding="utf-8"?><C:addressbook-multiget xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><D:prop><D:getetag/><C:address-data/></D:prop>{wanted}</C:addressbook-multiget>"#
        );
        let text = self.report(&body).await?;
        let cards = xml::texts(&text, "address-data").filter(|card| card.contains("END:VCARD"));
        let (count, wanted) = (cards.count(), hrefs.len());
        ensure!(count == wanted, "{count} cards came, not {wanted}");
        Ok(())
    }

    async fn report(&self, body: &str) -> anyhow::Result<String> {
        let fields = [("content-type", XML), ("depth", "0")];
        let path = format!("{}/", self.book);
        let request = self
            .target
            .send_with("REPORT", &path, &fields, body.as_bytes());
        let answer = self.exchange(&request).await?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        ensure!(
            answer.status == 207,
            "a REPORT was answered {}: {text}",
            answer.status
        );
        Ok(text)
    }

    /// On one connection, one request at a time.
    pub async fn exchange(&self, request: &[u8]) -> anyhow::Result<Answer> {
        let mut kept = self.kept.take().unwrap_or_default();
        let answer = kept.exchange(&self.target, request).await?;
        self.kept.replace(Some(kept));
        Ok(answer)
    }
}
