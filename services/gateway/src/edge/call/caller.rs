//! On whose behalf a request is made: a key says so, or a signature in the URL.

use super::Exchange;
use crate::domain::{
    catalogue::{Access, Operation},
    key::KeyRecord,
    signature::{Presented, Target},
};
use actix_web::http::Method;
use ports::Timestamp;
use std::sync::Arc;
use web::{Problem, ProblemKind, Scope, Scopes};

impl Exchange<'_> {
    pub(super) async fn caller(
        &mut self,
        operation: &Operation,
    ) -> Result<Arc<KeyRecord>, Problem> {
        let auth = &self.edge.auth;
        if !operation.rules.takes_signatures {
            return auth.authenticate(self.request.headers()).await;
        }
        match Presented::read(&self.query).map_err(|_| bad())? {
            None => auth.authenticate(self.request.headers()).await,
            Some(presented) => self.signatory(operation, presented).await,
        }
    }

    /// The key that has signed, good for this one request and no other.
    async fn signatory(
        &mut self,
        operation: &Operation,
        presented: Presented,
    ) -> Result<Arc<KeyRecord>, Problem> {
        let method = self.request.method();
        let target = Target {
            // Who may get a thing may ask for its head.
            method: if method == Method::HEAD {
                "GET"
            } else {
                method.as_str()
            },
            path: self.request.path(),
            query: &presented.query,
        };
        let grant = &presented.grant;
        let key = self.edge.auth.key(&grant.tenant, &grant.key_id).await?;
        let key = key.ok_or_else(bad)?;
        if !self.edge.signer.fits(target, &presented, &key.digest) {
            return Err(bad());
        }
        if grant.expires <= Timestamp::now().as_secs() {
            return Err(Problem::new(
                ProblemKind::Forbidden,
                "the signed URL has expired",
            ));
        }
        self.query = presented.query;
        Ok(Arc::new(key.narrowed(scopes(operation))))
    }
}

/// What the operation needs and not more.
fn scopes(operation: &Operation) -> Scopes {
    match &operation.rules.access {
        Access::Scope(scope) => Scopes(Scope::parse(scope).into_iter().collect()),
        Access::AnyKey | Access::Root => Scopes::default(),
    }
}

/// Who forges is not told what gave it away.
fn bad() -> Problem {
    Problem::new(ProblemKind::Forbidden, "the URL's signature is not valid")
}
