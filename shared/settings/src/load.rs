use crate::{Secret, Settings};
use config::{Config, Environment, File, FileFormat};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

const PREFIX: &str = "SWITCHBOARD";
/// Settings that may also be given as the path of a file, for container secrets.
const SECRETS: [&str; 4] = ["ADMIN_KEY", "SECRETS_KEY", "BUS__URL", "STORE__URL"];

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("settings: {0}")]
    Config(#[from] config::ConfigError),
    #[error("settings: {name} names the file {path}, which cannot be read: {source}")]
    SecretFile {
        name: String,
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("settings: {name}: {detail}")]
    Invalid {
        name: &'static str,
        detail: &'static str,
    },
}

/// Reads `switchboard.toml` in the working folder, if there is one, and the environment.
pub fn load() -> Result<Settings, LoadError> {
    load_from(Path::new("switchboard.toml"), std::env::vars().collect())
}

/// The same from a given file and environment.
pub fn load_from(
    file: &Path,
    mut environment: HashMap<String, String>,
) -> Result<Settings, LoadError> {
    resolve_secret_files(&mut environment)?;
    let environment = Environment::with_prefix(PREFIX)
        .prefix_separator("__")
        .separator("__")
        .source(Some(
            environment
                .into_iter()
                .filter(|(name, _)| name.starts_with("SWITCHBOARD__"))
                .collect(),
        ));
    let settings: Settings = Config::builder()
        .add_source(File::from(file).format(FileFormat::Toml).required(false))
        .add_source(environment)
        .build()?
        .try_deserialize()?;
    check(&settings)?;
    Ok(settings)
}

fn resolve_secret_files(environment: &mut HashMap<String, String>) -> Result<(), LoadError> {
    for secret in SECRETS {
        let name = format!("{PREFIX}__{secret}_FILE");
        let Some(path) = environment.remove(&name) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(|source| LoadError::SecretFile {
            name,
            path: path.into(),
            source,
        })?;
        environment.insert(
            format!("{PREFIX}__{secret}"),
            text.trim_end_matches(['\r', '\n']).to_owned(),
        );
    }
    Ok(())
}

