//! `POST /v1/contacts/batch`: many changes in one request, each by itself.

use super::{Config, contact_id, contacts as contact_routes, input, preferences, unknown};
use crate::{
    domain::Contact,
    storage::{Found, chain, contacts, reminders},
};
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    web::{Bytes, Data},
};
use ports::Batch;
use runtime::Ctx;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::HashSet;
use web::{Answer, EntityTag, Fault, Faults, Object, Precondition, Problem};

const MAX_OPERATIONS: usize = 500;
/// Operations that are committed together at most.
const STEP: usize = 40;
/// Bytes of contacts and faults in the answer, which is kept with the request; contacts behind are told by id and version
/// alone, errors without their list of faults.
const MAX_SHOWN_BYTES: usize = 400 << 10;
/// Bytes of what is told of one step, which is kept with what the step did.
const MAX_TOLD_BYTES: usize = 192 << 10;

/// One of the array's entries, read as far as its form goes.
struct Operation<'a> {
    kind: Kind,
    id: Option<String>,
    if_match: Option<String>,
    contact: Option<&'a Value>,
    /// Why it cannot be done at all.
    faults: Vec<Fault>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Create,
    Update,
    Delete,
}

/// What became of one operation.
#[derive(Serialize, Deserialize)]
struct Outcome {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Value>,
}

pub async fn run(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let value = web::input::json(&body)?;
    let mut faults = Faults::new();
    let operations = read(&value, &mut faults);
    // The parameters are the same for all, so what is wrong with them is told once.
    input::Numbers::new(&request, &config, &[], &mut faults);
    let operations = faults.or(operations)?;
    let mut contacts = operations.iter().filter_map(|operation| operation.contact);
    let has_local_number = contacts.any(preferences::has_local_number);
    let config = preferences::apply(&ctx, &config, has_local_number).await?;
    let worker = Worker {
        ctx: &ctx,
        request: &request,
        config: &config,
        operations: &operations,
    };
    let steps = ctx.steps()?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    while outcomes.len() < operations.len() {
        let begun = outcomes.len();
        let done: Vec<Outcome> = steps.run(begun, async || worker.step(begun).await).await?;
        outcomes.extend(done);
    }
    shorten(&mut outcomes);
    Answer::json(StatusCode::OK, &json!({ "results": outcomes }))
}

fn read<'a>(value: &'a Value, faults: &mut Faults) -> Vec<Operation<'a>> {
    let Some(entries) = value.as_array() else {
        faults.add(Fault::pointer("#", "must be an array of operations"));
        return Vec::new();
    };
    if entries.len() > MAX_OPERATIONS {
        let detail = format!("has more than {MAX_OPERATIONS} operations");
        faults.add(Fault::pointer("#", detail));
        return Vec::new();
    }
    entries.iter().map(operation).collect()
}

/// What is wrong with one operation's form is its own result, like everything else.
fn operation(entry: &Value) -> Operation<'_> {
    let mut faults = Faults::new();
    let Some(mut object) = Object::at(entry, "#".to_owned(), &mut faults) else {
        return Operation::malformed(faults);
    };
    let op = object.one_of("op", &["create", "update", "delete"], &mut faults);
    if op.is_none() && entry.get("op").is_none() {
        faults.add(Fault::pointer("#/op", "is required"));
    }
    let mut operation = Operation {
        kind: match op.as_deref() {
            Some("update") => Kind::Update,
            Some("delete") => Kind::Delete,
            _ => Kind::Create,
        },
        id: object.text("id", 100, &mut faults),
        if_match: object.text("if_match", 100, &mut faults),
        contact: object.value("contact"),
        faults: Vec::new(),
    };
    if operation.kind != Kind::Create && operation.id.is_none() {
        faults.add(Fault::pointer("#/id", "is required"));
    }
    if operation.kind != Kind::Delete && operation.contact.is_none() {
        faults.add(Fault::pointer("#/contact", "is required"));
    }
    object.finish(&mut faults);
    operation.faults = faults.into_vec();
    operation
}

impl Operation<'_> {
    fn malformed(faults: Faults) -> Self {
        Self {
            kind: Kind::Create,
            id: None,
            if_match: None,
            contact: None,
            faults: faults.into_vec(),
        }
    }
}

/// Tells less of later operations when the answer would get too large.
fn shorten(outcomes: &mut [Outcome]) {
    let mut bytes = 0;
    for outcome in outcomes {
        bytes += outcome.size();
        if bytes <= MAX_SHOWN_BYTES {
            continue;
        }
        if let Some(contact) = &mut outcome.contact {
            *contact = json!({ "id": contact["id"], "version": contact["version"] });
        }
        if let Some(members) = outcome.error.as_mut().and_then(Value::as_object_mut) {
            members.remove("errors");
        }
    }
}

