//! A server that speaks S3: moto, from PyPI, in a virtual environment under `target/`.

mod credentials;
mod python;

pub use credentials::Credentials;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdin, Command, Stdio},
    sync::LazyLock,
};

/// Ends when its standard input does, that is with this process, however it ends.
///
/// moto closes an object that is replaced beneath those who are reading it, which S3 does not: here it is left to the
/// garbage collector.
const SERVE: &str = r#"
import logging, sys
from moto.s3.models import FakeKey
from moto.server import ThreadedMotoServer
FakeKey.dispose = lambda key, garbage=False: None
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
"#;

/// For all tests of this process: it takes seconds to start, and each test has a bucket of its own.
pub static OPEN: LazyLock<Server> = LazyLock::new(|| Server::start(&[]));

pub struct Server {
    address: String,
    process: Child,
    _lifeline: ChildStdin,
}

impl Server {
    /// A server that knows no credentials, and so takes none.
    pub fn locked() -> Self {
        Self::start(&[("INITIAL_NO_AUTH_ACTION_COUNT", "0")])
    }

    fn start(environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(python::with_moto());
        command
            .args(["-c", SERVE])
            .envs(environment.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("moto starts");
        let lifeline = process.stdin.take().expect("a pipe");
        let output = process.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let address = lines.find(|line| line.starts_with("127.0.0.1:"));
        Self {
            address: address.expect("moto ended before it served; see what it printed"),
            process,
            _lifeline: lifeline,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The variables that lead here.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.url().as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "hidden-secret"),
            ("AWS_SESSION_TOKEN", "hidden-token"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
