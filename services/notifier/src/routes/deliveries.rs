use super::{Api, find, unreadable, view::DeliveryView};
use crate::domain::{
    attempt::Attempt,
    delivery::{Delivery, Status},
    keys,
    sealing::{Sealer, Use},
    subscription,
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Path},
};
use ports::{
    Item,
    store::{MAX_PAGE, Order, Query},
};
use runtime::{Ctx, Invocation};
use web::{Answer, Fault, Faults, Paging, Params, Problem, ProblemKind, list_answer};

const PATH: &str = "/v1/deliveries";

/// Deliveries that one request looks at in search of a status; its cursor goes on from there.
const MAX_SCANNED: usize = 10_000;

/// What a list is to hold.
struct Filter {
    subscription: Option<String>,
    status: Option<Status>,
    limit: usize,
    /// Id of the delivery to continue behind.
    after: Option<String>,
}

impl Filter {
    fn parse(params: &Params) -> Result<Self, Problem> {
        let mut faults = Faults::new();
        let paging = Paging::read(params, &mut faults);
        let subscription = params.get("subscription");
        if subscription.is_some_and(|id| keys::subscription_id(id).is_none()) {
            faults.add(Fault::parameter(
                "subscription",
                "is not the id of a subscription",
            ));
        }
        let status = params.get("status").and_then(|word| {
            let status = Status::parse(word);
            if status.is_none() {
                let words = Status::WORDS.join(", ");
                faults.add(Fault::parameter(
                    "status",
                    format!("must be one of {words}"),
                ));
            }
            status
        });
        if paging
            .after
            .as_deref()
            .is_some_and(|id| keys::delivery_id(id).is_none())
        {
            faults.add(Fault::parameter("cursor", "is not a cursor of this list"));
        }
        faults.or(Self {
            subscription: subscription.map(str::to_owned),
            status,
            limit: paging.limit,
            after: paging.after,
        })
    }

    /// Where the list lies in the store: everything, or what is listed under the subscription.
    fn prefix(&self) -> String {
        match &self.subscription {
            Some(id) => keys::deliveries_of(id),
            None => keys::DELIVERIES.to_owned(),
        }
    }

    fn takes(&self, delivery: &Delivery) -> bool {
        self.status.is_none_or(|status| delivery.status == status)
    }
}

/// The newest first.
pub async fn list(ctx: Ctx, request: HttpRequest) -> Result<Answer, Problem> {
    let params = Params::parse(request.query_string());
    let filter = Filter::parse(&params)?;
    let (found, next) = search(&ctx, &filter).await?;
    let views: Vec<_> = found
        .iter()
        .map(|delivery| DeliveryView::new(delivery, |_| None))
        .collect();
    let repeat = ["subscription", "status", "limit"].map(|name| (name, params.get(name)));
    list_answer(&views, next.as_deref(), PATH, &repeat)
}

/// What the filter takes, and the id to continue behind.
async fn search(
    invocation: &Invocation,
    filter: &Filter,
) -> Result<(Vec<Delivery>, Option<String>), Problem> {
    let prefix = filter.prefix();
    // Without a status all that is read is wanted.
    let step = filter.status.map_or(filter.limit, |_| MAX_PAGE);
    let mut after = filter.after.as_ref().map(|id| format!("{prefix}{id}"));
    let (mut found, mut scanned) = (Vec::new(), 0);
    loop {
        let query = Query {
            prefix: prefix.clone(),
            after,
            limit: step,
            order: Order::Descending,
            ..Query::default()
        };
        let page = invocation.store.query(&invocation.tenant, query).await?;
        scanned += page.items.len();
        let ids: Vec<_> = page
            .items
            .iter()
            .map(|(key, _)| key[prefix.len()..].to_owned())
            .collect();
        let items = read(invocation, filter, page.items).await?;
        let count = ids.len();
        for (index, (id, item)) in ids.into_iter().zip(items).enumerate() {
            let Some(item) = item else { continue };
            let delivery: Delivery = serde_json::from_slice(&item.value).map_err(unreadable)?;
            if filter.takes(&delivery) {
                found.push(delivery);
            }
            let more = index + 1 < count || page.next.is_some();
            if found.len() == filter.limit {
                return Ok((found, more.then_some(id)));
            }
        }
        let Some(next) = page.next else {
            return Ok((found, None));
        };
        if scanned >= MAX_SCANNED {
            let id = next.strip_prefix(&prefix).map(str::to_owned);
            return Ok((found, id));
        }
        after = Some(next);
    }
}

/// A subscription's list holds only keys; the deliveries themselves are read with them.
async fn read(
    invocation: &Invocation,
    filter: &Filter,
    listed: Vec<(String, Item)>,
) -> Result<Vec<Option<Item>>, Problem> {
    let Some(subscription) = &filter.subscription else {
        return Ok(listed.into_iter().map(|(_, item)| Some(item)).collect());
    };
    let prefix = keys::deliveries_of(subscription);
    let keys: Vec<_> = listed
        .iter()
        .map(|(key, _)| keys::delivery(&key[prefix.len()..]))
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    Ok(invocation
        .store
        .batch_get(&invocation.tenant, &keys)
        .await?)
}

pub async fn show(ctx: Ctx, api: Data<Api>, id: Path<String>) -> Result<Answer, Problem> {
    let (delivery, _) = find_delivery(&ctx, &id).await?;
    let key = keys::event_data(&delivery.event.subject, delivery.event.sequence);
    let data = ctx.store.get(&ctx.tenant, &key).await?;
    let data = data.map(|item| item.value).unwrap_or_default();
    let view = DeliveryView::new(&delivery, |attempt| open(&api.sealer, &data, attempt));
    Answer::json(StatusCode::OK, &view)
}

/// The answer, unless the event's data was erased since: it may have repeated it.
fn open(sealer: &Sealer, data: &[u8], attempt: &Attempt) -> Option<String> {
    let bytes = sealer
        .open(Use::Answer, data, attempt.answer.as_ref()?)
        .ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Another round of attempts, from now; also of one that was delivered, for a receiver that lost it.
pub async fn retry(ctx: Ctx, api: Data<Api>, id: Path<String>) -> Result<Answer, Problem> {
    let (mut delivery, item) = find_delivery(&ctx, &id).await?;
    let usable = find(&ctx, &delivery.subscription_id)
        .await
        .is_ok_and(|(found, _)| found.status == subscription::Status::Active);
    if !usable {
        let detail = "the delivery's subscription is disabled or deleted";
        return Err(Problem::new(ProblemKind::Conflict, detail));
    }
    delivery.traceparent.clone_from(&ctx.traceparent);
    let batch = api
        .filing
        .retry(&mut delivery, item.version, ctx.now, ctx.now)
        .map_err(unreadable)?;
    let view = DeliveryView::new(&delivery, |_| None);
    Ok(Answer::json(StatusCode::ACCEPTED, &view)?.commit(batch))
}

async fn find_delivery(invocation: &Invocation, id: &str) -> Result<(Delivery, Item), Problem> {
    let unknown = || Problem::not_found(format!("the delivery {id:?}"));
    let id = keys::delivery_id(id).ok_or_else(unknown)?;
    let key = keys::delivery(id.as_str());
    let item = invocation.store.get(&invocation.tenant, &key).await?;
    let item = item.ok_or_else(unknown)?;
    let delivery = serde_json::from_slice(&item.value).map_err(unreadable)?;
    Ok((delivery, item))
}
