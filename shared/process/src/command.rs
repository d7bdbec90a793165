use anyhow::{Context, bail};
use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Serve,
    Healthcheck,
    Config,
}

#[must_use]
pub fn parse(argument: Option<&str>) -> Option<Command> {
    match argument {
        None | Some("serve") => Some(Command::Serve),
        Some("healthcheck") => Some(Command::Healthcheck),
        Some("config") => Some(Command::Config),
        Some(_) => None,
    }
}

/// Asks this machine's process whether it is ready: for images without a shell.
pub fn healthcheck() -> anyhow::Result<()> {
    let listen = settings::load()?.admin.listen;
    let port = listen.rsplit_once(':').map_or("9000", |(_, port)| port);
    let address = format!("127.0.0.1:{port}");
    let mut stream =
        TcpStream::connect(&address).with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /readyz HTTP/1.0\r\nhost: localhost\r\n\r\n")?;
    let mut answer = String::new();
    stream
        .take(4096)
        .read_to_string(&mut answer)
        .context("reading the answer of /readyz")?;
    let status = answer.split_whitespace().nth(1).unwrap_or("nothing");
    if status != "200" {
        bail!("not ready: /readyz answered {status}");
    }
    Ok(())
}

/// Prints the settings in force as JSON, secrets masked.
pub fn show_config() -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(&settings::load()?)?;
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}
