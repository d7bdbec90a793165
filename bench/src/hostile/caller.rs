use crate::http::{Answer, Kept, Target};
use serde::Deserialize;

const PATH: &str = "/v1/images";
/// Seconds that an upload waits for what becomes of it; longer than several pictures may take together.
const WAIT: &str = "wait=50";

/// What became of a file, or of a request for a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Every variant was made, or the form.
    Ready,
    /// It was taken, and found to be broken by whoever made its variants.
    Failed(String),
    /// Refused at once, for this reason.
    Refused(u16, String),
    /// Taken, and nothing came of it in time.
    Unsettled,
    /// 5xx.
    Fault(u16, String),
    /// The connection broke, or there was no answer.
    Silent(String),
}

/// An upload's end, and the image if there is one.
pub struct Uploaded {
    pub outcome: Outcome,
    pub id: Option<String>,
}

#[derive(Deserialize)]
struct Image {
    id: String,
    status: String,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Problem {
    detail: Option<String>,
}

/// One connection.
pub struct Caller {
    target: Target,
    kept: Kept,
}

impl Caller {
    pub fn new(target: &Target) -> Self {
        Self {
            target: target.clone(),
            kept: Kept::default(),
        }
    }

    pub async fn upload(&mut self, media_type: &str, bytes: &[u8]) -> Uploaded {
        let fields = [("content-type", media_type), ("prefer", WAIT)];
        let request = self.target.send_with("POST", PATH, &fields, bytes);
        let answer = self.exchange(&request).await;
        let image = answer.as_ref().ok().and_then(image);
        Uploaded {
            outcome: outcome(answer, image.as_ref()),
            id: image.map(|image| image.id),
        }
    }

    /// GETs something of an image: a variant, or a rendering.
    pub async fn get(&mut self, id: &str, what: &str) -> Outcome {
        let path = format!("{PATH}/{id}/{what}");
        let request = self.target.request("GET", &path);
        outcome(self.exchange(&request).await, None)
    }

    pub async fn delete(&mut self, id: &str) -> Outcome {
        let request = self.target.request("DELETE", &format!("{PATH}/{id}"));
        outcome(self.exchange(&request).await, None)
    }

    async fn exchange(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        self.kept.exchange(&self.target, request).await
    }
}

fn image(answer: &Answer) -> Option<Image> {
    let is_success = (200..300).contains(&answer.status);
    is_success.then(|| serde_json::from_slice(&answer.body).ok())?
}

fn outcome(answer: anyhow::Result<Answer>, image: Option<&Image>) -> Outcome {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Outcome::Silent(format!("{error:#}")),
    };
    match (answer.status, image) {
        (500.., _) => Outcome::Fault(answer.status, detail(&answer)),
        (300.., _) => Outcome::Refused(answer.status, detail(&answer)),
        (_, None) => Outcome::Ready,
        (_, Some(image)) => match image.status.as_str() {
            "ready" => Outcome::Ready,
            "failed" => Outcome::Failed(image.error.clone().unwrap_or_default()),
            _ => Outcome::Unsettled,
        },
    }
}

fn detail(answer: &Answer) -> String {
    let problem: Option<Problem> = serde_json::from_slice(&answer.body).ok();
    let detail = problem.and_then(|problem| problem.detail);
    detail.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn told(status: u16, body: &str) -> Outcome {
        let answer = Answer {
            status,
            body: body.into(),
            etag: None,
            sent: Instant::now(),
            close: false,
        };
        let image = image(&answer);
        outcome(Ok(answer), image.as_ref())
    }

    #[test]
    fn answers_tell_what_became_of_a_file() {
        let image = |status: &str, error: &str| {
            format!(r#"{{"id":"img_1","status":"{status}","error":{error},"width":null}}"#)
        };
        assert_eq!(told(200, &image("ready", "null")), Outcome::Ready);
        let failed = Outcome::Failed("no end".to_owned());
        assert_eq!(told(200, &image("failed", r#""no end""#)), failed);
        assert_eq!(told(202, &image("processing", "null")), Outcome::Unsettled);
        let problem = r#"{"status":415,"detail":"no image"}"#;
        let refused = Outcome::Refused(415, "no image".to_owned());
        assert_eq!(told(415, problem), refused);
        assert_eq!(told(503, ""), Outcome::Fault(503, String::new()));
        assert_eq!(told(204, ""), Outcome::Ready);
    }
}
