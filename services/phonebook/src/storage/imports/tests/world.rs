use super::*;
use crate::storage::tests::ground;

/// A tenant whose imports are fired by hand.
pub struct World {
    store: Arc<dyn Store>,
    /// Of the one process that there is.
    pub ahead: Ahead,
    pub invocation: Invocation,
    _folder: Arc<tempfile::TempDir>,
}

/// What became of a file.
pub struct Imported {
    pub job: Job,
    pub commits: usize,
}

impl World {
    pub fn new() -> Self {
        let (store, invocation, folder) = ground();
        Self {
            store,
            ahead: Ahead::default(),
            invocation,
            _folder: Arc::new(folder),
        }
    }

    /// Another tenant on the same store.
    pub fn neighbour(&self) -> Self {
        let mut invocation = self.invocation.clone();
        invocation.tenant = Tenant::parse("neighbour").unwrap();
        Self {
            store: Arc::clone(&self.store),
            ahead: Ahead::default(),
            invocation,
            _folder: Arc::clone(&self._folder),
        }
    }

    pub async fn commit(&self, batch: Batch) -> ports::Result<()> {
        let committed = self.store.commit(&self.invocation.tenant, batch).await;
        committed.map(|_| ())
    }

    pub async fn get(&self, key: &str) -> Option<ports::Item> {
        let tenant = &self.invocation.tenant;
        self.store.get(tenant, key, Read::Strong).await.unwrap()
    }

    pub async fn upload(&self, file: &[u8]) -> Received {
        let id = String::from(TypeId::new("upl"));
        let blob = contracts::uploads::blob_key(self.invocation.tenant.as_str(), &id);
        let bytes = Bytes::copy_from_slice(file);
        let body = stream::once(async move { Ok(bytes) }).boxed();
        let stored = self
            .invocation
            .blobs
            .put(&blob, body, 1 << 30)
            .await
            .unwrap();
        let mut batch = Batch::new();
        batch.put(contracts::uploads::key(&id), "{}");
        let tenant = &self.invocation.tenant;
        let version = self.store.commit(tenant, batch).await.unwrap().version;
        Received {
            id,
            blob,
            version,
            bytes: stored.bytes,
            sha256: stored.sha256,
            content_type: String::new(),
        }
    }

    pub async fn begin(&self, form: Form, file: &[u8], options: Options) -> (String, Received) {
        let upload = self.upload(file).await;
        let mut batch = Batch::new();
        let job = begin(&self.invocation, &mut batch, &upload, form, options).unwrap();
        self.commit(batch).await.unwrap();
        (job, upload)
    }

    /// One firing, as the runtime does it; false when nothing is left to do.
    pub async fn fire(&self, job: &str) -> bool {
        self.fire_in(&self.ahead, job, None).await
    }

    /// The same in another process, or after the tenant's country has changed.
    pub async fn fire_in(&self, ahead: &Ahead, job: &str, country: Option<Region>) -> bool {
        let key = keys::import(job);
        let Some(item) = self.get(&key).await else {
            return false;
        };
        let outcome = resume(ahead, &self.invocation, &item.value, country).await;
        let mut batch = outcome.unwrap().batch;
        batch.expect(key, Some(item.version));
        self.commit(batch).await.unwrap();
        true
    }

    pub async fn job(&self, id: &str) -> Job {
        let item = self.get(&contracts::jobs::key(id)).await.unwrap();
        serde_json::from_slice(&item.value).unwrap()
    }

    /// What kinds of jobs are listed.
    pub async fn jobs(&self) -> Vec<String> {
        let query = Query {
            prefix: contracts::jobs::key(""),
            limit: ports::store::MAX_PAGE,
            ..Query::default()
        };
        let page = self.store.query(&self.invocation.tenant, query);
        let items = page.await.unwrap().items.into_iter();
        let decode = |item: ports::Item| serde_json::from_slice::<Job>(&item.value).unwrap();
        items.map(|(_, item)| decode(item).kind).collect()
    }

    pub async fn import_with(&self, form: Form, file: &[u8], options: Options) -> Imported {
        let (id, upload) = self.begin(form, file, options).await;
        let mut commits = 0;
        while self.fire(&id).await {
            commits += 1;
        }
        let gone = self.invocation.blobs.size(&upload.blob).await.unwrap_err();
        assert_eq!(gone.kind(), ports::Kind::NotFound);
        let job = self.job(&id).await;
        assert!(job.state.is_final());
        Imported { job, commits }
    }

    pub async fn import(&self, form: Form, file: &str) -> Job {
        let lenient = form == Form::Cards;
        let options = Options {
            lenient,
            ..Options::default()
        };
        self.import_with(form, file.as_bytes(), options).await.job
    }

    pub async fn contacts(&self) -> Vec<Contact> {
        let mut query = Query {
            prefix: keys::contact(""),
            limit: ports::store::MAX_PAGE,
            ..Query::default()
        };
        let mut all = Vec::new();
        loop {
            let page = self.store.query(&self.invocation.tenant, query.clone());
            let page = page.await.unwrap();
            let decode = |(key, item)| contacts::Found::decode(key, item).unwrap().contact;
            let found = page.items.into_iter().map(decode);
            all.extend(found.filter(|contact| !contact.is_group_card));
            if page.next.is_none() {
                return all;
            }
            query.after = page.next;
        }
    }

    /// What all contacts say, in an order of its own.
    pub async fn documents(&self) -> Vec<serde_json::Value> {
        let contacts = self.contacts().await.into_iter();
        let mut documents: Vec<_> = contacts.map(|one| one.fields.document()).collect();
        documents.sort_by_key(ToString::to_string);
        documents
    }

    pub async fn export(&self, form: export::Form) -> String {
        let (mut file, mut place) = (Vec::new(), exports::Place::default());
        let mut parts = 0;
        loop {
            parts += 1;
            let part = exports::part(&self.invocation, form, place, |_| true)
                .await
                .unwrap();
            file.extend(part.bytes);
            let Some(next) = part.next else {
                assert!(parts > file.len() / (1 << 20), "a part is small");
                return String::from_utf8(file).unwrap();
            };
            place = exports::Place::parse(&next.token()).unwrap();
            assert_eq!(place, next);
        }
    }

    pub async fn events(&self) -> usize {
        let log = self.store.read_log(&self.invocation.tenant, 0, 1_000);
        log.await.unwrap().events.len()
    }
}
