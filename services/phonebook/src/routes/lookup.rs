//! `GET /v1/lookup`: who is calling?

use super::{Config, preferences};
use crate::{
    domain::{Contact, E164, Phone, Region, index},
    storage::{contacts, keys},
};
use actix_web::{
    HttpRequest,
    http::{StatusCode, header},
    web::Data,
};
use ports::store::Query;
use runtime::Ctx;
use serde_json::{Value, json};
use web::{Answer, Body, Fault, Faults, Params, Problem};

const MAX_NUMBER_CHARS: usize = 100;
/// Contacts that are read for one number.
const MAX_CANDIDATES: usize = 100;
const MAX_MATCHES: usize = 20;

/// A number as the caller's exchange shows it.
struct Number {
    e164: Option<E164>,
    digits: String,
}

/// How a phone matches; the better, the larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    /// So many last digits are the same.
    Suffix(usize),
    Exact,
}

pub async fn show(ctx: Ctx, request: HttpRequest, config: Data<Config>) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let config = preferences::apply(&ctx, &config, needs_region(&params)).await?;
    let number = read(&params, config.default_region)?;
    let mut matches = find(&ctx, &number, true).await?;
    if matches.is_empty() {
        matches = find(&ctx, &number, false).await?;
    }
    if wants_text(&request) {
        let name = matches
            .first()
            .map(|(contact, ..)| contact.fields.display());
        let text = name.unwrap_or_default();
        let body = Body::Bytes("text/plain; charset=utf-8".to_owned(), text.into());
        return Ok(Answer::new(StatusCode::OK, body).header(header::VARY, "Accept"));
    }
    let matches: Vec<Value> = matches.iter().map(view).collect();
    let answer = Answer::json(StatusCode::OK, &json!({ "matches": matches }))?;
    Ok(answer.header(header::VARY, "Accept"))
}

/// A number without `+` whose country the request does not say. A bare + in a query means a space.
fn needs_region(params: &Params) -> bool {
    let number = params.get("number").unwrap_or_default();
    let names_one = params.get("region").is_some_and(|code| !code.is_empty());
    !names_one && !number.starts_with(['+', ' '])
}

fn read(params: &Params, default_region: Option<Region>) -> Result<Number, Problem> {
    let mut faults = Faults::new();
    let code = params.get("region").filter(|code| !code.is_empty());
    let region = code.and_then(Region::parse);
    if code.is_some() && region.is_none() {
        let detail = "must be a country of two letters, for example DE";
        faults.add(Fault::parameter("region", detail));
    }
    let typed = params.get("number").unwrap_or_default();
    let too_long = typed.chars().count() > MAX_NUMBER_CHARS;
    // A bare + in a query means a space, and exchanges send it bare.
    let typed = match typed.strip_prefix(' ') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => format!("+{rest}"),
        _ => typed.to_owned(),
    };
    let number = Number {
        e164: E164::parse(&typed, region.or(default_region)).ok(),
        digits: index::typed_digits(&typed),
    };
    if number.digits.is_empty() || too_long {
        faults.add(Fault::parameter("number", "must be a phone number"));
    }
    faults.or(number)
}

/// The contacts with that number, whole or by its end, the best match first.
async fn find(
    ctx: &Ctx,
    number: &Number,
    whole: bool,
) -> Result<Vec<(Contact, Phone, Match)>, Problem> {
    let digits = number
        .e164
        .as_ref()
        .map_or(number.digits.as_str(), E164::digits);
    let term = if whole {
        format!("{}{digits}", index::class::NUMBER)
    } else {
        // Only the last digits count, zeros in front of them or not.
        let typed = &number.digits;
        if typed.len() < index::SUFFIX_DIGITS {
            return Ok(Vec::new());
        }
        let end = &typed[typed.len() - index::SUFFIX_DIGITS..];
        format!("{}{end}", index::class::DIGITS)
    };
    let query = Query {
        prefix: format!("{}{term}/", keys::FIND),
        limit: MAX_CANDIDATES,
        ..Query::default()
    };
    let entries = ctx.store.index(&ctx.tenant, query).await?.keys;
    let ids = entries.iter().filter_map(|key| keys::listed_id(key));
    let mut matches = Vec::new();
    for found in contacts::find_all(ctx, ids).await? {
        let phones = found.contact.fields.phones.iter();
        let best = phones
            .filter_map(|phone| Some((number.compare(phone)?, phone)))
            .max_by_key(|(how, _)| *how);
        if let Some((how, phone)) = best {
            matches.push((found.contact.clone(), phone.clone(), how));
        }
    }
    matches.sort_by(|(a, _, how_a), (b, _, how_b)| {
        how_b
            .cmp(how_a)
            .then_with(|| a.fields.display().cmp(&b.fields.display()))
    });
    matches.truncate(MAX_MATCHES);
    Ok(matches)
}

impl Number {
    fn compare(&self, phone: &Phone) -> Option<Match> {
        let theirs = index::digits(phone);
        match (&self.e164, &phone.e164) {
            (Some(ours), Some(e164)) => (ours == e164).then_some(Match::Exact),
            // An extension, or what only works within a town.
            (None, None) if self.digits == theirs => Some(Match::Exact),
            _ => {
                let ours = self
                    .e164
                    .as_ref()
                    .map_or(self.digits.as_str(), E164::digits);
                let same = common_end(ours, &theirs);
                (same >= index::SUFFIX_DIGITS).then_some(Match::Suffix(same))
            }
        }
    }
}

/// How many last digits two numbers share.
fn common_end(a: &str, b: &str) -> usize {
    let pairs = a.bytes().rev().zip(b.bytes().rev());
    pairs.take_while(|(a, b)| a == b).count()
}

fn view((contact, phone, how): &(Contact, Phone, Match)) -> Value {
    let how = match how {
        Match::Exact => "exact",
        Match::Suffix(_) => "suffix",
    };
    json!({ "contact": contact.view(), "phone": phone, "match": how })
}

fn wants_text(request: &HttpRequest) -> bool {
    let accept = request.headers().get(header::ACCEPT);
    accept
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim_start().starts_with("text/plain"))
}
