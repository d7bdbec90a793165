//! Credentials of S3 as files, where the environment of a process is no place for secrets.

use ports::{Error, Result};
use std::fs;

const SECRETS: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The variables, with what lies in the file that `<secret>_FILE` names in the place of that.
pub fn with_files(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<impl Iterator<Item = (String, String)>> {
    let read: Result<Vec<_>> = variables.map(read).collect();
    Ok(read?.into_iter())
}

fn read((name, value): (String, String)) -> Result<(String, String)> {
    let Some(secret) = SECRETS
        .into_iter()
        .find(|secret| name.strip_suffix("_FILE") == Some(secret))
    else {
        return Ok((name, value));
    };
    let text = fs::read_to_string(&value).map_err(|e| {
        Error::invalid(format!("{name} names a file that cannot be read")).with_source(e)
    })?;
    let text = text.trim_end_matches(['\r', '\n']);
    Ok((secret.to_owned(), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::Kind;

    fn given(name: &str, value: &str) -> Result<Vec<(String, String)>> {
        let variable = (name.to_owned(), value.to_owned());
        with_files([variable].into_iter()).map(Iterator::collect)
    }

    #[test]
    fn a_secret_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        fs::write(&file, "of-no-use-elsewhere\n").unwrap();
        let path = file.to_str().unwrap();
        let read = given("AWS_SECRET_ACCESS_KEY_FILE", path).unwrap();
        let expected = ("AWS_SECRET_ACCESS_KEY", "of-no-use-elsewhere");
        assert_eq!(read, [(expected.0.to_owned(), expected.1.to_owned())]);
        // Files that S3's own library reads are left to it.
        let token = given("AWS_WEB_IDENTITY_TOKEN_FILE", path).unwrap();
        assert_eq!(token[0].1, path);
    }

    #[test]
    fn a_file_that_is_not_there_is_named_by_its_variable() {
        let error = given("AWS_ACCESS_KEY_ID_FILE", "/nowhere").unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid);
        assert!(error.to_string().contains("AWS_ACCESS_KEY_ID_FILE"));
    }
}
