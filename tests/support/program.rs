//! The real binary in a folder of its own: run to its end, or started, watched and signalled.
//!
//! Waits for what the program says or answers, within a bound; never for time to pass.

use std::cell::Cell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longer than anything takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that goes with the test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(1);
        let name = format!("inhouse_cli_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// Its entries.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Runs the program in it, to its end.
    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let output = self.command(arguments, variables).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a server in it, on a free port, without demo data, and waits until it serves.
    pub(crate) fn serve(&self, variables: &[(&str, &str)]) -> Server {
        let mut command = self.command(&["--listen", "127.0.0.1:0", "--no-demo"], variables);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let welcome = first_line(child.stdout.take().unwrap());
        let mut log = child.stderr.take().unwrap();
        let pid = child.id();
        let Ok(line) = welcome.recv_timeout(PATIENCE) else {
            child.kill().unwrap();
            let mut said = String::new();
            log.read_to_string(&mut said).unwrap();
            panic!("the server did not start: {said}");
        };
        let (_, after) = line.split_once("http://").unwrap();
        let (address, _) = after.split_once('/').unwrap();
        // A full pipe would stop the server.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { address: address.parse().unwrap(), pid, ended: code_of(child), has_ended: Cell::new(false) }
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_inhouse"));
        command.args(arguments).current_dir(&self.0).env_clear().envs(variables.iter().copied());
        command.stdin(Stdio::null());
        command
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// It failed with one line, and nothing else was said.
    pub(crate) fn complaint(&self) -> &str {
        assert_eq!((self.code, self.stdout.as_str()), (Some(1), ""), "{}", self.stderr);
        let line = self.stderr.strip_prefix("error: ").and_then(|it| it.strip_suffix('\n'));
        line.filter(|it| !it.contains('\n')).unwrap_or_else(|| panic!("more than a line: {}", self.stderr))
    }

    /// It succeeded; what it printed.
    pub(crate) fn printed(&self) -> &str {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        &self.stdout
    }
}

/// A server that runs; it does not outlive the test.
pub(crate) struct Server {
    address: SocketAddr,
    pid: u32,
    ended: Receiver<Option<i32>>,
    has_ended: Cell<bool>,
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.pid.to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Its exit code, once it has ended.
    pub(crate) fn code(&self) -> Option<i32> {
        let code = self.ended.recv_timeout(PATIENCE).expect("the server ends in time");
        self.has_ended.set(true);
        code
    }

    /// The answer to a GET request, head and body; `None` if nobody listens.
    pub(crate) fn get(&self, path: &str) -> Option<String> {
        let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
        let mut stream = self.connect()?;
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        // A connection that nobody accepted any more is reset.
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// The data of the answer to a query, and what the cache did for it.
    pub(crate) fn ask(&self, query: &str) -> (Value, Value) {
        let body = json!({ "query": query }).to_string();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\n\
             X-Cache-Report: 1\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = self.connect().unwrap();
        stream.write_all((head + &body).as_bytes()).unwrap();
        let answer = rest_of(&mut stream);
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut answer: Value = serde_json::from_str(body).unwrap();
        assert!(answer.get("errors").is_none(), "{answer:#}");
        (answer["data"].take(), answer["extensions"]["cache"].take())
    }

    /// Asks until the answer is as wanted.
    pub(crate) fn until_answers(&self, query: &str, is_wanted: impl Fn(&Value) -> bool) {
        let begin = Instant::now();
        while !is_wanted(&self.ask(query).0) {
            assert!(begin.elapsed() < PATIENCE, "the server's answer does not change");
            std::thread::yield_now();
        }
    }

    /// A connection, or `None` if nobody listens.
    pub(crate) fn connect(&self) -> Option<TcpStream> {
        let stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(stream)
    }

    /// Asks until the answer to `GET /readyz` is as wanted.
    pub(crate) fn until_ready(&self, is_wanted: impl Fn(Option<&str>) -> bool) {
        let begin = Instant::now();
        while !is_wanted(self.get("/readyz").as_deref()) {
            assert!(begin.elapsed() < PATIENCE, "the server's readiness does not change");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.has_ended.get() {
            self.signal("KILL");
        }
    }
}

/// Everything the other side still sends.
pub(crate) fn rest_of(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn first_line(stdout: std::process::ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        if let Some(Ok(line)) = BufReader::new(stdout).lines().next() {
            let _ = sender.send(line);
        }
    });
    receiver
}

fn code_of(mut child: Child) -> Receiver<Option<i32>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let _ = sender.send(child.wait().unwrap().code());
    });
    receiver
}
