use super::*;
use crate::{
    domain::{Form, Photo, photo::MAX_PORTRAIT_BYTES},
    storage::portraits,
};
use futures_util::{StreamExt, stream};

impl World {
    async fn form(&self, size: &str, format: &str, bytes: usize) -> Form {
        let blob = format!("default/img_1/{size}.{format}");
        let body = stream::once(async move { Ok(vec![1; bytes].into()) }).boxed();
        let stored = self
            .invocation
            .blobs
            .put(&blob, body, 1 << 20)
            .await
            .unwrap();
        Form {
            size: size.to_owned(),
            format: format.to_owned(),
            blob,
            sha256: stored.sha256,
        }
    }

    /// Bytes of the picture that the contact's card shows.
    async fn shown(&self, contact: &Contact) -> Option<usize> {
        match portraits::of(&self.invocation, contact).await.unwrap()? {
            vcard::Photo::Inline { bytes, media_type } => {
                assert_eq!(media_type.as_deref(), Some("image/jpeg"));
                Some(bytes.len())
            }
            vcard::Photo::Uri(uri) => panic!("{uri}"),
        }
    }
}

#[tokio::test]
async fn a_card_shows_the_best_form_that_is_small_enough() {
    let world = World::new();
    let mut contact = Contact::new(named("Ada"), world.invocation.now);
    assert_eq!(world.shown(&contact).await, None);
    let mut forms = vec![
        world.form("thumb", "webp", 1).await,
        world.form("thumb", "jpeg", 2).await,
        world.form("small", "jpeg", MAX_PORTRAIT_BYTES).await,
        world.form("large", "jpeg", 4).await,
    ];
    let photo = |forms: &[Form]| {
        let (image_id, forms) = ("img_1".to_owned(), forms.to_vec());
        Some(Photo { image_id, forms })
    };
    contact.photo = photo(&forms);
    assert_eq!(world.shown(&contact).await, Some(MAX_PORTRAIT_BYTES));
    forms[2] = world.form("small", "jpeg", MAX_PORTRAIT_BYTES + 1).await;
    contact.photo = photo(&forms);
    assert_eq!(world.shown(&contact).await, Some(2));
    for form in &forms {
        world.invocation.blobs.delete(&form.blob).await.unwrap();
    }
    assert_eq!(world.shown(&contact).await, None, "the image was deleted");
}
