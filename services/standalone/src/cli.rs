//! What the command line understands.

mod resize;

use clap::{Args, Parser, Subcommand, ValueEnum};
pub use resize::Resize;
use std::path::PathBuf;

/// One shared phonebook, its photos and its notifications, for every app and every phone of an organisation.
#[derive(Parser)]
#[command(name = "switchboard", version, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Subcommand)]
pub enum Command {
    /// Run all four services in this process (the default)
    #[command(alias = "serve")]
    Up,
    /// Ask the process that runs here whether it is well; the answer is the exit code
    Healthcheck,
    /// Print the effective settings, secrets masked
    Config,
    /// Make pictures smaller, by the engine that photos go through; nothing of the originals but their pixels comes out
    Resize(Resize),
    #[command(flatten)]
    Remote(Remote),
}

/// Commands to a running gateway.
#[derive(Subcommand)]
pub enum Remote {
    /// API keys
    #[command(subcommand)]
    Keys(Keys),
    /// Import contacts from a file: .vcf, .csv or .json
    Import(Import),
    /// Export every contact
    Export(Export),
    /// Work that was given up
    #[command(subcommand)]
    DeadLetters(DeadLetters),
}

/// Which gateway, and as whom.
#[derive(Args)]
pub struct Gateway {
    /// Its address; without it what SWITCHBOARD_URL says
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// An API key; without it what SWITCHBOARD_KEY says, which other users of the machine cannot see
    #[arg(long)]
    pub key: Option<String>,
}

#[derive(Subcommand)]
pub enum Keys {
    /// Make a key and print its secret, which is shown this once
    Create {
        #[command(flatten)]
        gateway: Gateway,
        /// What it is for
        name: String,
        /// What it may do, for example contacts:read; repeat it for more
        #[arg(long = "scope", value_name = "SCOPE", required = true)]
        scopes: Vec<String>,
        /// Requests a second, on average
        #[arg(long, requires = "burst")]
        per_second: Option<f64>,
        /// Requests at once
        #[arg(long, requires = "per_second")]
        burst: Option<u32>,
        /// Requests a day
        #[arg(long)]
        per_day: Option<u64>,
        /// When it ends, RFC 3339
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
}

#[derive(Args)]
pub struct Import {
    #[command(flatten)]
    pub gateway: Gateway,
    pub file: PathBuf,
    /// Country of numbers without +, for example DE
    #[arg(long)]
    pub region: Option<String>,
    /// Id of the book that new contacts go to
    #[arg(long)]
    pub book: Option<String>,
}

#[derive(Args)]
pub struct Export {
    #[command(flatten)]
    pub gateway: Gateway,
    #[arg(long, value_enum, default_value_t = Format::Vcard)]
    pub format: Format,
    /// Where to; standard output without it
    #[arg(long, short)]
    pub output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Vcard,
    Csv,
    Json,
}

impl Format {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vcard => "vcard",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

#[derive(Subcommand)]
pub enum DeadLetters {
    /// One line each: id, time, kind and reason
    List {
        #[command(flatten)]
        gateway: Gateway,
    },
    /// Give the work another chance
    Redrive {
        #[command(flatten)]
        gateway: Gateway,
        /// Ids as `list` shows them
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// Every one that there is now
        #[arg(long)]
        all: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        assert!(matches!(
            Cli::try_parse_from(["switchboard"]).map(|cli| cli.command),
            Ok(None)
        ));
        assert!(Cli::try_parse_from(["switchboard", "dead-letters", "redrive"]).is_err());
        assert!(Cli::try_parse_from(["switchboard", "frobnicate"]).is_err());
    }
}
