use super::{Answer, Connection, Target};

/// A connection that is kept for the next request for as long as the server keeps it, and else opened anew.
#[derive(Default)]
pub struct Kept(Option<Connection>);

impl Kept {
    pub async fn exchange(&mut self, target: &Target, request: &[u8]) -> anyhow::Result<Answer> {
        let mut connection = match self.0.take() {
            Some(connection) => connection,
            None => Connection::open(target).await?,
        };
        let answer = connection.exchange(request).await?;
        if !answer.close {
            self.0 = Some(connection);
        }
        Ok(answer)
    }
}
