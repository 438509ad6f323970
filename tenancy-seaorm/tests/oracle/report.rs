//! What was accepted, and how much of it was different.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::DbBackend;

use super::{
    compare::{Case, Verdict},
    locks::{Difference, Locks},
};

/// So many statements are of every kind.
const ENOUGH: u64 = 5_000;

/// Who wrote a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// SeaORM's entities and builders.
    Orm,
    /// Text, of ordinary constructs.
    Raw,
    /// What the planner must refuse.
    Forbidden,
    /// What meets another tenant's row by its key.
    Colliding,
}

#[derive(Default)]
struct Count {
    all: u64,
    accepted: u64,
    failed: u64,
    templates: HashSet<String>,
}

pub struct Report {
    backend: DbBackend,
    locks: Locks,
    differences: BTreeMap<Difference, u64>,
    /// Statements that may fail on the rows of others.
    failing: Count,
    counts: HashMap<Origin, Count>,
    refusals: HashMap<String, u64>,
    failures: HashMap<String, (u64, String)>,
}

impl Report {
    pub fn new(backend: DbBackend, locks: Locks) -> Self {
        Self {
            backend,
            locks,
            differences: BTreeMap::new(),
            failing: Count::default(),
            counts: HashMap::new(),
            refusals: HashMap::new(),
            failures: HashMap::new(),
        }
    }

    pub fn add(&mut self, case: &Case, verdict: &Verdict) {
        if let Some((tree, _)) = &case.tree
            && tree.may_fail()
        {
            self.failing.all += 1;
            let is_accepted = matches!(verdict, Verdict::Agrees | Verdict::FailsAlike(_));
            self.failing.accepted += u64::from(is_accepted);
            self.failing.failed += u64::from(matches!(verdict, Verdict::FailsAlike(_)));
        }
        let count = self.counts.entry(case.origin).or_default();
        count.all += 1;
        count.templates.insert(template(&case.scoped.sql));
        match verdict {
            Verdict::Agrees => count.accepted += 1,
            Verdict::FailsAlike(error) => {
                count.accepted += 1;
                count.failed += 1;
                let entry = self.failures.entry(template(error)).or_default();
                entry.0 += 1;
                entry.1 = case.shown();
            }
            Verdict::Refused(refusal) if case.origin != Origin::Forbidden => {
                *self.refusals.entry(refusal.clone()).or_default() += 1;
            }
            Verdict::Allowed(difference) => *self.differences.entry(*difference).or_default() += 1,
            Verdict::Refused(_) | Verdict::Differs(_) => {}
        }
    }

    /// Whether nothing ordinary was refused for this reason yet.
    pub fn is_new(&self, case: &Case, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::Refused(refusal) => {
                case.origin != Origin::Forbidden && !self.refusals.contains_key(refusal)
            }
            Verdict::Agrees
            | Verdict::FailsAlike(_)
            | Verdict::Allowed(_)
            | Verdict::Differs(_) => false,
        }
    }

    pub fn print(&self) {
        for (origin, count) in &self.counts {
            println!(
                "oracle on {:?} with {:?}, {origin:?}: {} statements, {} accepted, {} failed alike, {} templates",
                self.backend,
                self.locks,
                count.all,
                count.accepted,
                count.failed,
                count.templates.len()
            );
        }
        println!(
            "  with what fails on the rows of others: {} statements, {} accepted, {} failed alike",
            self.failing.all, self.failing.accepted, self.failing.failed
        );
        for (refusal, times) in &self.refusals {
            println!("  refused {times} times: {refusal}");
        }
        for (difference, times) in &self.differences {
            println!("  differed {times} times: {difference}");
        }
        if std::env::var("TENANCY_ORACLE_FAILURES").is_ok() {
            let mut failures: Vec<_> = self.failures.iter().collect();
            failures.sort_by_key(|(_, (times, _))| std::cmp::Reverse(*times));
            for (error, (times, example)) in failures.iter().take(12) {
                println!("  failed alike {times} times: {error}\n{example}");
            }
        }
    }

    /// Refusing or failing everything would agree as well.
    pub fn check(&self, statements: u64) {
        let least = match self.locks.has_planner() {
            true => [(Origin::Orm, 95), (Origin::Raw, 90)],
            false => [(Origin::Orm, 100), (Origin::Raw, 100)],
        };
        for (origin, least) in least {
            if let Some(count) = self.counts.get(&origin) {
                assert!(
                    count.accepted * 100 >= count.all * least,
                    "{origin:?}: {} of {} accepted",
                    count.accepted,
                    count.all
                );
                assert!(
                    count.failed * 20 <= count.all,
                    "{origin:?}: {} of {} failed on both sides",
                    count.failed,
                    count.all
                );
            }
        }
        let all: u64 = self.counts.values().map(|count| count.all).sum();
        assert_eq!(all, statements);
        if statements < ENOUGH {
            return;
        }
        let Count {
            accepted, failed, ..
        } = self.failing;
        assert!(
            accepted * 10 >= all && (accepted - failed) * 100 >= accepted * 90,
            "{accepted} of {all} accepted with what fails on others' rows, {failed} failed alike"
        );
        // Each kind of difference is met, and none takes the place of what should agree.
        let met: Vec<_> = self.differences.keys().copied().collect();
        assert_eq!(met, self.locks.differences());
        for (difference, times) in &self.differences {
            assert!(times * 20 <= all, "{times} of {all} differed: {difference}");
        }
    }
}

/// The text without its constants, and without the numbers of names.
pub fn template(sql: &str) -> String {
    let mut template = String::with_capacity(sql.len());
    let mut is_string = false;
    for char in sql.chars() {
        match char {
            '\'' => {
                is_string = !is_string;
                if is_string {
                    template.push('?');
                }
            }
            _ if is_string => {}
            '0'..='9' | '$' => {
                if !template.ends_with('?') {
                    template.push('?');
                }
            }
            '?' if template.ends_with('?') => {}
            char if char.is_whitespace() => {
                if !template.ends_with(' ') {
                    template.push(' ');
                }
            }
            char => template.push(char),
        }
    }
    template
}
