//! What the application lets statements use beside what the engines have.

use std::collections::HashSet;

/// Functions, operators and types, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Allowed {
    pub(crate) functions: HashSet<Box<str>>,
    pub(crate) operators: HashSet<Box<str>>,
    pub(crate) types: HashSet<Box<str>>,
}

impl Allowed {
    pub(crate) fn allows_function(&self, name: &str) -> bool {
        self.functions.contains(name)
    }

    pub(crate) fn allows_operator(&self, name: &str) -> bool {
        self.operators.contains(name)
    }

    pub(crate) fn allows_type(&self, name: &str) -> bool {
        self.types.contains(name)
    }
}
