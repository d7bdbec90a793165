use std::io;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream},
    net::TcpListener,
};

/// The password of those who may ask.
const TOKEN: &str = "hidden-pod-token";
const KEYS: &str = r#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "hidden-secret",
    "Token": "hidden-token", "Expiration": "2100-01-01T00:00:00Z"}"#;

/// The agent that gives a container its credentials.
pub struct Credentials {
    listener: TcpListener,
    folder: tempfile::TempDir,
}

impl Credentials {
    pub async fn open() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("token"), TOKEN).expect("the token is written");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self { listener, folder }
    }

    /// The variables that lead here.
    pub fn environment(&self) -> [(String, String); 2] {
        let address = self.listener.local_addr().expect("an address");
        let token = self.folder.path().join("token").display().to_string();
        [
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                format!("http://{address}/keys"),
            ),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }

    /// Answers one who knows the password.
    pub async fn answer(&self) -> io::Result<()> {
        let (stream, _) = self.listener.accept().await?;
        let mut stream = BufStream::new(stream);
        let mut head = String::new();
        while stream.read_line(&mut head).await? > "\r\n".len() {}
        assert!(head.contains(TOKEN), "{head}");
        let length = KEYS.len();
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{KEYS}");
        stream.write_all(answer.as_bytes()).await?;
        stream.flush().await
    }
}
