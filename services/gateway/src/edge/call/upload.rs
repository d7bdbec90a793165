//! An operation's body goes into the blob store, and only word of it to the service.

use super::{
    super::{
        dry_run,
        upload::{Shape, Uploads},
    },
    Exchange, checks,
};
use crate::domain::{
    catalogue::{Operation, UploadRules},
    key::KeyRecord,
};
use actix_web::{HttpResponse, web as actix};
use bytes::Bytes;
use contracts::uploads::Received;
use web::{Faults, Problem, ProblemKind};

impl Exchange<'_> {
    pub(super) async fn receive(
        &self,
        operation: &Operation,
        rules: &UploadRules,
        content_type: String,
        key: &KeyRecord,
        payload: &mut actix::Payload,
    ) -> Result<Received, Problem> {
        let bound = checks::bound(self.request, rules, &self.query, &content_type)?;
        let shape = Shape::of(content_type, &operation.rules.content_types)?;
        let limit = rules.max_bytes.min(self.edge.settings.max_upload_bytes);
        let limit = bound.map_or(limit, |bound| limit.min(bound));
        checks::length(self.request, limit.saturating_add(shape.around()))?;
        let uploads = self.uploads(key, limit);
        let received = uploads.receive(payload, shape).await;
        let Some(size) = bound else {
            return received;
        };
        match received {
            Ok(upload) if upload.bytes != size => {
                uploads.discard(&upload).await;
                Err(checks::another_length(size))
            }
            // How long the body is may show only as it comes.
            Err(problem) if problem.kind() == ProblemKind::BodyTooLarge && size == limit => {
                Err(checks::another_length(size))
            }
            received => received,
        }
    }

    pub(super) async fn forward_upload(
        &mut self,
        operation: &Operation,
        upload: Received,
        key: &KeyRecord,
        faults: Faults,
    ) -> Result<HttpResponse, Problem> {
        let is_dry_run = !faults.is_empty();
        let frame = self.frame(key, Bytes::new(), Some(upload.clone()), is_dry_run);
        let answer = self.edge.call(operation, &frame).await;
        let uploads = self.uploads(key, upload.bytes);
        if is_dry_run {
            uploads.discard(&upload).await;
            return Err(dry_run::refusal(faults, answer.as_ref().ok()));
        }
        // After a 5xx the service may still be at work on it; the sweep decides.
        let status = answer.as_ref().map(|answer| answer.head.status);
        if status.is_ok_and(|status| (400..500).contains(&status)) {
            uploads.discard(&upload).await;
        }
        self.finish(operation, answer?, key, frame).await
    }

    fn uploads<'a>(&'a self, key: &'a KeyRecord, limit: u64) -> Uploads<'a> {
        Uploads {
            backends: &self.edge.backends,
            tenant: &key.tenant,
            limit,
            idle: self.edge.settings.upload_idle_timeout.0,
        }
    }
}
