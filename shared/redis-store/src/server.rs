//! What a Redis must promise before anything is entrusted to it.

use crate::{fault, link::Link};
use ports::{Error, Result};
use redis::{ErrorKind, RedisError, RedisResult, ServerErrorKind};
use std::collections::BTreeMap;

/// Each setting and the only value that loses nothing.
const NEEDED: [(&str, &str); 3] = [
    ("maxmemory-policy", "noeviction"),
    ("appendonly", "yes"),
    ("appendfsync", "always"),
];

/// Redis reads its append-only file with the rights of its default user, whether or not anybody can log in as that one,
/// and drops what these do not allow: every script's writes, when `EXEC` is missing.
const RIGHTS: &str = "the user default to all rights, for example `ACL SETUSER default off ~* &* +@all` (it may not do what the append-only file holds, so a restart would drop that)";
const LOGGED: [&[&str]; 2] = [&["EXEC"], &["SET", "sb:{s000}:seq", "1"]];

type Settings = BTreeMap<String, String>;

/// Refuses a server that may forget what it acknowledged.
pub async fn check(mut link: Link, allow_unsafe: bool) -> Result<()> {
    let settings = settings(&mut link)
        .await
        .map_err(|e| fault::reading("reading the settings of Redis", e))?;
    let (mut wrong, mut unknown) = judge(&settings);
    match reads_its_log(&mut link).await {
        Ok(true) => {}
        Ok(false) => wrong.push(RIGHTS.to_owned()),
        Err(error) if not_allowed(&error) => unknown.push("the rights of the user default"),
        Err(error) => {
            return Err(fault::reading(
                "looking at the rights of Redis' users",
                error,
            ));
        }
    }
    if !unknown.is_empty() {
        tracing::warn!(
            ?unknown,
            "Redis does not let this user see all that durability depends on"
        );
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let message = format!(
        "this Redis may lose acknowledged writes: set {}",
        wrong.join(", ")
    );
    if allow_unsafe {
        tracing::warn!("{message}");
        return Ok(());
    }
    Err(Error::invalid(message))
}

/// What to set, and what could not be found out.
fn judge(settings: &Settings) -> (Vec<String>, Vec<&'static str>) {
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    for (name, needed) in NEEDED {
        match settings.get(name) {
            None => unknown.push(name),
            Some(value) if value == needed => {}
            Some(value) => wrong.push(format!("{name} to {needed} (it is {value})")),
        }
    }
    (wrong, unknown)
}

/// May the default user do what scripts leave in the append-only file?
async fn reads_its_log(link: &mut Link) -> RedisResult<bool> {
    for command in LOGGED {
        let mut dry_run = redis::cmd("ACL");
        dry_run.arg("DRYRUN").arg("default").arg(command);
        if dry_run.query_async::<String>(link).await? != "OK" {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn settings(link: &mut Link) -> RedisResult<Settings> {
    match configured(link).await {
        Err(error) if not_allowed(&error) => informed(link).await,
        outcome => outcome,
    }
}

async fn configured(link: &mut Link) -> RedisResult<Settings> {
    let mut settings = Settings::new();
    for (name, _) in NEEDED {
        let found: Settings = redis::cmd("CONFIG")
            .arg("GET")
            .arg(name)
            .query_async(link)
            .await?;
        settings.extend(found);
    }
    Ok(settings)
}

/// INFO tells all but `appendfsync`.
async fn informed(link: &mut Link) -> RedisResult<Settings> {
    let mut settings = Settings::new();
    for section in ["memory", "persistence"] {
        match redis::cmd("INFO")
            .arg(section)
            .query_async::<String>(link)
            .await
        {
            Ok(text) => settings.extend(read_info(&text)),
            Err(error) if not_allowed(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(settings)
}

fn read_info(text: &str) -> Settings {
    text.lines()
        .filter_map(|line| match line.trim_end().split_once(':')? {
            ("maxmemory_policy", policy) => Some(("maxmemory-policy", policy)),
            ("aof_enabled", "1") => Some(("appendonly", "yes")),
            ("aof_enabled", _) => Some(("appendonly", "no")),
            _ => None,
        })
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Forbidden to this user, or a command that the provider has taken out.
fn not_allowed(error: &RedisError) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Server(ServerErrorKind::NoPerm | ServerErrorKind::ResponseError)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_message_says_what_to_set() {
        let settings = [("maxmemory-policy", "allkeys-lru"), ("appendonly", "yes")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (wrong, unknown) = judge(&settings.into());
        assert_eq!(
            wrong,
            ["maxmemory-policy to noeviction (it is allkeys-lru)"]
        );
        assert_eq!(unknown, ["appendfsync"]);
    }

    #[test]
    fn info_tells_policy_and_log() {
        let text = "# Memory\r\nmaxmemory_policy:noeviction\r\naof_enabled:0\r\n";
        let settings = read_info(text);
        assert_eq!(settings["maxmemory-policy"], "noeviction");
        assert_eq!(settings["appendonly"], "no");
    }

    proptest! {
        #[test]
        fn hostile_info_never_panics(text in "(?s).*") {
            read_info(&text);
        }
    }
}
