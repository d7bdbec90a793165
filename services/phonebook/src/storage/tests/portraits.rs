use super::*;
use crate::{
    domain::{Form, Photo, photo::MAX_PORTRAIT_BYTES},
    storage::portraits,
};
use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use ports::{Blobs, blobs::Stored};
use std::{
    ops::Range,
    sync::atomic::{AtomicUsize, Ordering},
};

impl World {
    async fn form(&self, size: &str, format: &str, bytes: usize) -> Form {
        self.form_of("img_1", size, format, bytes).await
    }

    async fn form_of(&self, image: &str, size: &str, format: &str, bytes: usize) -> Form {
        let blob = format!("default/{image}/{size}.{format}");
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

/// Counts who reads at the same time.
struct Crowd {
    blobs: Arc<dyn Blobs>,
    present: AtomicUsize,
    most: AtomicUsize,
}

#[async_trait]
impl Blobs for Crowd {
    async fn put(
        &self,
        key: &str,
        body: BoxStream<'static, ports::Result<Bytes>>,
        limit: u64,
    ) -> ports::Result<Stored> {
        self.blobs.put(key, body, limit).await
    }

    async fn size(&self, key: &str) -> ports::Result<u64> {
        self.blobs.size(key).await
    }

    async fn get(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> ports::Result<BoxStream<'static, ports::Result<Bytes>>> {
        let present = self.present.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(present, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let chunks = self.blobs.get(key, range).await;
        self.present.fetch_sub(1, Ordering::SeqCst);
        chunks
    }

    async fn delete(&self, key: &str) -> ports::Result<()> {
        self.blobs.delete(key).await
    }

    async fn list(&self, prefix: &str) -> ports::Result<Vec<String>> {
        self.blobs.list(prefix).await
    }

    async fn ping(&self) -> ports::Result<()> {
        self.blobs.ping().await
    }
}

#[tokio::test]
async fn portraits_are_read_a_few_at_once_and_come_in_order() {
    let mut world = World::new();
    let mut contacts = Vec::new();
    for bytes in 1..=3 * portraits::AT_ONCE {
        let mut contact = Contact::new(named("Ada"), world.invocation.now);
        let image_id = format!("img_{bytes}");
        let forms = vec![world.form_of(&image_id, "small", "jpeg", bytes).await];
        // Every third one has no photo.
        contact.photo = (bytes % 3 > 0).then_some(Photo { image_id, forms });
        contacts.push(contact);
    }
    let crowd = Arc::new(Crowd {
        blobs: Arc::clone(&world.invocation.blobs),
        present: AtomicUsize::new(0),
        most: AtomicUsize::new(0),
    });
    world.invocation.blobs = Arc::clone(&crowd) as Arc<dyn Blobs>;
    let found = portraits::of_all(&world.invocation, &contacts).await;
    let sizes = found.unwrap().into_iter().map(|portrait| match portrait {
        Some(vcard::Photo::Inline { bytes, .. }) => bytes.len(),
        _ => 0,
    });
    let wanted = (1..=3 * portraits::AT_ONCE).map(|bytes| if bytes % 3 > 0 { bytes } else { 0 });
    assert!(sizes.eq(wanted));
    let most = crowd.most.load(Ordering::SeqCst);
    assert!((2..=portraits::AT_ONCE).contains(&most), "{most}");
}
