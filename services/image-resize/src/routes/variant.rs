//! The bytes of a variant.

use super::{
    accept, image_id,
    picture::{self, IMMUTABLE, PASSING, Picture, media_type},
    unknown,
};
use crate::{
    model::{self, Found, Image, Preset, Presets},
    renders::{Render, Renders, Wanted},
    studio,
};
use actix_web::{
    HttpRequest,
    web::{Data, Path},
};
use contracts::images::Variant;
use imaging::Format;
use runtime::Ctx;
use web::{Answer, Fault, Faults, Params, Problem, ProblemKind, is_dry_run};

pub async fn show(
    ctx: Ctx,
    request: HttpRequest,
    path: Path<(String, String)>,
    renders: Data<Renders>,
) -> Result<Answer, Problem> {
    let (id, name) = path.into_inner();
    let mut faults = Faults::new();
    let version = version(&Params::parse(request.query_string()), &mut faults);
    let version = faults.or(version)?;
    let found = model::find(&ctx, image_id(&id)?)
        .await?
        .ok_or_else(unknown)?;
    let forms = forms(&found.image, &name)?;
    // They were all made by the same version.
    let caching = forms
        .first()
        .map_or(PASSING, |form| cache_control(form, version));
    let accept = picture::accept_field(request.headers());
    let format = match select(&forms, &accept)? {
        Choice::Stored(form) => {
            let negotiated = forms.len() > 1;
            return Ok(Picture::of(form)?.answer(caching, negotiated));
        }
        Choice::OnDemand(format) => format,
    };
    let made = match is_dry_run(&request) {
        true => Err(not_made(format)),
        false => make(&ctx, &renders, &found, &name, format).await,
    };
    match made {
        Ok(render) => Ok(Picture::from(&render).answer(caching, true)),
        Err(problem) => {
            let instead = instead(&forms, &accept, problem)?;
            Ok(Picture::of(instead)?.answer(PASSING, true))
        }
    }
}

async fn make(
    ctx: &Ctx,
    renders: &Renders,
    found: &Found,
    name: &str,
    format: Format,
) -> Result<Render, Problem> {
    let preset = current(ctx, &found.image, name).await?;
    let preset = preset.ok_or_else(|| not_made(format))?;
    let wanted = Wanted::new(preset.form, format);
    renders.get(ctx, found, &wanted).await
}

/// The stored form for a caller whose favourite could not be made, if it takes any.
fn instead<'a>(
    forms: &[&'a Variant],
    accept: &str,
    problem: Problem,
) -> Result<&'a Variant, Problem> {
    let may_stand_in = matches!(
        problem.kind(),
        ProblemKind::NotAcceptable | ProblemKind::Unprocessable | ProblemKind::Unavailable
    );
    let stored = forms.iter().map(|form| Choice::Stored(form)).collect();
    match best(stored, accept) {
        Some(Choice::Stored(form)) if may_stand_in => Ok(form),
        _ => Err(problem),
    }
}

/// The parameter `v`: which version of the preset the caller has heard of.
fn version(params: &Params, faults: &mut Faults) -> Option<u64> {
    let text = params.get("v")?;
    let version = text.parse().ok().filter(|version| *version > 0);
    if version.is_none() {
        faults.add(Fault::parameter("v", "must be a version of the preset"));
    }
    version
}

/// A URL that names the version that it leads to leads to the same bytes for ever. So does the plain one as long as its preset
/// has never changed; one that is to follow a change is told by the `url` of the variant.
const fn cache_control(form: &Variant, asked: Option<u64>) -> &'static str {
    match asked {
        Some(version) if version == form.version => IMMUTABLE,
        None if form.version == 1 => IMMUTABLE,
        _ => PASSING,
    }
}

/// The preset, as long as it is the one that the stored forms were made by.
async fn current(ctx: &Ctx, image: &Image, name: &str) -> Result<Option<Preset>, Problem> {
    let preset = Presets::of(ctx).await?.find(name);
    let made = image.variants_of(name).next().map(|form| form.version);
    Ok(preset.filter(|preset| Some(preset.version) == made))
}

/// The variant in every stored format: first what any client can show as it is meant, then the smallest.
fn forms<'a>(image: &'a Image, name: &str) -> Result<Vec<&'a Variant>, Problem> {
    let absent = |detail: String| Err(Problem::new(ProblemKind::NotFound, detail));
    if !image.presets.iter().any(|preset| preset == name) {
        return absent(format!("the image has no variant {name:?}"));
    }
    picture::ready(image)?;
    let mut forms: Vec<_> = image.variants_of(name).collect();
    if forms.is_empty() {
        return absent(format!(
            "the variant {name:?} could not be made of this image"
        ));
    }
    let safe = studio::safe(image.has_alpha()).name();
    forms.sort_by_key(|form| (form.format != safe, form.bytes));
    Ok(forms)
}

#[derive(Debug, PartialEq)]
enum Choice<'a> {
    Stored(&'a Variant),
    /// One that few ask for, or that is slow to write: made only for those who like it better than all others.
    OnDemand(Format),
}

