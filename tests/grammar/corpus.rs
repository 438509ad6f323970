//! The statements of the repository's tests, and what errors make of them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use testbed::lexical::{
    mutate::{Kind, Mutator},
    split,
};

/// Every string in the sources of the crate and of its tests that begins as a statement does, in
/// order.
pub fn statements() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tenancy-seaorm");
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        sources(&root.join(folder), &mut files);
    }
    let mut found = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let tokens: TokenStream = text.parse().unwrap();
        strings(tokens, &mut found);
    }
    found.into_iter().collect()
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn strings(tokens: TokenStream, found: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => strings(group.stream(), found),
            TokenTree::Literal(literal) => {
                let text = syn::parse_str::<syn::LitStr>(&literal.to_string());
                found.extend(
                    text.map(|text| text.value())
                        .ok()
                        .filter(|text| begins(text)),
                );
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn begins(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    ["select", "insert", "update", "delete", "with", "values"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
        && text.split_whitespace().nth(1).is_some()
}

/// Statements with errors in them.
pub struct Mutated(Mutator, usize);

impl Mutated {
    pub fn new(seed: u64, statements: &[String]) -> Self {
        // Errors in what is refused anyway find little.
        let accepted: Vec<String> = statements
            .iter()
            .filter(|sql| crate::planned::plan(sql).is_some())
            .cloned()
            .collect();
        let words: BTreeSet<String> = statements
            .iter()
            .flat_map(|sql| split::split(sql))
            .filter(|piece| split::is_word(piece))
            .map(|word| word.to_ascii_uppercase())
            .collect();
        let words = words.into_iter().collect();
        Self(Mutator::new(seed, &accepted, words), 0)
    }

    pub fn text(&mut self) -> String {
        const KINDS: [Kind; 3] = [Kind::Names, Kind::Ends, Kind::Notation];
        self.1 += 1;
        self.0.text(KINDS[self.1 % KINDS.len()])
    }
}
