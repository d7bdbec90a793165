//! Names of Redis keys; the layout is in the crate's documentation.

use ports::{Result, Shard, Tenant, store};

/// The keys of one shard. Three digits, so that an ACL pattern can name any shard exactly: `sb:{s???}:i:uploads:*`.
pub struct Keys {
    root: String,
}

impl Keys {
    pub fn of(shard: Shard) -> Self {
        Self {
            root: format!("sb:{{s{:03}}}:", shard.0),
        }
    }

    /// The part that all keys of the shard share, in bytes.
    pub fn root_len(&self) -> usize {
        self.root.len()
    }

    pub fn item(&self, tenant: &Tenant, key: &str) -> Result<String> {
        let (scope, rest) = store::split_key(key)?;
        Ok(format!("{}i:{scope}:{tenant}:{rest}", self.root))
    }

    /// What the keys of the tenant's items in a scope start with. No item has this one, see [`Keys::index_pages`].
    pub fn items(&self, tenant: &Tenant, scope: &str) -> String {
        format!("{}i:{scope}:{tenant}:", self.root)
    }

    /// What the keys of all tenants' items in a scope start with.
    pub fn scope(&self, scope: &str) -> String {
        format!("{}i:{scope}:", self.root)
    }

    /// The directory of the pages that list a scope's keys.
    pub fn listing(&self, tenant: &Tenant, scope: &str) -> String {
        format!("{}k:{scope}:{tenant}", self.root)
    }

    /// Which names of a listing expire, and when. The name is in the listing's pattern, so that who may write there may
    /// write here.
    pub fn expiring(&self, tenant: &Tenant, scope: &str) -> String {
        format!("{}:expiring", self.listing(tenant, scope))
    }

    /// The directory of its pages.
    pub fn index(&self, tenant: &Tenant, scope: &str) -> String {
        format!("{}x:{scope}:{tenant}", self.root)
    }

    /// What the keys of an index's pages start with. No page has this one, so a call that names it is refused while its slot
    /// is on the way between two servers: pages, which calls cannot name beforehand, may be on either.
    pub fn index_pages(&self, tenant: &Tenant, scope: &str) -> String {
        format!("{}:", self.index(tenant, scope))
    }

    pub fn due(&self, scope: &str) -> String {
        format!("{}due:{scope}", self.root)
    }

    pub fn sequence(&self) -> String {
        format!("{}seq", self.root)
    }

    pub fn log(&self, tenant: &Tenant) -> String {
        format!("{}log:{tenant}", self.root)
    }

    pub fn outbox(&self) -> String {
        format!("{}out", self.root)
    }

    pub fn armed(&self) -> String {
        format!("{}armed", self.root)
    }

    pub fn cursors(&self) -> String {
        format!("{}cur", self.root)
    }

    pub fn lease(&self, name: &str) -> String {
        format!("{}lease:{name}", self.root)
    }

    pub fn bucket(&self, tenant: &Tenant, name: &str) -> String {
        format!("{}bucket:{tenant}:{name}", self.root)
    }
}
