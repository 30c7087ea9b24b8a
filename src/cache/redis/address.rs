//! Where Redis is, read from a URL: one server, sentinels that know it, or nodes of a cluster.
//!
//! URLs hold passwords: no error and no `Debug` repeats one.

use std::fmt;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, ProtocolVersion, RedisConnectionInfo};

const SENTINEL: &str = "redis+sentinel://";
const SENTINEL_FORM: &str = "redis+sentinel://[user:password@]host:port[,host:port…]/primary-name[/database]";
const CLUSTER: &str = "redis+cluster://";
const CLUSTER_FORM: &str = "redis+cluster://[user:password@]host:port[,host:port…]";
const SERVER_FORM: &str = "redis://[user:password@]host[:port][/database]";

/// A URL that names no Redis this program can use. Does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// TLS is asked for.
    #[error(
        "this build speaks no TLS with Redis: use redis://, through a tunnel where the network is not trusted"
    )]
    Tls,
    /// Something in it is missing or misspelt.
    #[error("the Redis URL cannot be read; it looks like `{0}`")]
    Form(&'static str),
    /// Keys begin with the namespace, in braces.
    #[error("a Redis namespace is made of letters, digits, `-`, `_`, `.` and `:`")]
    Namespace,
}

/// Where Redis is.
#[derive(Clone)]
pub(super) enum Address {
    /// Here.
    Server(ConnectionInfo),
    /// These know.
    Sentinels {
        /// Whom to ask, without credentials.
        sentinels: Vec<ConnectionInfo>,
        /// Under which name they know it.
        name: String,
        /// How to log in there; and at a sentinel that wants it, too.
        login: RedisConnectionInfo,
    },
    /// The node that owns our keys; any node knows which.
    Cluster(Vec<ConnectionInfo>),
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, RedisUrlError> {
        if let Some(rest) = url.strip_prefix(SENTINEL) {
            return sentinels(rest).ok_or(RedisUrlError::Form(SENTINEL_FORM));
        }
        if let Some(rest) = url.strip_prefix(CLUSTER) {
            return cluster(rest).ok_or(RedisUrlError::Form(CLUSTER_FORM));
        }
        if (url.starts_with("rediss://") || url.starts_with("valkeys://")) && !speaks_tls() {
            return Err(RedisUrlError::Tls);
        }
        one(url).map(Self::Server).ok_or(RedisUrlError::Form(SERVER_FORM))
    }
}

fn speaks_tls() -> bool {
    let host = String::new();
    ConnectionAddr::TcpTls { host, port: 0, insecure: false, tls_params: None }.is_supported()
}

/// One server; the crate's own reading of its URL, but for what this program decides.
fn one(url: &str) -> Option<ConnectionInfo> {
    let info = url.into_connection_info().ok()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP2);
    Some(with_tcp(info.set_redis_settings(settings)))
}

/// Requests are small and somebody waits for each: none is held back to be sent with the next.
pub(super) fn with_tcp(info: ConnectionInfo) -> ConnectionInfo {
    info.set_tcp_settings(TcpSettings::default().set_nodelay(true))
}

fn sentinels(rest: &str) -> Option<Address> {
    let (authority, path) = rest.split_once('/')?;
    let (name, database) = path.split_once('/').unwrap_or((path, "0"));
    if !is_plain(name) {
        return None;
    }
    let database = database.parse().ok().filter(|it| *it >= 0)?;
    let nodes = nodes(authority, 26379)?;
    let login = nodes.first()?.redis_settings().clone().set_db(database);
    let anonymous = RedisConnectionInfo::default();
    let sentinels = nodes.into_iter().map(|it| it.set_redis_settings(anonymous.clone())).collect();
    Some(Address::Sentinels { sentinels, name: name.to_owned(), login })
}

fn cluster(rest: &str) -> Option<Address> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    // A cluster has one database.
    if !["", "0"].contains(&path) {
        return None;
    }
    nodes(authority, 6379).map(Address::Cluster)
}

/// Each node of `[user:password@]host[:port],…` as the URL of one server, so that the crate reads the odd cases.
fn nodes(authority: &str, default_port: u16) -> Option<Vec<ConnectionInfo>> {
    let (login, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
    let at = if login.is_empty() { "" } else { "@" };
    let node = |host: &str| {
        // The colons in the brackets of an IPv6 address are no port.
        let has_port = host.rsplit(']').next().is_some_and(|it| it.contains(':'));
        let port = if has_port { String::new() } else { format!(":{default_port}") };
        one(&format!("redis://{login}{at}{host}{port}"))
    };
    hosts.split(',').map(node).collect()
}

/// Whether it can stand in a key or a URL as it is.
pub(super) fn is_plain(name: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || "-_.:".contains(it);
    !name.is_empty() && name.chars().all(plain)
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places = |infos: &[ConnectionInfo]| {
            infos.iter().map(|it| it.addr().to_string()).collect::<Vec<_>>().join(",")
        };
        match self {
            Self::Server(info) => write!(f, "{}", info.addr()),
            Self::Sentinels { sentinels, name, .. } => write!(f, "{name} of sentinels {}", places(sentinels)),
            Self::Cluster(infos) => write!(f, "cluster {}", places(infos)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_url_is_read() {
        let cases = [
            ("redis://localhost", "localhost:6379"),
            ("redis://u:p@[::1]:7000/2", "::1:7000"),
            ("redis+unix:///run/redis.sock?db=1", "/run/redis.sock"),
            ("redis+sentinel://:p@a:1,b/main", "main of sentinels a:1,b:26379"),
            ("redis+sentinel://[::1]/main/3", "main of sentinels ::1:26379"),
            ("redis+cluster://u:p@a,b:7/", "cluster a:6379,b:7"),
        ];
        for (url, shown) in cases {
            assert_eq!(format!("{:?}", Address::parse(url).unwrap()), shown, "{url}");
        }
    }

    #[test]
    fn credentials_and_database_of_sentinels_are_those_of_the_primary() {
        let url = "redis+sentinel://ann:a%40b@one,two/main/3";
        let Address::Sentinels { sentinels, login, .. } = Address::parse(url).unwrap() else { panic!() };
        assert_eq!((login.username(), login.password(), login.db()), (Some("ann"), Some("a@b"), 3));
        assert!(sentinels.iter().all(|it| it.redis_settings().password().is_none()));
    }

    #[test]
    fn an_unusable_url_is_refused_without_being_repeated() {
        let cases = [
            ("rediss://:secret@host", RedisUrlError::Tls),
            ("http://:secret@host", RedisUrlError::Form(SERVER_FORM)),
            ("redis://:secret@host/x", RedisUrlError::Form(SERVER_FORM)),
            ("redis+sentinel://:secret@host", RedisUrlError::Form(SENTINEL_FORM)),
            ("redis+sentinel://:secret@host/", RedisUrlError::Form(SENTINEL_FORM)),
            ("redis+sentinel://:secret@host/main/-1", RedisUrlError::Form(SENTINEL_FORM)),
            ("redis+cluster://:secret@a,,b", RedisUrlError::Form(CLUSTER_FORM)),
            ("redis+cluster://:secret@a/1", RedisUrlError::Form(CLUSTER_FORM)),
        ];
        for (url, error) in cases {
            assert_eq!(Address::parse(url).unwrap_err(), error, "{url}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }
}
