//! A function's process: built once, started with the environment that the template and Lambda give it, and nothing else.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::Value;
use tieout_local::function::FunctionError;
use tieout_local::runtime_api::RuntimeApi;
use tieout_platform::runtime::variables::Function;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Enough for a debug binary on a busy machine to start or to exit.
const START_MAX: Duration = Duration::from_secs(60);

pub struct Process {
    function: Function,
    child: Child,
    api: RuntimeApi,
    lines: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    /// Starts `function` and waits until it asks for its first event.
    pub async fn started(function: Function, variables: &BTreeMap<&'static str, String>) -> Self {
        let mut process = Self::spawn(function, variables).await;
        let first_poll = process.api.first_poll();
        let settled = timeout(START_MAX, async {
            tokio::select! {
                () = first_poll => None,
                status = process.child.wait() => Some(status.unwrap()),
            }
        });
        match settled.await.unwrap_or_else(|_| panic!("{} does not start", function.name())) {
            None => process,
            Some(status) => panic!("{} ended with {status}:\n{}", function.name(), process.rest().await.join("\n")),
        }
    }

    /// Starts `function`, which must exit before it asks for an event; gives its status and its log.
    pub async fn refused(function: Function, variables: &BTreeMap<&'static str, String>) -> (ExitStatus, Vec<String>) {
        let mut process = Self::spawn(function, variables).await;
        let first_poll = process.api.first_poll();
        let settled = timeout(START_MAX, async {
            tokio::select! {
                biased;
                () = first_poll => panic!("{} starts", function.name()),
                status = process.child.wait() => status.unwrap(),
            }
        });
        let status = settled
            .await
            .unwrap_or_else(|_| panic!("{} neither starts nor exits", function.name()));
        (status, process.rest().await)
    }

    pub async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        self.api.invoke(event).await
    }

    /// Sends an event that has to be answered.
    pub async fn answer(&self, event: Value) -> Value {
        let answer = self.invoke(event).await;
        answer.unwrap_or_else(|error| panic!("{}: {error}\n{}", self.function.name(), self.log().join("\n")))
    }

    /// What it wrote so far to both streams.
    pub fn log(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// Kills it and gives all that it wrote.
    pub async fn ended(mut self) -> Vec<String> {
        self.child.kill().await.unwrap();
        self.rest().await
    }

    async fn spawn(function: Function, variables: &BTreeMap<&'static str, String>) -> Self {
        let api = RuntimeApi::start().await.unwrap();
        let mut command = Command::new(folder().join(function.name()));
        command.env_clear().envs(api.environment(function.name())).envs(variables);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            read(child.stdout.take().unwrap(), lines.clone()),
            read(child.stderr.take().unwrap(), lines.clone()),
        ];
        Self {
            function,
            child,
            api,
            lines,
            readers,
        }
    }

    async fn rest(mut self) -> Vec<String> {
        for reader in self.readers.drain(..) {
            reader.await.unwrap();
        }
        self.log()
    }
}

fn read(stream: impl AsyncRead + Unpin + Send + 'static, lines: Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut stream = BufReader::new(stream).lines();
        while let Ok(Some(line)) = stream.next_line().await {
            lines.lock().unwrap().push(line);
        }
    })
}

/// The folder of the binaries. The first caller builds them, in this test's profile and target folder.
fn folder() -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(build).clone()
}

fn build() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let folder = own.ancestors().nth(2).unwrap().to_owned();
    let profile = match folder.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        other => other,
    };
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--locked", "--offline", "--bins", "--profile", profile]);
    cargo.arg("--target-dir").arg(folder.parent().unwrap());
    for function in Function::ALL {
        cargo.args(["-p", function.name()]);
    }
    let built = cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder
}
