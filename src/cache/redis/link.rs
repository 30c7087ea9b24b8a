//! A connection that was just made, and the proof that it leads to a server that takes writes.
//!
//! Knows neither timeouts nor what follows from a failure: the caller holds the watch.

use std::sync::Arc;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, ConnectionInfo, ErrorKind, RedisResult, Value};

use super::address::Address;
use super::failure::CallError;
use super::locate::locate;

/// A connection to one server.
pub(in crate::cache) struct Link {
    /// How many connections there were, this one included.
    pub(in crate::cache) number: u64,
    /// What the server calls its own run, unless it is hidden: another run may have another past.
    pub(in crate::cache) run_id: Option<Arc<str>>,
    /// The connection.
    pub(in crate::cache) connection: MultiplexedConnection,
    /// Which server it is.
    pub(in crate::cache) info: ConnectionInfo,
}

/// A plain connection, without a limit on any wait.
pub(in crate::cache) async fn connect(info: &ConnectionInfo) -> RedisResult<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
    Client::open(info.clone())?.get_multiplexed_async_connection_with_config(&config).await
}

impl Link {
    /// Finds the server and makes sure that it is a primary which takes writes. `probe` is a key that never exists.
    pub(super) async fn open(address: &Address, probe: &str) -> RedisResult<Self> {
        let info = locate(address, probe).await?;
        let mut connection = connect(&info).await?;
        let mut questions = redis::pipe();
        questions.ignore_errors().cmd("INFO").arg("server").cmd("ROLE").cmd("DEL").arg(probe);
        let answers: Vec<RedisResult<Value>> = questions.query_async(&mut connection).await?;
        let [about, role, write]: [RedisResult<Value>; 3] = answers.try_into().map_err(|_other_number| {
            (ErrorKind::UnexpectedReturnType, "a pipeline was not answered in full")
        })?;
        // A server that writes nothing at the moment (full disk, no replica) is still the right one; one that is
        // loading, a replica, or not the owner of our keys is not.
        if let Err(error) = write
            && CallError::from(error.clone()).is_lost()
        {
            return Err(error);
        }
        // Where this question is not allowed, the write has told.
        if role.is_ok_and(|it| !is_primary(&it)) {
            return Err((ErrorKind::Client, "the server is a replica").into());
        }
        let run_id = about.ok().and_then(|it| redis::from_redis_value::<String>(it).ok());
        let run_id = run_id.as_deref().and_then(run_id_in).map(Arc::from);
        Ok(Self { number: 0, run_id, connection, info })
    }
}

/// Whether the answer to `ROLE` is a primary's.
fn is_primary(role: &Value) -> bool {
    let Value::Array(parts) = role else { return false };
    let name = parts.first().and_then(|it| redis::from_redis_value_ref::<String>(it).ok());
    name.as_deref() == Some("master")
}

/// The id in the answer to `INFO server`.
fn run_id_in(info: &str) -> Option<&str> {
    let id = info.lines().find_map(|line| line.trim().strip_prefix("run_id:"))?;
    // Hidden by some providers as a row of zeros.
    Some(id).filter(|it| it.chars().any(|digit| digit != '0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_run_id_is_found_unless_it_is_hidden() {
        assert_eq!(run_id_in("# Server\r\nrun_id:a0b1\r\ntcp_port:6379\r\n"), Some("a0b1"));
        assert_eq!(run_id_in("# Server\r\nrun_id:0000\r\n"), None);
        assert_eq!(run_id_in("# Server\r\n"), None);
    }
}