fn check(settings: &Settings) -> Result<(), LoadError> {
    let invalid = |name, detail| Err(LoadError::Invalid { name, detail });
    if let Some(key) = settings.admin_key.as_ref().map(Secret::expose)
        && !((32..=128).contains(&key.len())
            && key
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'))
    {
        return invalid(
            "SWITCHBOARD__ADMIN_KEY",
            "needs 32 to 128 characters of [A-Za-z0-9_-]",
        );
    }
    if settings
        .secrets_key
        .as_ref()
        .is_some_and(|key| key.expose().len() < 32)
    {
        return invalid("SWITCHBOARD__SECRETS_KEY", "needs at least 32 characters");
    }
    let region = &settings.phonebook.default_region;
    let is_country = region.len() == 2 && region.bytes().all(|b| b.is_ascii_uppercase());
    if !region.is_empty() && !is_country {
        return invalid(
            "SWITCHBOARD__PHONEBOOK__DEFAULT_REGION",
            "needs a country of two capital letters, for example DE",
        );
    }
    if settings.phonebook.time_zone.is_empty() {
        return invalid(
            "SWITCHBOARD__PHONEBOOK__TIME_ZONE",
            "needs an IANA time zone, for example Europe/Berlin",
        );
    }
    for (name, zero) in [
        (
            "SWITCHBOARD__GATEWAY__MAX_CONCURRENT",
            settings.gateway.max_concurrent == 0,
        ),
        (
            "SWITCHBOARD__NOTIFIER__CONCURRENCY",
            settings.notifier.concurrency == 0,
        ),
        (
            "SWITCHBOARD__NOTIFIER__ENDPOINT_CONCURRENCY",
            settings.notifier.endpoint_concurrency == 0,
        ),
        (
            "SWITCHBOARD__RUNTIME__CONCURRENCY",
            settings.runtime.concurrency == 0,
        ),
        (
            "SWITCHBOARD__RUNTIME__HEARTBEAT",
            settings.runtime.heartbeat.0.is_zero(),
        ),
    ] {
        if zero {
            return invalid(name, "must not be zero");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn from_env(pairs: &[(&str, &str)]) -> Result<Settings, LoadError> {
        let environment = pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        load_from(Path::new("no-such-file.toml"), environment)
    }

    #[test]
    fn defaults_are_the_documented_ones() {
        let settings = from_env(&[]).unwrap();
        assert_eq!(settings.gateway.listen, "127.0.0.1:8080");
        assert_eq!(settings.admin.listen, "127.0.0.1:9000");
        assert_eq!(settings.bus.url.expose(), "embedded:");
        assert_eq!(settings.notifier.timeout.0, Duration::from_secs(15));
    }

    #[test]
    fn the_environment_wins_over_the_file_and_both_over_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("switchboard.toml");
        std::fs::write(&file, "[gateway]\nlisten = \"0.0.0.0:1\"\ncors_origins = [\"https://a\"]\n[notifier]\ntimeout = \"2s\"\n").unwrap();
        let environment = [
            (
                "SWITCHBOARD__GATEWAY__LISTEN".to_owned(),
                "0.0.0.0:2".to_owned(),
            ),
            (
                "SWITCHBOARD__NOTIFIER__RETRY_DELAYS".to_owned(),
                "1s, 250ms".to_owned(),
            ),
            (
                "SWITCHBOARD__NOTIFIER__ALLOW_PRIVATE_NETWORKS".to_owned(),
                "true".to_owned(),
            ),
        ];
        let settings = load_from(&file, environment.into()).unwrap();
        assert_eq!(settings.gateway.listen, "0.0.0.0:2");
        assert_eq!(settings.gateway.cors_origins.0, ["https://a"]);
        assert_eq!(settings.notifier.timeout.0, Duration::from_secs(2));
        assert_eq!(
            settings.notifier.retry_delays.0,
            [Duration::from_secs(1), Duration::from_millis(250)]
        );
        assert!(settings.notifier.allow_private_networks);
    }

    #[test]
    fn unknown_and_invalid_settings_are_named() {
        for (name, value, word) in [
            ("SWITCHBOARD__GATEWAY__LISTENN", "x", "listenn"),
            ("SWITCHBOARD__GATEWY__LISTEN", "x", "gatewy"),
            ("SWITCHBOARD__NOTIFIER__TIMEOUT", "soon", "soon"),
            ("SWITCHBOARD__ADMIN_KEY", "short", "ADMIN_KEY"),
            (
                "SWITCHBOARD__PHONEBOOK__DEFAULT_REGION",
                "Germany",
                "DEFAULT_REGION",
            ),
        ] {
            let error = from_env(&[(name, value)]).unwrap_err().to_string();
            assert!(error.contains(word), "{name}: {error}");
        }
    }

    #[test]
    fn secrets_come_from_files_and_are_never_shown() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        std::fs::write(&file, "0123456789012345678901234567890123456789\n").unwrap();
        let settings =
            from_env(&[("SWITCHBOARD__ADMIN_KEY_FILE", file.to_str().unwrap())]).unwrap();
        assert_eq!(settings.admin_key.as_ref().unwrap().expose().len(), 40);
        assert!(!format!("{settings:?}").contains("0123456789"));
        assert!(from_env(&[("SWITCHBOARD__ADMIN_KEY_FILE", "/nowhere")]).is_err());
    }

    #[test]
    fn a_key_of_digits_stays_text() {
        let key = "1".repeat(40);
        assert_eq!(
            from_env(&[("SWITCHBOARD__ADMIN_KEY", &key)])
                .unwrap()
                .admin_key
                .unwrap()
                .expose(),
            key
        );
    }
}
