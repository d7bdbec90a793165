//! `/v1/preferences`: what a tenant wants otherwise than the installation has it.

use super::Config;
use crate::{
    domain::{Region, Zone, merge_patch::merge_patch},
    storage::{
        preferences::{self, Preferences},
        reminders,
    },
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Bytes, Data},
};
use runtime::Ctx;
use serde_json::{Value, json};
use web::{Answer, Fault, Faults, Object, Precondition, Problem};

const MAX_NAME_CHARS: usize = 100;

pub async fn show(ctx: Ctx, config: Data<Config>) -> Result<Answer, Problem> {
    shown(&preferences::find(&ctx).await?.preferences, &config)
}

pub async fn patch(
    ctx: Ctx,
    request: HttpRequest,
    config: Data<Config>,
    body: Bytes,
) -> Result<Answer, Problem> {
    let found = preferences::find(&ctx).await?;
    let before = &found.preferences;
    Precondition::of(request.headers()).check(Some(&before.etag()))?;
    let written = json!({"default_region": before.default_region, "time_zone": before.time_zone});
    let mut after = read(&merge_patch(written, &web::input::json(&body)?))?;
    after.version = before.version;
    if after == *before {
        return shown(before, &config);
    }
    after.version += 1;
    let mut batch = preferences::update(&found, &after)?;
    if after.time_zone != before.time_zone {
        reminders::move_along(&ctx, &mut batch).await?;
    }
    Ok(shown(&after, &config)?.commit(batch))
}

fn read(value: &Value) -> Result<Preferences, Problem> {
    let mut faults = Faults::new();
    let Some(mut root) = Object::at(value, "#".to_owned(), &mut faults) else {
        return Err(Problem::invalid(faults.into_vec()));
    };
    let region = root.text("default_region", MAX_NAME_CHARS, &mut faults);
    let zone = root.text("time_zone", MAX_NAME_CHARS, &mut faults);
    root.finish(&mut faults);
    let code = region.as_deref().map(str::to_ascii_uppercase);
    if code
        .as_deref()
        .is_some_and(|code| Region::parse(code).is_none())
    {
        let detail = "must be a country of two letters, for example DE";
        faults.add(Fault::pointer("#/default_region", detail));
    }
    let zone = zone.map(|name| Zone::parse(&name));
    if let Some(Err(error)) = &zone {
        faults.add(Fault::pointer("#/time_zone", error.to_string()));
    }
    let zone = zone.and_then(Result::ok);
    faults.or(Preferences {
        version: 0,
        default_region: code,
        time_zone: zone.map(|zone| zone.name().to_owned()),
    })
}

/// What is in force, whoever said so.
fn shown(preferences: &Preferences, config: &Config) -> Result<Answer, Problem> {
    let region = preferences.default_region.clone();
    let region = region.or_else(|| config.default_region.map(Region::code));
    let zone = preferences.time_zone.as_deref();
    let view = json!({
        "default_region": region,
        "time_zone": zone.unwrap_or(config.time_zone.name()),
    });
    Ok(Answer::json(StatusCode::OK, &view)?.etag(&preferences.etag()))
}

/// The configuration with the tenant's own region. Only numbers without `+` are worth a look at the store.
pub async fn apply(ctx: &Ctx, config: &Config, is_needed: bool) -> Result<Config, Problem> {
    let mut config = config.clone();
    if is_needed {
        let wanted = preferences::find(ctx).await?.preferences.default_region;
        let wanted = wanted.as_deref().and_then(Region::parse);
        config.default_region = wanted.or(config.default_region);
    }
    Ok(config)
}

/// Has the contact, as a caller wrote it, a number that means something else in another country?
pub fn has_local_number(contact: &Value) -> bool {
    let phones = contact.get("phones").and_then(Value::as_array);
    let numbers = phones
        .into_iter()
        .flatten()
        .filter_map(|phone| phone.get("number")?.as_str());
    numbers
        .into_iter()
        .any(|number| !number.trim_start().starts_with('+'))
}
