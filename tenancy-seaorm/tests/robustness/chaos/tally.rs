//! What happened, by kind.

use std::{collections::BTreeMap, fmt, sync::Mutex};

use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, sqlx};
use tenancy_seaorm::{Error, ErrorKind};

/// Why an operation failed, as its caller can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Failure {
    /// No connection was to be had in time.
    Exhausted,
    /// A new connection could not be made.
    NotConnected,
    StatementTimeout,
    LockTimeout,
    Deadlock,
    /// The server said that it terminates the connection.
    Killed,
    /// The connection was found broken.
    Broken,
    /// The transaction had been aborted.
    Aborted,
    /// A policy forbids it.
    Refused,
    Unexpected,
}

impl Failure {
    pub fn of(error: &DbErr) -> Self {
        let sqlx = match error {
            DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => return Self::Exhausted,
            DbErr::RecordNotInserted => return Self::Refused,
            DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => error,
            DbErr::Conn(RuntimeErr::SqlxError(error)) => {
                return match &**error {
                    sqlx::Error::PoolTimedOut => Self::Exhausted,
                    _ => Self::NotConnected,
                };
            }
            other => {
                return match Error::of(other).map(Error::kind) {
                    Some(ErrorKind::Transaction) => Self::Aborted,
                    _ => Self::Unexpected,
                };
            }
        };
        let code = match &**sqlx {
            sqlx::Error::Database(error) => error.code().unwrap_or_default(),
            sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
                return Self::Broken;
            }
            _ => return Self::Unexpected,
        };
        match &*code {
            "57014" => Self::StatementTimeout,
            "55P03" => Self::LockTimeout,
            "40P01" => Self::Deadlock,
            "57P01" => Self::Killed,
            "25P02" => Self::Aborted,
            "42501" => Self::Refused,
            _ => Self::Unexpected,
        }
    }

    /// Whether what was sent last may have taken effect all the same.
    pub fn is_unknown(self) -> bool {
        matches!(self, Self::Killed | Self::Broken | Self::Unexpected)
    }
}

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Violation {
    /// A row of one tenant within another's reach.
    Crossed,
    /// What was acknowledged is not there.
    Lost,
    /// What failed for certain is there.
    Risen,
    /// A connection was lent with a transaction open or a tenant set.
    Dirty,
    /// Something that none of the faults explains.
    Unexplained,
}

#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<&'static str, u64>>,
    failures: Mutex<BTreeMap<Failure, u64>>,
    violations: Mutex<Vec<(Violation, String)>>,
}

impl Tally {
    pub fn add(&self, what: &'static str, number: u64) {
        *self.counts.lock().unwrap().entry(what).or_default() += number;
    }

    pub fn count(&self, what: &str) -> u64 {
        let counts = self.counts.lock().unwrap();
        counts.get(what).copied().unwrap_or_default()
    }

    /// Counts an operation by what came of it.
    pub fn came_of_it(&self, outcome: &Result<(), DbErr>) {
        let Err(error) = outcome else {
            return self.add("acknowledged", 1);
        };
        let failure = Failure::of(error);
        if failure == Failure::Unexpected {
            self.violation(Violation::Unexplained, error.to_string());
        }
        *self.failures.lock().unwrap().entry(failure).or_default() += 1;
    }

    pub fn failed(&self, failure: Failure) -> u64 {
        let failures = self.failures.lock().unwrap();
        failures.get(&failure).copied().unwrap_or_default()
    }

    pub fn violation(&self, kind: Violation, what: String) {
        self.violations.lock().unwrap().push((kind, what));
    }

    pub fn violated(&self, kind: Violation) -> usize {
        let violations = self.violations.lock().unwrap();
        violations
            .iter()
            .filter(|(other, _)| *other == kind)
            .count()
    }

    pub fn assert_no_violations(&self) {
        let violations = self.violations.lock().unwrap();
        let first: Vec<_> = violations.iter().take(10).collect();
        assert!(first.is_empty(), "{}: {first:#?}", violations.len());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in &*self.counts.lock().unwrap() {
            writeln!(f, "{number:>8} {what}")?;
        }
        for (failure, number) in &*self.failures.lock().unwrap() {
            writeln!(f, "{number:>8} failed: {failure:?}")?;
        }
        let mut violations = BTreeMap::<_, u64>::new();
        for (kind, _) in &*self.violations.lock().unwrap() {
            *violations.entry(*kind).or_default() += 1;
        }
        write!(f, "violations: {violations:?}")
    }
}
