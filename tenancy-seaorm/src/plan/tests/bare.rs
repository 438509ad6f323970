//! Planned texts without the quotes of their names: most tests are about what stands where. Those
//! of `names` hold the quotes to the letter.

/// A text in which no name is quoted and none is qualified by PostgreSQL's own schema.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Bare(String);

impl Bare {
    pub(crate) fn of(sql: &str) -> Self {
        let mut bare = sql.replace(['"', '`'], "").replace("pg_catalog.", "");
        while let Some(start) = bare.find("OPERATOR(") {
            let length = bare[start..].find(')').unwrap();
            let operator = bare[start + "OPERATOR(".len()..start + length].to_owned();
            bare.replace_range(start..=start + length, &operator);
        }
        Self(bare)
    }

    pub(crate) fn contains(&self, part: &str) -> bool {
        self.0.contains(&Self::of(part).0)
    }

    pub(crate) fn starts_with(&self, part: &str) -> bool {
        self.0.starts_with(&Self::of(part).0)
    }

    pub(crate) fn matches(&self, part: &str) -> std::vec::IntoIter<String> {
        let found: Vec<_> = self.0.matches(part).map(str::to_owned).collect();
        found.into_iter()
    }
}

impl PartialEq<str> for Bare {
    fn eq(&self, other: &str) -> bool {
        self.0 == Self::of(other).0
    }
}

impl PartialEq<&str> for Bare {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl PartialEq<String> for Bare {
    fn eq(&self, other: &String) -> bool {
        self == other.as_str()
    }
}

impl std::fmt::Debug for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::fmt::Display for Bare {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
