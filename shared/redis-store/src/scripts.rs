//! The scripts, each in its own file. They run by their hash, and by their text when the server does not know them (yet, or
//! any more), so that two versions of this crate can work on one
//! server, as long as they mean the same by what is stored.

use crate::call::Script;

pub struct Scripts {
    pub advance: Script,
    pub claim_due: Script,
    pub commit: Script,
    pub index: Script,
    pub lease: Script,
    pub next_due: Script,
    pub query: Script,
    pub read_outbox: Script,
    pub release: Script,
    pub take: Script,
    pub trim_log: Script,
}

macro_rules! script {
    ($($file:literal),+) => {
        Script::new(concat!(
            include_str!("lua/common.lua"),
            $(include_str!(concat!("lua/", $file))),+
        ))
    };
}

impl Scripts {
    pub fn new() -> Self {
        Self {
            advance: script!("advance.lua"),
            claim_due: script!("claim_due.lua"),
            commit: script!("pages.lua", "prune.lua", "commit.lua"),
            index: script!("pages.lua", "index.lua"),
            lease: script!("lease.lua"),
            next_due: script!("next_due.lua"),
            query: script!("pages.lua", "query.lua"),
            read_outbox: script!("read_outbox.lua"),
            release: script!("release.lua"),
            take: script!("take.lua"),
            trim_log: script!("trim_log.lua"),
        }
    }
}
