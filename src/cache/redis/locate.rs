//! Which server to connect to now: as it is written, as sentinels say, or the node that owns the slot of our keys.
//!
//! Asked anew for every connection. All who know are asked at once and the first answer counts: the one who hangs must
//! not use up the time of the others.

use futures_util::future::select_ok;
use redis::{
    Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisResult, Value,
};

use super::address::{Address, with_tcp};
use super::link::connect;

/// The server to connect to for `key`.
pub(super) async fn locate(address: &Address, key: &str) -> RedisResult<ConnectionInfo> {
    match address {
        Address::Server(info) => Ok(info.clone()),
        Address::Sentinels { sentinels, name, login } => {
            first(sentinels.iter().map(|it| by_sentinel(it.clone(), name.clone(), login.clone()))).await
        }
        Address::Cluster(nodes) => first(nodes.iter().map(|it| by_node(it.clone(), key.to_owned()))).await,
    }
}

async fn first<F>(answers: impl Iterator<Item = F>) -> RedisResult<ConnectionInfo>
where
    F: Future<Output = RedisResult<ConnectionInfo>>,
{
    let answers: Vec<_> = answers.map(Box::pin).collect();
    let (found, _others) = select_ok(answers).await?;
    Ok(found)
}

async fn by_sentinel(
    sentinel: ConnectionInfo,
    name: String,
    login: RedisConnectionInfo,
) -> RedisResult<ConnectionInfo> {
    let (host, port) = ask_sentinel(&sentinel, &name, &login).await?;
    Ok(place(host, port)?.set_redis_settings(login))
}

async fn by_node(node: ConnectionInfo, key: String) -> RedisResult<ConnectionInfo> {
    let (host, port) = ask_node(&node, &key).await?;
    Ok(place(host, port)?.set_redis_settings(node.redis_settings().clone()))
}

fn place(host: String, port: u16) -> RedisResult<ConnectionInfo> {
    Ok(with_tcp((host, port).into_connection_info()?))
}

async fn ask<T: FromRedisValue>(info: &ConnectionInfo, question: &Cmd) -> RedisResult<T> {
    let mut connection = connect(info).await?;
    question.query_async(&mut connection).await
}

/// Where the primary is, by a sentinel. Sentinels often want no password although the primary does, and fail on one.
async fn ask_sentinel(
    sentinel: &ConnectionInfo,
    name: &str,
    login: &RedisConnectionInfo,
) -> RedisResult<(String, u16)> {
    let mut question = redis::cmd("SENTINEL");
    question.arg("GET-MASTER-ADDR-BY-NAME").arg(name);
    let answer: RedisResult<Option<(String, u16)>> = ask(sentinel, &question).await;
    let answer = match answer {
        Err(error) if error.code() == Some("NOAUTH") => {
            let login = login.clone().set_db(0);
            ask(&sentinel.clone().set_redis_settings(login), &question).await
        }
        answer => answer,
    };
    answer?
        .ok_or_else(|| (ErrorKind::MasterNameNotFoundBySentinel, "a sentinel knows no such primary").into())
}

/// Where the primary of the key's slot is, by a node of the cluster.
async fn ask_node(node: &ConnectionInfo, key: &str) -> RedisResult<(String, u16)> {
    let mut connection = connect(node).await?;
    let mut questions = redis::pipe();
    questions.cmd("CLUSTER").arg("KEYSLOT").arg(key).cmd("CLUSTER").arg("SLOTS");
    let (slot, ranges): (u64, Vec<Vec<Value>>) = questions.query_async(&mut connection).await?;
    let owner = ranges.into_iter().find_map(|range| owner(&range, slot));
    let (host, port) =
        owner.ok_or((ErrorKind::ClusterConnectionNotFound, "no node of the cluster owns our keys"))?;
    match node.addr() {
        // A node that has not learnt its own address yet leaves it out: it is where we asked.
        redis::ConnectionAddr::Tcp(asked, _) if host.is_empty() || host == "?" => Ok((asked.clone(), port)),
        _ => Ok((host, port)),
    }
}

/// The primary of a line of `CLUSTER SLOTS` (first slot, last slot, primary, replicas…) if the slot is in it.
fn owner(range: &[Value], slot: u64) -> Option<(String, u16)> {
    let [first, last, Value::Array(primary), ..] = range else { return None };
    let number = |value: &Value| redis::from_redis_value_ref::<u64>(value).ok();
    if !(number(first)?..=number(last)?).contains(&slot) {
        return None;
    }
    let [host, port, ..] = primary.as_slice() else { return None };
    let host = redis::from_redis_value_ref::<Option<String>>(host).ok()?.unwrap_or_default();
    Some((host, redis::from_redis_value_ref(port).ok()?))
}
