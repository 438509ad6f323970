//! A pgbouncer of a test's own, in transaction mode.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use sea_orm::sqlx::postgres::PgConnectOptions;
use testbed::Testbed;
use uuid::Uuid;

/// Stopped when it is dropped, also by a panic.
pub struct PgBouncer {
    process: Child,
    folder: PathBuf,
    /// The URL of the application's role, without a query.
    url: String,
    keeps_statements: bool,
}

impl PgBouncer {
    /// Stands before the bed's server, as its application's role, with that many connections to it.
    pub fn start(bed: &Testbed, connections: u32) -> Self {
        let program = program();
        let keeps_statements = version(&program) >= (1, 21);
        let folder = env::temp_dir().join(format!("tenancy-pgbouncer-{}", Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        // It refuses to run as root.
        let is_root = fs::metadata(&folder).unwrap().uid() == 0;
        let settings = folder.join("pgbouncer.ini");
        for _ in 0..5 {
            // Free a moment ago; another one is tried when somebody was quicker.
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let port = listener.local_addr().unwrap().port();
            drop(listener);
            fs::write(&settings, text(bed, port, connections, keeps_statements)).unwrap();
            let mut command = Command::new(&program);
            if is_root {
                command.args(["-u", "nobody"]);
            }
            let process = command
                .arg(&settings)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn();
            let process = process.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
            let mut started = Self {
                process,
                folder: folder.clone(),
                url: format!(
                    "postgres://{role}:{role}@127.0.0.1:{port}/{role}",
                    role = bed.role
                ),
                keeps_statements,
            };
            match started.wait() {
                Ok(()) => return started,
                Err(said) if said.contains("Address already in use") => {
                    fs::create_dir_all(&folder).unwrap();
                }
                Err(said) => panic!("{} does not start: {said}", program.display()),
            }
        }
        panic!("no free port was found for pgbouncer");
    }

    /// Waits until it listens; otherwise, what it said.
    fn wait(&mut self) -> Result<(), String> {
        let mut said = String::new();
        let mut lines = BufReader::new(self.process.stderr.take().unwrap()).lines();
        for line in lines.by_ref() {
            let line = line.unwrap();
            if line.contains("process up") {
                // It would stop at a pipe that nobody reads.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(());
            }
            said.push_str(&line);
            said.push('\n');
        }
        Err(said)
    }

    /// The URLs with which sqlx's prepared statements work: without any, and the default if this
    /// version keeps them.
    pub fn urls(&self) -> Vec<String> {
        let without = format!("{}?statement-cache-capacity=0", self.url);
        match self.keeps_statements {
            true => vec![without, self.url.clone()],
            false => vec![without],
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The program, from where `scripts/test.sh` takes it.
fn program() -> PathBuf {
    if let Some(named) = env::var_os("TENANCY_TEST_PGBOUNCER") {
        return named.into();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin".into(), "/usr/local/sbin".into()])
        .map(|folder| folder.join("pgbouncer"))
        .find(|program| program.is_file())
        .expect("no pgbouncer at TENANCY_TEST_PGBOUNCER, in PATH or in /usr/sbin: run the tests with `scripts/test.sh`, which installs it or says how")
}

fn version(program: &Path) -> (u32, u32) {
    let output = Command::new(program).arg("--version").output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let output = String::from_utf8(output.stdout).unwrap();
    let version = output.split_whitespace().nth(1).unwrap_or_default();
    let mut numbers = version.split('.').map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor),
        _ => panic!("{} is not a pgbouncer: {output}", program.display()),
    }
}

fn text(bed: &Testbed, port: u16, connections: u32, keeps_statements: bool) -> String {
    let server: PgConnectOptions = bed.application_url().parse().unwrap();
    let host = match server.get_socket() {
        Some(folder) => folder.to_str().unwrap(),
        None => server.get_host().trim_matches(['[', ']']),
    };
    let role = &bed.role;
    let mut text = format!(
        "[databases]
{role} = host={host} port={server_port} dbname={role} user={role} password={role}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 100
server_tls_sslmode = prefer
ignore_startup_parameters = extra_float_digits
",
        server_port = server.get_port(),
    );
    if keeps_statements {
        text.push_str("max_prepared_statements = 200\n");
    }
    text
}
