use super::Image;
use contracts::images::{ImageChanged, Variant};
use serde::Serialize;

/// An image as the API shows it; what is not known yet is null.
#[derive(Debug, Serialize)]
pub struct View<'a> {
    id: &'a str,
    status: &'static str,
    width: Option<u32>,
    height: Option<u32>,
    format: Option<&'a str>,
    bytes: u64,
    sha256: &'a str,
    thumbhash: Option<&'a str>,
    dominant_color: Option<&'a str>,
    variants: Vec<VariantView<'a>>,
    error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct VariantView<'a> {
    name: &'a str,
    width: u32,
    height: u32,
    format: &'a str,
    bytes: u64,
    url: &'a str,
}

#[must_use]
pub fn view(image: &Image) -> View<'_> {
    let ready = match &image.state {
        super::State::Ready(ready) => Some(ready),
        super::State::Processing | super::State::Failed { .. } => None,
    };
    let facts = image.facts.as_ref();
    View {
        id: &image.id,
        status: image.state.name(),
        width: facts.map(|facts| facts.width),
        height: facts.map(|facts| facts.height),
        format: facts.map(|facts| facts.format.as_str()),
        bytes: image.bytes,
        sha256: &image.sha256,
        thumbhash: ready.map(|ready| ready.thumbhash.as_str()),
        dominant_color: ready.map(|ready| ready.dominant_color.as_str()),
        variants: image.variants().iter().map(variant).collect(),
        error: image.error(),
    }
}

fn variant(variant: &Variant) -> VariantView<'_> {
    VariantView {
        name: &variant.name,
        width: variant.width,
        height: variant.height,
        format: &variant.format,
        bytes: variant.bytes,
        url: &variant.url,
    }
}

/// The data of the events about an image. `status` differs from the image's own once it is deleted.
#[must_use]
pub fn changed(image: &Image, status: &str) -> ImageChanged {
    let facts = image.facts.as_ref();
    ImageChanged {
        image_id: image.id.clone(),
        owner: image.owner.clone(),
        status: status.to_owned(),
        width: facts.map(|facts| facts.width),
        height: facts.map(|facts| facts.height),
        format: facts.map(|facts| facts.format.clone()),
        bytes: image.bytes,
        sha256: image.sha256.clone(),
        variants: image.variants().to_vec(),
        error: image.error().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Facts, Ready, State};
    use contracts::images::CreateImage;
    use serde_json::json;

    #[test]
    fn an_image_has_every_member_whatever_its_state() {
        let create = CreateImage {
            image_id: "img_1".to_owned(),
            blob: "t/uploads/u".to_owned(),
            bytes: 9,
            sha256: "ab".to_owned(),
            presets: Vec::new(),
            owner: None,
        };
        let mut image = Image::new(create, vec!["thumb".to_owned()]);
        let mut expected = json!({
            "id": "img_1", "status": "processing", "width": null, "height": null, "format": null, "bytes": 9,
            "sha256": "ab", "thumbhash": null, "dominant_color": null, "variants": [], "error": null,
        });
        assert_eq!(serde_json::to_value(view(&image)).unwrap(), expected);

        image.facts = Some(Facts {
            width: 4,
            height: 3,
            format: "png".to_owned(),
            has_alpha: false,
        });
        image.state = State::Ready(Ready {
            thumbhash: "aGk=".to_owned(),
            dominant_color: "#102030".to_owned(),
            variants: vec![Variant {
                name: "thumb".to_owned(),
                width: 4,
                height: 3,
                format: "jpeg".to_owned(),
                bytes: 2,
                sha256: "cd".to_owned(),
                url: "/v1/images/img_1/thumb?v=1".to_owned(),
                version: 1,
                blob: Some("t/img_1/thumb.v1.jpg".to_owned()),
            }],
        });
        let known = json!({
            "status": "ready", "width": 4, "height": 3, "format": "png", "thumbhash": "aGk=",
            "dominant_color": "#102030", "variants": [{
                "name": "thumb", "width": 4, "height": 3, "format": "jpeg", "bytes": 2, "url": "/v1/images/img_1/thumb?v=1",
            }],
        });
        for (name, value) in known.as_object().unwrap() {
            expected[name] = value.clone();
        }
        assert_eq!(serde_json::to_value(view(&image)).unwrap(), expected);
    }
}