impl Outcome {
    fn size(&self) -> usize {
        let told = self.contact.iter().chain(&self.error);
        told.map(|value| value.to_string().len()).sum()
    }
}

struct Worker<'a> {
    ctx: &'a Ctx,
    request: &'a HttpRequest,
    config: &'a Config,
    operations: &'a [Operation<'a>],
}

impl Worker<'_> {
    /// As many operations from there on as one commit holds, at least one. Two of one contact are two steps, since the
    /// second has to see what the first did.
    async fn step(&self, begun: usize) -> Result<(Batch, Vec<Outcome>), Problem> {
        let mut batch = Batch::new();
        let (mut outcomes, mut touched, mut told) = (Vec::new(), HashSet::new(), 0);
        for operation in self.operations.iter().skip(begun).take(STEP) {
            if operation.id.as_ref().is_some_and(|id| !touched.insert(id)) {
                break;
            }
            let (outcome, effects) = match self.one(operation).await {
                Ok((status, contact, effects)) => {
                    let contact = contact.map(|contact| contact.view());
                    let done = Outcome {
                        status: status.as_u16(),
                        contact,
                        error: None,
                    };
                    (done, effects)
                }
                // What may pass is a reason to try the whole again.
                Err(problem) if problem.status().is_server_error() => return Err(problem),
                Err(problem) => (refused(&problem), Batch::new()),
            };
            told += outcome.size();
            let has_room = told <= MAX_TOLD_BYTES && chain::fits(&batch, &effects);
            let is_free = has_room && !chain::collides(&batch, &effects);
            if !outcomes.is_empty() && !is_free {
                break;
            }
            chain::join(&mut batch, effects);
            outcomes.push(outcome);
        }
        reminders::ensure(self.ctx, &mut batch).await?;
        Ok((batch, outcomes))
    }

    async fn one(
        &self,
        operation: &Operation<'_>,
    ) -> Result<(StatusCode, Option<Contact>, Batch), Problem> {
        if !operation.faults.is_empty() {
            return Err(Problem::invalid(operation.faults.clone()));
        }
        let value = operation.contact.unwrap_or(&Value::Null);
        if operation.kind == Kind::Create {
            let mut faults = Faults::new();
            let numbers = input::Numbers::new(self.request, self.config, &[], &mut faults);
            let written = input::contact(value, &numbers, faults)?;
            let (contact, batch) = contact_routes::new(self.ctx, written).await?;
            return Ok((StatusCode::CREATED, Some(contact), batch));
        }
        let found = self.find(operation).await?;
        if operation.kind == Kind::Delete {
            let batch = contacts::bin(self.ctx, &found).await?;
            return Ok((StatusCode::NO_CONTENT, None, batch));
        }
        let mut faults = Faults::new();
        let known = &found.contact.fields.phones;
        let numbers = input::Numbers::new(self.request, self.config, known, &mut faults);
        let patched = contact_routes::patched(&found.contact, value);
        let written = input::contact(&patched, &numbers, faults)?;
        let (after, batch) = contact_routes::changed(self.ctx, &found, written).await?;
        Ok((StatusCode::OK, Some(after), batch))
    }

    async fn find(&self, operation: &Operation<'_>) -> Result<Found, Problem> {
        let id = contact_id(operation.id.as_deref().unwrap_or_default())?;
        let found = contacts::find(self.ctx, &id).await?;
        let found = found.ok_or_else(|| unknown(&id))?;
        if let Some(tag) = &operation.if_match {
            check(tag, &found.contact.etag())?;
        }
        Ok(found)
    }
}

/// The operation's own `If-Match`: an entity tag as it stands in the header, or bare.
fn check(tag: &str, present: &EntityTag) -> Result<(), Problem> {
    let quoted = if tag == "*" || tag.contains('"') {
        tag.to_owned()
    } else {
        EntityTag::new(tag).to_string()
    };
    let mut headers = HeaderMap::new();
    // What no header can hold is no tag of ours.
    let value = HeaderValue::from_str(&quoted).unwrap_or(HeaderValue::from_static("\"\""));
    headers.insert(header::IF_MATCH, value);
    Precondition::of(&headers).check(Some(present))
}

fn refused(problem: &Problem) -> Outcome {
    let body = serde_json::from_slice(&problem.body("")).ok();
    Outcome {
        status: problem.status().as_u16(),
        contact: None,
        error: body.map(|mut body: Value| {
            if let Some(members) = body.as_object_mut() {
                members.remove("instance");
            }
            body
        }),
    }
}
