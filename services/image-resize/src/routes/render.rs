//! Any form of a picture, made on demand.

mod asked;

use super::{
    accept, image_id,
    picture::{self, IMMUTABLE, Picture, media_type},
    unknown,
};
use crate::{
    model::{self, Image},
    renders::{Renders, Wanted},
    studio,
};
use actix_web::{
    HttpRequest,
    http::StatusCode,
    web::{Data, Path},
};
use asked::Asked;
use imaging::Format;
use runtime::Ctx;
use web::{Answer, Faults, Params, Problem, is_dry_run};

pub async fn show(
    ctx: Ctx,
    request: HttpRequest,
    id: Path<String>,
    renders: Data<Renders>,
) -> Result<Answer, Problem> {
    let mut faults = Faults::new();
    let asked = Asked::read(&Params::parse(request.query_string()), &mut faults);
    let asked = faults.or(asked)?;
    let found = model::find(&ctx, image_id(&id)?)
        .await?
        .ok_or_else(unknown)?;
    picture::ready(&found.image)?;
    let accept = picture::accept_field(request.headers());
    let format = match asked.format {
        Some(format) => format,
        None => acceptable(&found.image, &accept)?,
    };
    if is_dry_run(&request) {
        return Ok(Answer::empty(StatusCode::OK));
    }
    let wanted = Wanted::new(asked.form, format);
    let render = renders.get(&ctx, &found, &wanted).await?;
    Ok(Picture::from(&render).answer(IMMUTABLE, asked.format.is_none()))
}

fn acceptable(image: &Image, accept: &str) -> Result<Format, Problem> {
    let formats = preferred(studio::safe(image.has_alpha()));
    let types: Vec<String> = formats.iter().map(|one| media_type(one.name())).collect();
    accept::choose(accept, &types)
        .and_then(|place| formats.get(place).copied())
        .ok_or_else(|| picture::not_acceptable(&types))
}

/// First what any client can show as it is meant, then what is small and quickly written, then the others.
fn preferred(safe: Format) -> Vec<Format> {
    let mut formats = vec![safe];
    let others = [Format::WebP].into_iter().chain(Format::OUTPUTS);
    for format in others {
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    formats
}
