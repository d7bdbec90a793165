use super::Vendor;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

const MAX_HOST_BYTES: usize = 255;

/// What links begin with: the scheme and host that the phone itself used, or nothing, for links relative to them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Base(String);

impl Base {
    /// From the request's `Host` and, behind a proxy that ends TLS, `X-Forwarded-Proto`.
    #[must_use]
    pub fn of(host: Option<&str>, scheme: Option<&str>) -> Self {
        let scheme = match scheme.and_then(|list| list.split(',').next()) {
            None => "http",
            Some(first) if first.trim() == "https" => "https",
            Some(_) => "http",
        };
        host.filter(|host| is_host(host))
            .map(|host| Self(format!("{scheme}://{host}")))
            .unwrap_or_default()
    }
}

fn is_host(host: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
    (1..=MAX_HOST_BYTES).contains(&host.len()) && host.bytes().all(is_allowed)
}

/// Where the keys of a page lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Links {
    /// The whole directory, to which a search form adds `q`.
    pub directory: String,
    pub search_form: String,
    pub previous: Option<String>,
    pub next: Option<String>,
    /// This page, counted from 1.
    pub page: usize,
}

impl Links {
    /// Of the page of what `query` found; `more` when another page follows.
    #[must_use]
    pub fn new(base: &Base, vendor: Vendor, query: Option<&str>, page: usize, more: bool) -> Self {
        let directory = format!("{}/v1/directory/{}.xml", base.0, vendor.name());
        let query = query.map_or_else(String::new, |query| {
            format!("q={}&", utf8_percent_encode(query, NON_ALPHANUMERIC))
        });
        let to = |page: usize| format!("{directory}?{query}page={page}");
        Self {
            search_form: format!("{directory}?search=true"),
            previous: (page > 1).then(|| to(page - 1)),
            next: (more && page < vendor.last_page()).then(|| to(page + 1)),
            page,
            directory,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_where_the_phone_came_from() {
        let of = |host, scheme| Base::of(host, scheme).0;
        assert_eq!(
            of(Some("pbx.example:8080"), None),
            "http://pbx.example:8080"
        );
        assert_eq!(of(Some("[::1]"), Some("https, http")), "https://[::1]");
        assert_eq!(of(None, Some("https")), "");
        for hostile in ["", "a b", "a/b", "a\"b", "é", &"a".repeat(256)] {
            assert_eq!(of(Some(hostile), None), "", "{hostile}");
        }
    }

    #[test]
    fn links_keep_the_query_and_end_at_the_ends() {
        let base = Base::of(Some("h"), None);
        let links = Links::new(&base, Vendor::Cisco, Some("jö & b"), 2, true);
        let expected = "http://h/v1/directory/cisco.xml?q=j%C3%B6%20%26%20b&page=3";
        assert_eq!(links.next.as_deref(), Some(expected));
        assert!(links.previous.is_some_and(|link| link.ends_with("&page=1")));
        let only = Links::new(&Base::default(), Vendor::Snom, None, 1, false);
        assert_eq!((only.previous, only.next), (None, None));
        assert_eq!(only.search_form, "/v1/directory/snom.xml?search=true");
        let last = Vendor::Snom.last_page();
        assert_eq!(Links::new(&base, Vendor::Snom, None, last, true).next, None);
    }
}
