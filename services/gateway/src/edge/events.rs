//! `GET /v1/events`: the tenant's log as a page, or as a stream of server-sent events.

use super::call::Edge;
use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web::Data,
};
use bytes::Bytes;
use contracts::{CloudEvent, cloud_event::format_sequence, type_matches};
use futures_util::stream;
use ports::{Recorded, Result, Tenant};
use runtime::wire;
use serde_json::json;
use std::{collections::VecDeque, time::Duration, time::Instant};
use web::{Fault, Faults, Params, Principal, Problem, ProblemKind, Scopes};

/// Log entries read at once by a stream.
const PAGE: usize = 200;
/// Log entries that one page request looks through at most; the cursor goes on behind them.
const MAX_SCANNED: usize = 5_000;
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Live feeds can miss something: look this often at least.
const LOOK: Duration = Duration::from_secs(1);

/// What the caller wants to see and may see.
struct Filter {
    patterns: Vec<String>,
    scopes: Scopes,
}

impl Filter {
    fn passes(&self, event_type: &str) -> bool {
        let wanted = self.patterns.is_empty()
            || self
                .patterns
                .iter()
                .any(|pattern| type_matches(pattern, event_type));
        wanted && self.scopes.may_read_event(event_type)
    }
}

/// `faults` are those that were found in the request already.
pub async fn answer(
    edge: &Data<Edge>,
    request: &HttpRequest,
    principal: &Principal,
    mut faults: Faults,
) -> Result<HttpResponse, Problem> {
    let params = Params::parse(request.query_string());
    let patterns = read_patterns(params.get("types"), &mut faults);
    let limit = read_limit(params.get("limit"), &mut faults);
    let after = params
        .get("after")
        .and_then(|text| read_position(text, Fault::parameter, "after", &mut faults));
    let wants_stream = accepts_stream(request);
    let resumed = request
        .headers()
        .get("last-event-id")
        .filter(|_| wants_stream)
        .and_then(|value| {
            read_position(
                value.to_str().unwrap_or("?"),
                Fault::header,
                "Last-Event-ID",
                &mut faults,
            )
        });
    let (patterns, limit) = faults.or((patterns, limit))?;
    let filter = Filter {
        patterns,
        scopes: principal.scopes.clone(),
    };
    let tenant = principal.tenant.clone();
    if !wants_stream {
        return page(
            edge,
            &tenant,
            &filter,
            after.unwrap_or(0),
            limit,
            params.get("types"),
        )
        .await;
    }
    // What a client resumes by is later than the position it first asked for.
    let start = match resumed.or(after) {
        Some(position) => position,
        None => edge.backends.store.now().await?.as_micros(),
    };
    check_position(edge, &tenant, start).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(live(Live::new(edge.clone(), tenant, filter, start))))
}

fn accepts_stream(request: &HttpRequest) -> bool {
    let accept = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| {
        accept
            .split(',')
            .any(|kind| kind.trim().starts_with("text/event-stream"))
    })
}

fn read_patterns(types: Option<&str>, faults: &mut Faults) -> Vec<String> {
    let patterns: Vec<String> = types
        .into_iter()
        .flat_map(|types| types.split(','))
        .map(|p| p.trim().to_owned())
        .collect();
    let well_formed = |pattern: &String| {
        let stem = pattern.strip_suffix('*').unwrap_or(pattern);
        pattern.len() <= 100
            && !pattern.is_empty()
            && stem
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'_')
    };
    if patterns.len() > 50 || !patterns.iter().all(well_formed) {
        faults.add(Fault::parameter(
            "types",
            "must be up to 50 event types separated by commas, each may end with *",
        ));
    }
    patterns
}

fn read_limit(limit: Option<&str>, faults: &mut Faults) -> usize {
    let Some(text) = limit else { return 50 };
    let limit = text.parse().ok().filter(|limit| (1..=500).contains(limit));
    if limit.is_none() {
        faults.add(Fault::parameter(
            "limit",
            "must be a whole number from 1 to 500",
        ));
    }
    limit.unwrap_or(50)
}

fn read_position(
    text: &str,
    fault: fn(&'static str, &'static str) -> Fault,
    name: &'static str,
    faults: &mut Faults,
) -> Option<u64> {
    let position = text
        .trim()
        .parse()
        .ok()
        .filter(|_| text.trim().bytes().all(|b| b.is_ascii_digit()));
    if position.is_none() {
        faults.add(fault(name, "must be a log position: up to 20 digits"));
    }
    position
}

