use crate::{
    domain::Region,
    storage::{
        imports::{self, Ahead},
        preferences,
    },
};
use ports::Item;
use runtime::{Failure, Invocation, Outcome};

/// Goes on with an import. `fallback` is where numbers without `+` are dialled, when neither the import nor the tenant
/// says so.
pub async fn resume(
    ahead: &Ahead,
    invocation: &Invocation,
    item: &Item,
    fallback: Option<Region>,
) -> Result<Outcome, Failure> {
    let wanted = preferences::find(invocation).await?.preferences;
    let wanted = wanted.default_region.and_then(|code| Region::parse(&code));
    Ok(imports::resume(ahead, invocation, &item.value, wanted.or(fallback)).await?)
}
