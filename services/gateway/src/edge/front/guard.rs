use super::{
    Notes, Refusal,
    reader::{Passed, Reader},
};
use actix_http::ServiceConfig;
use bytes::BytesMut;
use std::{
    io,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Sleep, sleep},
};

/// A connection that the server reads no head from but such as it takes.
pub struct Guard<Io> {
    io: Io,
    reader: Reader,
    /// What the server is to read before anything else.
    passed: BytesMut,
    patience: Duration,
    /// Runs until the first head has come, and from the first byte of a later one to its end.
    clock: Option<Pin<Box<Sleep>>>,
}

impl<Io> Guard<Io> {
    /// `patience` is how long a head may take.
    pub fn new(io: Io, config: ServiceConfig, patience: Duration) -> Self {
        Self {
            io,
            reader: Reader::new(config),
            passed: BytesMut::new(),
            patience,
            clock: Some(Box::pin(sleep(patience))),
        }
    }

    pub fn notes(&self) -> &Rc<Notes> {
        self.reader.notes()
    }

    fn set_clock(&mut self) {
        if self.reader.withholds() {
            let patience = self.patience;
            self.clock.get_or_insert_with(|| Box::pin(sleep(patience)));
        } else {
            self.clock = None;
        }
    }

    fn is_time_up(&mut self, context: &mut Context<'_>) -> bool {
        let clock = self.clock.as_mut();
        clock.is_some_and(|clock| clock.as_mut().poll(context).is_ready())
    }
}

impl<Io: AsyncRead + Unpin> AsyncRead for Guard<Io> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if !self.passed.is_empty() {
                let count = self.passed.len().min(buffer.remaining());
                buffer.put_slice(&self.passed.split_to(count));
                return Poll::Ready(Ok(()));
            }
            if self.reader.is_lost() {
                return Poll::Ready(Ok(()));
            }
            let start = buffer.filled().len();
            match Pin::new(&mut self.io).poll_read(context, buffer) {
                Poll::Ready(Ok(())) if buffer.filled().len() > start => {}
                Poll::Ready(ended) => return Poll::Ready(ended),
                Poll::Pending if self.is_time_up(context) => {
                    self.clock = None;
                    self.passed = self.reader.refuse(Refusal::TooSlow);
                    continue;
                }
                Poll::Pending => return Poll::Pending,
            }
            let passed = self.reader.read(&buffer.filled()[start..]);
            self.set_clock();
            match passed {
                Passed::AsItCame => return Poll::Ready(Ok(())),
                Passed::Instead(bytes) => {
                    buffer.set_filled(start);
                    self.passed = bytes;
                }
            }
        }
    }
}

impl<Io: AsyncWrite + Unpin> AsyncWrite for Guard<Io> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::front::notes::Note;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        task::LocalSet,
    };

    const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

    fn run(test: impl AsyncFnOnce(DuplexStream, Guard<DuplexStream>)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        LocalSet::new().block_on(&runtime, async {
            let (client, server) = duplex(1 << 10);
            let patience = Duration::from_millis(50);
            let guard = Guard::new(server, ServiceConfig::default(), patience);
            test(client, guard).await;
        });
    }

    #[test]
    fn a_head_that_comes_in_pieces_is_read_as_a_whole() {
        run(async |mut client, mut guard| {
            let mut buffer = [0; 20];
            client.write_all(&[GET, &GET[..5]].concat()).await.unwrap();
            guard.read_exact(&mut buffer).await.unwrap();
            assert_eq!(guard.read(&mut buffer).await.unwrap(), GET.len() - 20);
            client.write_all(&GET[5..]).await.unwrap();
            drop(client);
            let mut rest = Vec::new();
            guard.read_to_end(&mut rest).await.unwrap();
            assert_eq!(rest, GET);
        });
    }

    #[test]
    fn a_head_that_does_not_come_to_its_end_is_refused() {
        run(async |mut client, mut guard| {
            let mut buffer = [0; 100];
            client.write_all(GET).await.unwrap();
            assert_eq!(guard.read(&mut buffer).await.unwrap(), GET.len());
            client.write_all(&GET[..5]).await.unwrap();
            assert!(guard.read(&mut buffer).await.unwrap() > 0);
            assert!(guard.notes().begin().is_none());
            let note = guard.notes().begin();
            assert!(matches!(note, Some(Note::Refused(Refusal::TooSlow))));
        });
    }
}
