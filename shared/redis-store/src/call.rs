//! A script's call, and who must have its writes before it is answered.

use crate::servers::Route;
use redis::{
    Cmd, ErrorKind, FromRedisValue, Pipeline, RedisError, RedisResult, ServerErrorKind,
    ToRedisArgs, Value, aio::ConnectionLike,
};
use std::io;

/// For replicas to confirm a commit.
const COPY_MILLIS: u32 = 1_000;

pub struct Script {
    text: &'static str,
    hash: String,
}

impl Script {
    pub fn new(text: &'static str) -> Self {
        let hash = redis::Script::new(text).get_hash().to_owned();
        Self { text, hash }
    }

    pub fn call(&self) -> Call<'_> {
        Call {
            script: self,
            keys: Vec::new(),
            args: Vec::new(),
        }
    }
}

pub struct Call<'s> {
    script: &'s Script,
    keys: Vec<Vec<u8>>,
    args: Vec<Vec<u8>>,
}

impl Call<'_> {
    pub fn key(&mut self, key: impl ToRedisArgs) -> &mut Self {
        key.write_redis_args(&mut self.keys);
        self
    }

    pub fn arg(&mut self, arg: impl ToRedisArgs) -> &mut Self {
        arg.write_redis_args(&mut self.args);
        self
    }

    /// A server that does not know the script has not run it, and is given the text. That goes the same way through a
    /// cluster, as a command that only loads the script, and names no key, would not.
    pub async fn run<T: FromRedisValue>(&self, route: &mut Route) -> RedisResult<T> {
        match self.by_hash().query_async(route).await {
            Err(error) if is_unknown(&error) => self.by_text().query_async(route).await,
            outcome => outcome,
        }
    }

    /// The same, answered when so many replicas have it as well.
    pub async fn run_copied<T: FromRedisValue>(
        &self,
        route: &mut Route,
        replicas: u8,
    ) -> RedisResult<T> {
        match copied(route, self.by_hash(), replicas).await {
            Err(error) if is_unknown(&error) => copied(route, self.by_text(), replicas).await,
            outcome => outcome,
        }
    }

    fn by_hash(&self) -> Cmd {
        self.command("EVALSHA", &self.script.hash)
    }

    fn by_text(&self) -> Cmd {
        self.command("EVAL", self.script.text)
    }

    fn command(&self, name: &str, script: &str) -> Cmd {
        let bytes = self
            .keys
            .iter()
            .chain(&self.args)
            .map(Vec::len)
            .sum::<usize>();
        let count = self.keys.len() + self.args.len() + 3;
        let mut command = Cmd::with_capacity(count, bytes + script.len() + 16);
        command
            .arg(name)
            .arg(script)
            .arg(self.keys.len())
            .arg(&self.keys)
            .arg(&self.args);
        command
    }
}

fn is_unknown(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::NoScript)
}

/// WAIT counts for the writes of its own connection, so it goes with them.
async fn copied<T: FromRedisValue>(
    route: &mut Route,
    command: Cmd,
    replicas: u8,
) -> RedisResult<T> {
    let mut pipeline = Pipeline::new();
    pipeline.add_command(command);
    pipeline.cmd("WAIT").arg(replicas).arg(COPY_MILLIS);
    let answers = route.req_packed_commands(&pipeline, 0, 2).await?;
    let mut answers = answers.into_iter();
    let answer = answers.next().unwrap_or(Value::Nil).extract_error()?;
    match answers.next() {
        Some(Value::Int(copies)) if copies >= i64::from(replicas) => {
            Ok(redis::from_redis_value(answer)?)
        }
        copies => Err(uncopied(copies.as_ref(), replicas)),
    }
}

/// The primary has it, but may yet lose it to a replica that has not.
fn uncopied(copies: Option<&Value>, replicas: u8) -> RedisError {
    let text = match copies {
        Some(Value::Int(copies)) => format!("{copies} of {replicas} replicas have it"),
        Some(Value::ServerError(error)) => format!("waiting for replicas: {error}"),
        _ => "no word of replicas".to_owned(),
    };
    io::Error::new(io::ErrorKind::TimedOut, text).into()
}