/// 410 when what came behind the position may have been trimmed.
async fn check_position(edge: &Edge, tenant: &Tenant, after: u64) -> Result<(), Problem> {
    let oldest = edge.backends.store.read_log(tenant, after, 1).await?.oldest;
    match oldest {
        Some(oldest) if after != 0 && after < oldest => {
            let oldest = format_sequence(oldest);
            let detail = format!("the log begins at {oldest}; ask for after=0 to start there");
            Err(Problem::new(ProblemKind::Gone, detail).member("oldest", oldest))
        }
        _ => Ok(()),
    }
}

async fn page(
    edge: &Edge,
    tenant: &Tenant,
    filter: &Filter,
    after: u64,
    limit: usize,
    types: Option<&str>,
) -> Result<HttpResponse, Problem> {
    check_position(edge, tenant, after).await?;
    let (mut events, mut position, mut scanned) = (Vec::new(), after, 0);
    let more = loop {
        let read = edge
            .backends
            .store
            .read_log(tenant, position, PAGE)
            .await?
            .events;
        let count = read.len();
        for recorded in read {
            position = recorded.sequence;
            if filter.passes(&recorded.event.event_type) {
                events.push(wire::cloud_event(&recorded)?);
            }
            if events.len() == limit {
                break;
            }
        }
        scanned += count;
        if events.len() == limit || scanned >= MAX_SCANNED {
            break true;
        }
        if count == 0 {
            break false;
        }
    };
    let next = more.then(|| format_sequence(position));
    let mut response = HttpResponse::build(StatusCode::OK);
    if let Some(next) = &next {
        let types = types
            .map(|types| format!("&types={types}"))
            .unwrap_or_default();
        response.insert_header((
            header::LINK,
            format!("</v1/events?after={next}&limit={limit}{types}>; rel=\"next\""),
        ));
    }
    Ok(response.json(json!({ "data": events, "next_cursor": next })))
}

/// A stream under way.
struct Live {
    edge: Data<Edge>,
    tenant: Tenant,
    filter: Filter,
    position: u64,
    feed: super::feed::Feed,
    ready: VecDeque<Bytes>,
    last_sent: Instant,
}

impl Live {
    fn new(edge: Data<Edge>, tenant: Tenant, filter: Filter, position: u64) -> Self {
        let feed = edge.feeds.of(&tenant);
        // The first bytes tell the client at once that the stream is open.
        let ready = VecDeque::from([Bytes::from_static(b": open\n\n")]);
        Self {
            edge,
            tenant,
            filter,
            position,
            feed,
            ready,
            last_sent: Instant::now(),
        }
    }

    /// The next bytes to send; `None` when the gateway stops.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                self.last_sent = Instant::now();
                return Some(bytes);
            }
            match self
                .edge
                .backends
                .store
                .read_log(&self.tenant, self.position, PAGE)
                .await
            {
                Ok(page) if !page.events.is_empty() => self.take(page.events),
                Ok(_) => {
                    if self.last_sent.elapsed() >= KEEP_ALIVE {
                        self.ready
                            .push_back(Bytes::from_static(b": keep-alive\n\n"));
                        continue;
                    }
                    let stop = self.edge.stop.clone();
                    stop.run_until_cancelled(self.feed.wait(LOOK)).await?;
                }
                Err(error) => {
                    tracing::warn!(%error, "a stream cannot read the log; it waits");
                    let stop = self.edge.stop.clone();
                    stop.run_until_cancelled(tokio::time::sleep(LOOK)).await?;
                }
            }
        }
    }

    fn take(&mut self, events: Vec<Recorded>) {
        for recorded in events {
            self.position = recorded.sequence;
            if !self.filter.passes(&recorded.event.event_type) {
                continue;
            }
            match wire::cloud_event(&recorded).and_then(|event| frame(&event)) {
                Ok(bytes) => self.ready.push_back(bytes),
                Err(error) => {
                    tracing::error!(%error, "an event that cannot be shown was left out of a stream");
                }
            }
        }
    }
}

fn frame(event: &CloudEvent) -> Result<Bytes> {
    let data = serde_json::to_string(event)
        .map_err(|e| ports::Error::internal("serialising an event").with_source(e))?;
    Ok(format!(
        "id: {}\nevent: {}\ndata: {data}\n\n",
        event.sequence, event.event_type
    )
    .into())
}

fn live(state: Live) -> impl futures_util::Stream<Item = Result<Bytes, actix_web::Error>> {
    stream::unfold(state, |mut state| async move {
        state.next().await.map(|bytes| (Ok(bytes), state))
    })
}
