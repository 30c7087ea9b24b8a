//! A Postgres server of one test, which the test may restart.
//!
//! Found where the system keeps it; its data goes with the test.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection as _, AsyncPgConnection};

use crate::support::Folder;

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that does not outlive the test.
pub(super) struct PostgresChild {
    bin: PathBuf,
    folder: Folder,
    port: u16,
    child: Child,
}

impl PostgresChild {
    /// Makes a cluster, starts its server and waits until it answers.
    pub(super) async fn start() -> Self {
        let (bin, folder) = (bin(), Folder::new());
        let data = folder.path().join("data");
        if let Some(user) = user() {
            std::fs::create_dir(&data).unwrap();
            let status = Command::new("chown").arg(format!("{user}:")).arg(&data).status().unwrap();
            assert!(status.success(), "the data cannot be given to {user}");
        }
        let mut initdb = command(&bin.join("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "--auth=trust", "--encoding=UTF8"]);
        let made = initdb.args(["--locale=C.UTF-8", "--no-sync"]).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        // The port may be taken before the server takes it: then another is tried.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut child = spawn(&bin, &data, port);
            if is_ready(&mut child, port).await {
                return Self { bin, folder, port, child };
            }
        }
        panic!("postgres does not start");
    }

    pub(super) fn url(&self) -> String {
        url(self.port)
    }

    /// Ends it by a signal, INT as `pg_ctl -m fast` does or QUIT as `-m immediate`, which is a crash, and starts it
    /// again on the same port.
    pub(super) async fn restart(&mut self, signal: &str) {
        self.end(signal);
        self.child = spawn(&self.bin, &self.folder.path().join("data"), self.port);
        assert!(is_ready(&mut self.child, self.port).await, "postgres does not start again");
    }

    fn end(&mut self, signal: &str) {
        let _ = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        self.child.wait().unwrap();
    }
}

impl Drop for PostgresChild {
    fn drop(&mut self) {
        // Its own processes go with it, as they would not if it was killed.
        self.end("QUIT");
    }
}

fn url(port: u16) -> String {
    format!("postgres://postgres@127.0.0.1:{port}/postgres")
}

/// Where the server's programs are: as the system says, else the newest.
fn bin() -> PathBuf {
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|it| PathBuf::from(String::from_utf8_lossy(&it.stdout).trim()));
    if let Some(bin) = told.filter(|it| it.join("postgres").exists()) {
        return bin;
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("Postgres is installed");
    let versions = versions.map(|it| it.unwrap().path());
    let number = |it: &PathBuf| it.file_name().and_then(|it| it.to_str()?.parse::<u32>().ok());
    versions.filter(|it| number(it).is_some()).max_by_key(number).expect("a version").join("bin")
}

/// Whom the server has to run as: it refuses to be root.
fn user() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return None;
    }
    let is_known = Command::new("id").arg("postgres").stdout(Stdio::null()).stderr(Stdio::null()).status();
    Some(if is_known.unwrap().success() { "postgres" } else { "nobody" })
}

fn command(program: &Path) -> Command {
    let Some(user) = user() else { return Command::new(program) };
    let group = Command::new("id").args(["-g", user]).output().unwrap();
    let mut command = Command::new("setpriv");
    command.arg(format!("--reuid={user}"));
    command.arg(format!("--regid={}", String::from_utf8_lossy(&group.stdout).trim()));
    command.arg("--clear-groups").arg(program);
    command
}

/// Durability is switched off: the cluster outlives its server, not the machine. No unix socket: tests connect by TCP.
fn spawn(bin: &Path, data: &Path, port: u16) -> Child {
    let mut server = command(&bin.join("postgres"));
    server.arg("-D").arg(data).args(["-c", "listen_addresses=127.0.0.1", "-c", &format!("port={port}")]);
    server.args(["-c", "unix_socket_directories=", "-c", "max_connections=100"]);
    server.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Whether it answers, in the end; not if it has ended.
async fn is_ready(child: &mut Child, port: u16) -> bool {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if AsyncPgConnection::establish(&url(port)).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}
