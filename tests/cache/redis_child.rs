//! A Redis server of one test, which the test may stop, kill, restart or fill up.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use inhouse::cache::{RedisLog, RedisServer};
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, RedisResult};

use crate::support::Folder;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server that does not outlive the test.
pub(crate) struct RedisChild {
    pub(crate) port: u16,
    folder: Folder,
    arguments: Vec<String>,
    child: Child,
}

impl RedisChild {
    /// Starts one with more settings, and waits until it answers.
    pub(crate) async fn start(settings: &[&str]) -> Self {
        // Saves when it is told to, and only then.
        Self::start_in(Folder::new(), &[settings, &["--save", ""]].concat()).await
    }

    /// Starts one in a folder that holds its configuration.
    pub(crate) async fn start_in(mut folder: Folder, settings: &[&str]) -> Self {
        // The port may be taken before the server takes it: then another is tried.
        for _ in 0..10 {
            let port = free_port();
            let mut arguments: Vec<String> = settings.iter().map(|it| (*it).to_owned()).collect();
            let fixed = ["--bind", "127.0.0.1", "--port"];
            arguments.extend(fixed.map(str::to_owned));
            arguments.push(port.to_string());
            let child = spawn(&folder, &arguments);
            let mut server = Self { port, folder, arguments, child };
            if server.is_ready().await {
                return server;
            }
            folder = std::mem::replace(&mut server.folder, Folder::new());
        }
        panic!("redis-server does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// The log in it, as another process would have it each time.
    pub(crate) fn log(&self) -> RedisLog {
        RedisLog::new(RedisServer::open(&self.url(), "test").unwrap(), 2000)
    }

    /// Runs a command on it.
    pub(crate) async fn run<T: FromRedisValue>(&self, command: &str) -> T {
        self.try_run(command).await.unwrap()
    }

    /// Runs a command that may fail.
    pub(crate) async fn try_run<T: FromRedisValue>(&self, command: &str) -> RedisResult<T> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let mut connection = self.connect().await?;
        redis::cmd(words[0]).arg(&words[1..]).query_async(&mut connection).await
    }

    /// Runs a command until it answers as wanted.
    pub(crate) async fn until<T: FromRedisValue>(&self, command: &str, is_wanted: impl Fn(&T) -> bool) -> T {
        let begin = Instant::now();
        loop {
            if let Ok(answer) = self.try_run(command).await
                && is_wanted(&answer)
            {
                return answer;
            }
            assert!(begin.elapsed() < PATIENCE, "`{command}` never answers as wanted");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn connect(&self) -> RedisResult<MultiplexedConnection> {
        redis::Client::open(self.url())?.get_multiplexed_async_connection().await
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again, on the same port and with what it had saved.
    pub(crate) async fn restart(&mut self) {
        self.kill();
        self.child = spawn(&self.folder, &self.arguments);
        assert!(self.is_ready().await, "redis-server does not start again");
    }

    /// Whether it answers, in the end; not if it has ended.
    async fn is_ready(&mut self) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            match self.try_run::<String>("PING").await {
                Ok(_pong) => return true,
                // It wants a password that only the test knows.
                Err(error) if error.code() == Some("NOAUTH") => return true,
                Err(_not_yet) => {}
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }
}

impl Drop for RedisChild {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port nobody listens on at the moment.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn spawn(folder: &Folder, arguments: &[String]) -> Child {
    let mut command = Command::new("redis-server");
    command.args(arguments).current_dir(folder.path()).stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
