//! What must be there, what may be, and what may not.

use std::collections::{BTreeMap, BTreeSet};
use testbed::note;

use uuid::Uuid;

use super::statement::Write;

/// Ids say whose they are, too.
pub const SPAN: i64 = 1_000_000;

/// A tenant by its number.
pub fn tenant_id(index: usize) -> Uuid {
    // Neighbours in number are none in the index.
    let mixed = (index as u128 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    uuid::Builder::from_random_bytes(mixed.to_be_bytes()).into_uuid()
}

/// What each row of a tenant bears besides its owner's id.
pub fn marker(tenant: Uuid) -> String {
    format!("of {:016x}", tenant.as_u64_pair().0.rotate_left(17))
}

/// Whether a row says the same in each place where it names its owner.
pub fn is_of(row: &note::Model, index: usize) -> bool {
    let tenant = tenant_id(index);
    row.tenant_id == tenant && row.title == marker(tenant) && row.id / SPAN == index as i64
}

/// The states that each row of one tenant may be in: its score, or none while there is no such row.
///
/// There is more than one after a write whose outcome nobody knows. Such a write may take effect
/// later than it was given up, but before anything else can write the row: until then it holds the
/// row's lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows(BTreeMap<i64, BTreeSet<Option<i32>>>);

impl Rows {
    pub fn set(&mut self, id: i64, state: Option<i32>) {
        match state {
            Some(_) => drop(self.0.insert(id, [state].into())),
            None => drop(self.0.remove(&id)),
        }
    }

    fn admit(&mut self, id: i64, state: Option<i32>) {
        self.0.entry(id).or_insert([None].into()).insert(state);
    }

    /// Allows what `other` allows as well.
    pub fn admit_all(&mut self, other: &Self) {
        let ids: BTreeSet<i64> = self.0.keys().chain(other.0.keys()).copied().collect();
        for id in ids {
            for state in other.states(id) {
                self.admit(id, state);
            }
        }
    }

    fn states(&self, id: i64) -> BTreeSet<Option<i32>> {
        self.0.get(&id).cloned().unwrap_or([None].into())
    }

    pub fn allows(&self, id: i64, state: Option<i32>) -> bool {
        match self.0.get(&id) {
            Some(states) => states.contains(&state),
            None => state.is_none(),
        }
    }

    fn may_exist(&self, id: i64) -> bool {
        self.0.contains_key(&id)
    }

    /// Ids of rows that are there for certain.
    pub fn certain(&self) -> impl Iterator<Item = i64> {
        let certain = |(id, states): (&i64, &BTreeSet<_>)| (!states.contains(&None)).then_some(*id);
        self.0.iter().filter_map(certain)
    }

    /// Ids of rows that may be there.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = i64> {
        self.0.keys().copied()
    }

    /// How many rows there may be: at least and at most.
    pub fn bounds(&self) -> (u64, u64) {
        (self.certain().count() as u64, self.0.len() as u64)
    }

    /// How many rows are in a state that nobody knows.
    pub fn unknown(&self) -> usize {
        self.0.values().filter(|states| states.len() > 1).count()
    }

    /// Allows for a write that may take effect.
    pub fn admit_write(&mut self, write: &Write) {
        match *write {
            Write::Insert { id, score } | Write::Upsert { id, score } => {
                self.admit(id, Some(score))
            }
            Write::Update { id, score } if self.may_exist(id) => self.admit(id, Some(score)),
            Write::Update { .. } => {}
            Write::UpdateAll { score } => {
                for states in self.0.values_mut() {
                    states.insert(Some(score));
                }
            }
            Write::Delete { id } => self.admit(id, None),
        }
        self.prune();
    }

    /// Takes note of a write that has taken effect on that many rows, or says why it cannot have.
    pub fn settle(&mut self, write: &Write, affected: u64) -> Result<(), String> {
        let wrong = || Err(format!("{write:?} on {affected} rows, of {self:?}"));
        match *write {
            Write::Insert { id, score } | Write::Upsert { id, score } => {
                if affected != 1 {
                    return wrong();
                }
                self.set(id, Some(score));
            }
            Write::Update { id, .. } | Write::Delete { id } => match affected {
                0 if self.allows(id, None) => {}
                1 if self.may_exist(id) => match *write {
                    Write::Update { score, .. } => self.set(id, Some(score)),
                    _ => self.set(id, None),
                },
                _ => return wrong(),
            },
            Write::UpdateAll { score } => {
                let (least, most) = self.bounds();
                if affected < least || affected > most {
                    return wrong();
                }
                for states in self.0.values_mut() {
                    if states.contains(&None) {
                        // One that was not there yet, or not any more, may be.
                        states.insert(Some(score));
                    } else {
                        *states = [Some(score)].into();
                    }
                }
            }
        }
        Ok(())
    }

    fn prune(&mut self) {
        self.0
            .retain(|_, states| states.iter().any(Option::is_some));
    }
}
