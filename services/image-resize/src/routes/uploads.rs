//! An id for a picture that is still to come, and where to put it.

use crate::{
    model::Presets,
    presets,
    reservation::{LIFETIME, Reservation},
};
use actix_web::{http::StatusCode, web::Data};
use bytes::Bytes;
use imaging::Limits;
use ports::{Batch, TypeId};
use runtime::Ctx;
use serde_json::{Value, json};
use web::{Answer, Fault, Faults, Object, Problem};

const MAX_TYPE: usize = 100;

/// The gateway signs the URL in the answer.
pub async fn create(ctx: Ctx, limits: Data<Limits>, body: Bytes) -> Result<Answer, Problem> {
    let presets = Presets::of(&ctx).await?;
    let reservation = read(&web::input::json(&body)?, limits.max_bytes, &presets)?;
    let id = String::from(TypeId::new("img"));
    let expires_at = ctx.now + LIFETIME;
    let mut batch = Batch::new();
    reservation.put(&mut batch, &id, expires_at)?;
    let content_type = reservation
        .content_type
        .replace('/', "%2F")
        .replace('+', "%2B");
    let size = reservation.size;
    let answer = json!({
        "image_id": id,
        "upload_url": format!("/v1/images/{id}/content?size={size}&type={content_type}"),
        "expires_at": expires_at,
    });
    Ok(Answer::json(StatusCode::CREATED, &answer)?.commit(batch))
}

fn read(value: &Value, max_bytes: u64, presets: &Presets) -> Result<Reservation, Problem> {
    let mut faults = Faults::new();
    let mut object = Object::root(value)?;
    let content_type = object.required_text("content_type", MAX_TYPE, &mut faults);
    if !content_type.is_empty() && !is_image(&content_type) {
        let detail = "must be the type of an image, such as image/jpeg";
        faults.add(Fault::pointer("#/content_type", detail));
    }
    let size = match object.value("size") {
        Some(_) => object.integer("size", 1, max_bytes, &mut faults),
        None => {
            faults.add(Fault::pointer("#/size", "is required"));
            None
        }
    };
    let wanted = match object.value("presets") {
        Some(_) => {
            let names = object.texts("presets", 100, 100, &mut faults);
            chosen(&names, presets, &mut faults)
        }
        None => presets.names(),
    };
    object.ignore(&["image_id", "upload_url", "expires_at"]);
    object.finish(&mut faults);
    faults.or(Reservation {
        content_type: content_type.to_ascii_lowercase(),
        size: size.unwrap_or_default(),
        presets: wanted,
    })
}

fn chosen(names: &[String], presets: &Presets, faults: &mut Faults) -> Vec<String> {
    match presets::parse(Some(&names.join(",")), presets) {
        Ok(presets) => presets,
        Err(problem) => {
            let detail = problem.to_string();
            faults.add(Fault::pointer("#/presets", detail));
            Vec::new()
        }
    }
}

/// `image/` and a token (RFC 6838, section 4.2).
fn is_image(content_type: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte);
    let subtype = content_type
        .split_once('/')
        .filter(|(kind, _)| kind.eq_ignore_ascii_case("image"));
    subtype.is_some_and(|(_, subtype)| !subtype.is_empty() && subtype.bytes().all(is_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointers(value: &Value) -> Vec<String> {
        let problem = read(value, 100, &Presets::default()).unwrap_err();
        let faults = problem.errors().iter().map(Fault::to_json);
        let mut pointers: Vec<_> = faults
            .filter_map(|fault| fault["pointer"].as_str().map(str::to_owned))
            .collect();
        pointers.sort();
        pointers
    }

    #[test]
    fn what_is_announced_is_read() {
        let announced = json!({ "content_type": "Image/PNG", "size": 100, "presets": ["thumb"] });
        let read = read(&announced, 100, &Presets::default()).unwrap();
        assert_eq!((read.content_type.as_str(), read.size), ("image/png", 100));
        assert_eq!(read.presets, ["thumb"]);
    }

    #[test]
    fn every_fault_is_named() {
        assert_eq!(pointers(&json!({})), ["#/content_type", "#/size"]);
        let wrong =
            json!({ "content_type": "text/plain", "size": 101, "presets": ["huge"], "colour": 1 });
        let all = ["#/colour", "#/content_type", "#/presets", "#/size"];
        assert_eq!(pointers(&wrong), all);
        for bad in ["image", "image/", "image/a b", "image/*;q=1", "image/a%2Fb"] {
            let wrong = json!({ "content_type": bad, "size": 1 });
            assert_eq!(pointers(&wrong), ["#/content_type"], "{bad}");
        }
    }
}
