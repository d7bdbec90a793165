use super::{super::job::Format, SIDE};
use crate::http::{Connection, Target};
use anyhow::ensure;

/// Longest side that may be asked for.
const MOST: u32 = 10_000;

/// The path of a photograph in a square's width and a format, within the height that is given last.
type Path = Box<dyn Fn(usize, Format, u32, u32) -> String>;

/// A system with the photographs in it, and a connection to it.
pub struct Site {
    pub name: &'static str,
    /// How many photographs.
    pub photos: usize,
    path: Path,
    target: Target,
    connection: Connection,
    /// The height that was asked for last.
    height: u32,
}

impl Site {
    pub async fn open(
        name: &'static str,
        target: &Target,
        photos: usize,
        path: Path,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            name,
            photos,
            path,
            target: target.clone(),
            connection: Connection::open(target).await?,
            height: SIDE - 1,
        })
    }

    /// Asks for a photograph of landscape format within a width. The height bounds nothing and is another one each time,
    /// so that it is the same picture and no kept one.
    pub async fn picture(
        &mut self,
        photo: usize,
        format: Format,
        quality: u32,
    ) -> anyhow::Result<Vec<u8>> {
        self.height += 1;
        ensure!(self.height <= MOST, "there are no more forms to ask for");
        let path = (self.path)(photo, format, quality, self.height);
        let request = self.target.request("GET", &path);
        let answer = self.connection.exchange(&request).await?;
        ensure!(
            answer.status == 200,
            "{} answered {path} with {}: {}",
            self.name,
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(answer.body)
    }
}
