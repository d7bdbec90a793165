//! The bytes of a variant.

use super::{accept, image_id, unknown};
use crate::model::{self, Image, State};
use actix_web::{
    HttpRequest,
    http::header::{self, HeaderMap},
    web::Path,
};
use contracts::images::Variant;
use runtime::Ctx;
use web::{Answer, EntityTag, Problem, ProblemKind};

/// A variant's bytes never change: the image's id names one upload, and the tag one format.
const CACHE_CONTROL: &str = "private, max-age=31536000, immutable";

pub async fn show(
    ctx: Ctx,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> Result<Answer, Problem> {
    let (id, name) = path.into_inner();
    let found = model::find(&ctx, image_id(&id)?)
        .await?
        .ok_or_else(unknown)?;
    let forms = forms(&found.image, &name)?;
    let form = select(&forms, &accept_field(request.headers()))?;
    let blob = form.blob.as_deref().ok_or_else(|| {
        Problem::new(
            ProblemKind::Internal,
            "the variant is stored without its place",
        )
    })?;
    Ok(Answer::blob(media_type(form), blob)
        .etag(&EntityTag::new(&form.sha256))
        .header(header::VARY, "Accept")
        .header(header::CACHE_CONTROL, CACHE_CONTROL)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// The variant in every stored format: first what any client can show as it is meant, then the smallest.
fn forms<'a>(image: &'a Image, name: &str) -> Result<Vec<&'a Variant>, Problem> {
    let absent = |detail: String| Err(Problem::new(ProblemKind::NotFound, detail));
    if !image.presets.iter().any(|preset| preset == name) {
        return absent(format!("the image has no variant {name:?}"));
    }
    match &image.state {
        State::Processing => absent("the image is still being processed".to_owned()),
        State::Failed { error } => absent(format!("the image could not be processed: {error}")),
        State::Ready(ready) => {
            let mut forms: Vec<_> = ready.variants.iter().filter(|v| v.name == name).collect();
            let has_alpha = image.facts.as_ref().is_some_and(|facts| facts.has_alpha);
            let safe = if has_alpha { "png" } else { "jpeg" };
            forms.sort_by_key(|form| (form.format != safe, form.bytes));
            Ok(forms)
        }
    }
}

fn select<'a>(forms: &[&'a Variant], accept: &str) -> Result<&'a Variant, Problem> {
    let types: Vec<String> = forms.iter().map(|form| media_type(form)).collect();
    let offered: Vec<&str> = types.iter().map(String::as_str).collect();
    accept::choose(accept, &offered)
        .and_then(|place| forms.get(place).copied())
        .ok_or_else(|| {
            let detail = format!("the variant is there as {}", types.join(" and "));
            Problem::new(ProblemKind::NotAcceptable, detail).header("vary", "Accept")
        })
}

fn media_type(form: &Variant) -> String {
    format!("image/{}", form.format)
}

/// All `Accept` lines as the one list that they mean.
fn accept_field(headers: &HeaderMap) -> String {
    let lines: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .filter_map(|line| line.to_str().ok())
        .collect();
    lines.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Facts, Ready};
    use contracts::images::CreateImage;

    fn variant(name: &str, format: &str) -> Variant {
        Variant {
            name: name.to_owned(),
            width: 1,
            height: 1,
            format: format.to_owned(),
            bytes: 1,
            sha256: String::new(),
            url: String::new(),
            blob: None,
        }
    }

    fn image(state: State) -> Image {
        let create = CreateImage {
            image_id: "img_1".to_owned(),
            blob: String::new(),
            bytes: 1,
            sha256: String::new(),
            presets: Vec::new(),
            owner: None,
        };
        Image {
            state,
            ..Image::new(create, vec!["thumb".to_owned()])
        }
    }

    #[test]
    fn every_client_can_show_what_it_gets_without_a_wish() {
        let variants = ["webp", "jpeg", "png"].map(|format| variant("thumb", format));
        let mut image = image(State::Ready(Ready {
            thumbhash: String::new(),
            dominant_color: String::new(),
            variants: [variants.as_slice(), &[variant("small", "gif")]].concat(),
        }));
        for (has_alpha, accept, expected) in [
            (false, "", Some("jpeg")),
            (false, "image/webp,*/*;q=0.8", Some("webp")),
            (true, "*/*", Some("png")),
            (true, "image/jpeg", Some("jpeg")),
            (true, "image/gif", None),
        ] {
            image.facts = Some(Facts {
                width: 1,
                height: 1,
                format: "webp".to_owned(),
                has_alpha,
            });
            let forms = forms(&image, "thumb").unwrap();
            let chosen = select(&forms, accept).map(|form| form.format.as_str());
            assert_eq!(chosen.ok(), expected, "{accept}");
        }
    }

    #[test]
    fn what_is_not_there_says_why() {
        let failed = State::Failed {
            error: "no end".to_owned(),
        };
        for (state, name, reason) in [
            (State::Processing, "thumb", "still being processed"),
            (State::Processing, "large", "no variant"),
            (failed, "thumb", "no end"),
        ] {
            let problem = forms(&image(state), name).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::NotFound);
            assert!(problem.to_string().contains(reason), "{problem}");
        }
    }
}
