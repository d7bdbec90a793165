//! A bucket on this machine that containers reach: moto's, from PyPI.

use crate::python;
use end_to_end::{Client, compose::gateway_of};
use reqwest::Method;
use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
};

const NAME: &str = "pictures";
/// Ends when its standard input does, that is with this process, however it ends.
const SERVE: &str = r#"
import logging, sys
from moto.server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address=sys.argv[1], port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
"#;

pub struct Bucket {
    client: Client,
    process: Child,
    _lifeline: ChildStdin,
}

impl Bucket {
    pub async fn make() -> Self {
        let host = gateway_of("bridge");
        let mut command = Command::new(python::with_moto());
        command.args(["-c", SERVE, &host]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("moto starts");
        let lifeline = process.stdin.take().expect("a pipe");
        let output = process.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address = lines.find(|line| line.starts_with(&host));
        let url = format!("http://{}", address.expect("moto serves"));
        let bucket = Self {
            client: Client::new(&url, ""),
            process,
            _lifeline: lifeline,
        };
        bucket.ask(Method::PUT, &format!("/{NAME}")).await;
        bucket
    }

    /// What leads the services here.
    pub fn environment(&self) -> Vec<(&str, &str)> {
        vec![
            ("SWITCHBOARD_BLOBS_URL", "s3://pictures/installation"),
            ("AWS_ENDPOINT_URL_S3", &self.client.url),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "of-no-use-elsewhere"),
        ]
    }

    /// How much is in it.
    pub async fn objects(&self) -> usize {
        let list = format!("/{NAME}?list-type=2&prefix=installation/");
        self.ask(Method::GET, &list).await.matches("<Key>").count()
    }

    async fn ask(&self, method: Method, path: &str) -> String {
        let answer = end_to_end::send(self.client.anonymous(method, path)).await;
        String::from_utf8(answer.expect(200).body).expect("XML")
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
