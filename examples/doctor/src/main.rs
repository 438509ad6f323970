//! Fails a build when a PostgreSQL database does not keep its tenants apart.
//!
//! ```sh
//! cargo run -p doctor -- --tenant-owned note --tenant-owned billing.invoice --reference country --role app_user postgres://owner@127.0.0.1/app
//! ```
//!
//! It reads system catalogs and changes nothing, so it may log in as anybody. The URL may also
//! stand in `DATABASE_URL`, where other users of the machine do not see its password.
//!
//! | exit code | |
//! |---|---|
//! | 0 | nothing was found that `--deny` names: errors, or warnings as well |
//! | 1 | something was |
//! | 2 | the database could not be examined, or the arguments are wrong |
//!
//! # To a service of your own
//!
//! A service has its tables in a `Catalog` already: give that to `Doctor::of`, in a test or in a
//! program like this one, and none of them is named twice.

mod arguments;
mod examination;

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use arguments::{Arguments, Deny, Format};
use clap::Parser as _;
use examination::{Failure, examine};
use tenancy_seaorm::{Finding, Report, Severity};

const FOUND: u8 = 1;
const NOT_EXAMINED: u8 = 2;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let outcome = examine(&arguments).await;
    match outcome.and_then(|report| say(&report, &arguments)) {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "doctor: {failure}");
            ExitCode::from(NOT_EXAMINED)
        }
    }
}

/// Prints what was asked for, and tells whether something was found that is denied.
fn say(report: &Report, arguments: &Arguments) -> Result<ExitCode, Failure> {
    let is_denied = |finding: &&Finding| match arguments.deny {
        Deny::Errors => finding.severity() == Severity::Error,
        // The worst sorts first.
        Deny::Warnings => finding.severity() <= Severity::Warning,
    };
    let denied: Vec<_> = report.findings().iter().filter(is_denied).collect();
    let text = if arguments.fix {
        fixes(&denied)
    } else {
        match arguments.format {
            Format::Human => format!("{report}\n"),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(report)?),
        }
    };
    io::stdout().write_all(text.as_bytes())?;
    Ok(match denied.as_slice() {
        [] => ExitCode::SUCCESS,
        _ => ExitCode::from(FOUND),
    })
}

/// One fix a line, each once: two findings may have the same.
fn fixes(findings: &[&Finding]) -> String {
    let mut fixes = Vec::new();
    for fix in findings.iter().filter_map(|finding| finding.fix()) {
        if !fixes.contains(&fix) {
            fixes.push(fix);
        }
    }
    fixes.iter().map(|fix| format!("{fix};\n")).collect()
}