/// A single stored form is the one that the preset names, whatever the caller would like.
fn select<'a>(forms: &[&'a Variant], accept: &str) -> Result<Choice<'a>, Problem> {
    if let [only] = forms {
        return Ok(Choice::Stored(only));
    }
    let is_stored = |format: &Format| forms.iter().any(|form| form.format == format.name());
    let stored = forms.iter().map(|form| Choice::Stored(form));
    let others = Format::OUTPUTS.into_iter();
    let others = others
        .filter(|format| !is_stored(format))
        .map(Choice::OnDemand);
    let choices: Vec<Choice<'_>> = stored.chain(others).collect();
    let types: Vec<String> = choices.iter().map(Choice::media_type).collect();
    best(choices, accept).ok_or_else(|| picture::not_acceptable(&types))
}

fn best<'a>(choices: Vec<Choice<'a>>, accept: &str) -> Option<Choice<'a>> {
    let types: Vec<String> = choices.iter().map(Choice::media_type).collect();
    let place = accept::choose(accept, &types)?;
    choices.into_iter().nth(place)
}

impl Choice<'_> {
    fn media_type(&self) -> String {
        match self {
            Self::Stored(form) => media_type(&form.format),
            Self::OnDemand(format) => media_type(format.name()),
        }
    }
}

fn not_made(format: Format) -> Problem {
    let detail = format!("the variant is not there as {}", format.media_type());
    Problem::new(ProblemKind::NotAcceptable, detail).header("vary", "Accept")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Facts, Ready, State};
    use contracts::images::CreateImage;

    fn variant(name: &str, format: &str) -> Variant {
        Variant {
            name: name.to_owned(),
            width: 1,
            height: 1,
            format: format.to_owned(),
            bytes: 1,
            sha256: String::new(),
            url: "/v1/images/img_1/thumb?v=1".to_owned(),
            version: 1,
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
        let presets = ["thumb", "small"].map(str::to_owned).to_vec();
        Image {
            state,
            ..Image::new(create, presets)
        }
    }

    fn ready(variants: Vec<Variant>) -> Image {
        image(State::Ready(Ready {
            thumbhash: String::new(),
            dominant_color: String::new(),
            variants,
        }))
    }

    fn chosen(image: &Image, name: &str, accept: &str) -> Option<String> {
        let forms = forms(image, name).unwrap();
        let chosen = select(&forms, accept).ok()?;
        Some(chosen.media_type())
    }

    #[test]
    fn every_client_can_show_what_it_gets_without_a_wish() {
        let variants = ["webp", "jpeg", "png"].map(|format| variant("thumb", format));
        let mut image = ready([variants.as_slice(), &[variant("small", "webp")]].concat());
        for (has_alpha, accept, expected) in [
            (false, "", Some("image/jpeg")),
            (false, "image/webp,*/*;q=0.8", Some("image/webp")),
            (true, "*/*", Some("image/png")),
            (true, "image/jpeg", Some("image/jpeg")),
            (true, "image/tiff", None),
        ] {
            image.facts = Some(Facts {
                width: 1,
                height: 1,
                format: "webp".to_owned(),
                has_alpha,
            });
            let chosen = chosen(&image, "thumb", accept);
            assert_eq!(chosen.as_deref(), expected, "{accept}");
        }
        // The preset of this one names a format.
        assert_eq!(
            chosen(&image, "small", "image/jpeg").as_deref(),
            Some("image/webp")
        );
    }

    #[test]
    fn what_is_stored_stands_in_for_what_cannot_be_made() {
        let stored = ["jpeg", "png", "webp"].map(|format| variant("thumb", format));
        let forms: Vec<_> = stored.iter().collect();
        let instead = |accept: &str, kind: ProblemKind| {
            let instead = instead(&forms, accept, Problem::new(kind, "no"));
            instead
                .map(|form| form.format.as_str())
                .map_err(|problem| problem.kind())
        };
        let modern = "image/avif,image/webp;q=0.9,*/*;q=0.8";
        for kind in [
            ProblemKind::NotAcceptable,
            ProblemKind::Unprocessable,
            ProblemKind::Unavailable,
        ] {
            assert_eq!(instead(modern, kind), Ok("webp"));
            assert_eq!(instead("image/avif", kind), Err(kind));
        }
        let gone = ProblemKind::NotFound;
        assert_eq!(instead(modern, gone), Err(gone));
    }

    #[test]
    fn only_a_url_that_names_its_bytes_is_kept_for_ever() {
        let first = variant("thumb", "jpeg");
        assert_eq!(cache_control(&first, None), IMMUTABLE);
        assert_eq!(cache_control(&first, Some(1)), IMMUTABLE);
        assert_eq!(cache_control(&first, Some(2)), PASSING);
        let again = Variant {
            version: 2,
            ..first
        };
        assert_eq!(cache_control(&again, None), PASSING);
        assert_eq!(cache_control(&again, Some(1)), PASSING);
        assert_eq!(cache_control(&again, Some(2)), IMMUTABLE);
    }

    #[test]
    fn what_is_not_there_says_why() {
        let failed = State::Failed {
            error: "no end".to_owned(),
        };
        for (image, name, reason) in [
            (image(State::Processing), "thumb", "still being processed"),
            (image(State::Processing), "large", "no variant"),
            (image(failed), "thumb", "no end"),
            (ready(Vec::new()), "thumb", "could not be made"),
        ] {
            let problem = forms(&image, name).unwrap_err();
            assert_eq!(problem.kind(), ProblemKind::NotFound);
            assert!(problem.to_string().contains(reason), "{problem}");
        }
    }
}
