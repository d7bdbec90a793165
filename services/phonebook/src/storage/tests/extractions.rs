use super::*;
use crate::storage::photos::{self, extraction};
use contracts::images::original_key;
use futures_util::TryStreamExt;
use ports::{Item, Kind};

const PICTURE: &[u8] = b"\xff\xd8\xff\xe0 a picture";
const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ada\r\nPHOTO;ENCODING=b:/9j/4CBhIHBpY3R1cmU=\r\nEND:VCARD\r\n";

impl World {
    /// A contact with a card that has just come; and the image that is to be made of it.
    async fn with_card(&self) -> (Contact, String) {
        let mut contact = Contact::new(named("Ada"), self.invocation.now);
        contact.has_card = true;
        let mut batch = Batch::new();
        let picture = crate::domain::photo::sha256(PICTURE);
        photos::follow_card(
            &self.invocation,
            &mut batch,
            &mut contact,
            Some(picture),
            false,
        )
        .await
        .unwrap();
        batch.put(keys::card(&contact.id), CARD);
        batch.merge(contacts::create(&self.invocation, &contact).unwrap());
        self.commit(batch).await;
        let image = contact.pending.clone().unwrap().image_id;
        (contact, image)
    }

    async fn extraction(&self, image: &str) -> Option<Item> {
        let key = keys::extraction(image);
        let item = self.store.get(&self.invocation.tenant, &key, Read::Strong);
        item.await.unwrap()
    }

    /// What one firing does, not yet committed.
    async fn extract(&self, image: &str) -> Batch {
        let item = self.extraction(image).await.unwrap();
        extraction::resume(&self.invocation, image, &item.value)
            .await
            .unwrap()
    }

    /// Until it is over, with nothing handed over.
    async fn finish(&self, image: &str) {
        while self.extraction(image).await.is_some() {
            let batch = self.extract(image).await;
            assert!(batch.events.is_empty());
            self.commit(batch).await;
        }
    }

    async fn original(&self, image: &str) -> Result<Vec<u8>, Kind> {
        let key = original_key(self.invocation.tenant.as_str(), image);
        let chunks = self.invocation.blobs.get(&key, None).await;
        let chunks = chunks.map_err(|error| error.kind())?;
        Ok(chunks.try_collect::<Vec<_>>().await.unwrap().concat())
    }

    async fn purge(&self, id: &str) {
        let wanted = purge::Purge { announce: false };
        let found = self.find(id).await;
        let batch = purge::begin(&self.invocation, &found, wanted).await;
        self.commit(batch.unwrap()).await;
    }
}

#[tokio::test]
async fn a_picture_is_handed_over_once_whatever_breaks_off() {
    let world = World::new();
    let (contact, image) = world.with_card().await;
    let item = world.extraction(&image).await.unwrap();
    assert!(item.due_at.is_some());
    // The first attempt ends before its commit.
    drop(world.extract(&image).await);
    let batch = world.extract(&image).await;
    assert_eq!(batch.events.len(), 1);
    let create: images::CreateImage = serde_json::from_slice(&batch.events[0].data).unwrap();
    assert_eq!(
        (create.image_id, create.owner),
        (image.clone(), Some(contact.id.clone()))
    );
    assert_eq!(Some(create.sha256), contact.card_photo);
    world.commit(batch).await;
    assert!(world.extraction(&image).await.is_none());
    assert_eq!(world.original(&image).await.as_deref(), Ok(PICTURE));
}

#[tokio::test]
async fn a_purge_leaves_nothing_of_a_picture_in_a_card() {
    let world = World::new();
    let (contact, image) = world.with_card().await;
    drop(world.extract(&image).await);
    assert!(world.original(&image).await.is_ok());
    world.purge(&contact.id).await;
    world.finish(&image).await;
    assert_eq!(world.original(&image).await, Err(Kind::NotFound));
    assert_eq!(world.traces().await, [""; 0]);
}

#[tokio::test]
async fn a_picture_is_not_handed_over_for_who_is_erased_meanwhile() {
    let world = World::new();
    let (contact, image) = world.with_card().await;
    // The bytes are written, but not yet told of.
    let late = world.extract(&image).await;
    world.purge(&contact.id).await;
    let refused = world.store.commit(&world.invocation.tenant, late).await;
    assert_eq!(refused.unwrap_err().kind(), Kind::Conflict);
    world.finish(&image).await;
    assert_eq!(world.original(&image).await, Err(Kind::NotFound));
}
