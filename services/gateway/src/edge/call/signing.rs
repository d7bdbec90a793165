//! Members of a service's answer become signed URLs, on behalf of the caller and no further than the caller may go.

use super::{Exchange, checks};
use crate::domain::{
    catalogue::{Found, Operation, Wanted},
    key::KeyRecord,
    signature::{self, Grant, LONGEST, Target},
};
use ports::Timestamp;
use runtime::frame::Response;
use serde_json::Value;
use web::{Faults, Params, Problem, ProblemKind};

impl Exchange<'_> {
    pub(super) fn sign(
        &self,
        operation: &Operation,
        key: &KeyRecord,
        answer: &mut Response,
    ) -> Result<(), Problem> {
        let signs = &operation.rules.signs;
        if signs.is_empty() || !(200..300).contains(&answer.head.status) {
            return Ok(());
        }
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for sign in signs {
            let Some(wanted) = sign.wanted(&body) else {
                continue;
            };
            let url = self.signed(&wanted, key)?;
            if let Some(member) = body.pointer_mut(&sign.member) {
                *member = url.into();
            }
        }
        answer.body = body.to_string().into();
        Ok(())
    }

    fn signed(&self, wanted: &Wanted<'_>, key: &KeyRecord) -> Result<String, Problem> {
        let (path, query) = wanted.url.split_once('?').unwrap_or((wanted.url, ""));
        let catalogue = self.edge.catalogue.borrow().clone();
        let found = match catalogue.find(wanted.method, path) {
            Found::Operation(found) if found.rules.takes_signatures => found,
            _ => return Err(unsigned(wanted.method, path)),
        };
        checks::access(&found, key)?;
        let mut faults = Faults::new();
        Params::check_names(query, &found.rules.parameters, &mut faults);
        faults.or(())?;
        let now = Timestamp::now();
        let expires = Timestamp::parse(wanted.expires)?.min(now + LONGEST);
        let target = Target {
            method: wanted.method,
            path,
            query,
        };
        let grant = Grant {
            tenant: key.tenant.clone(),
            key_id: key.id.clone(),
            expires: expires.as_secs(),
        };
        match signature::is_signed(query) {
            true => Err(unsigned(wanted.method, path)),
            false => Ok(self.edge.signer.sign(target, &grant, &key.digest)),
        }
    }
}

fn unsigned(method: &str, path: &str) -> Problem {
    let detail = format!("{method} {path} is nothing that a signed URL can stand for");
    Problem::new(ProblemKind::InvalidInput, detail)
}
