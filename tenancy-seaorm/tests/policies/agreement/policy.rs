//! Random policies.

use sea_orm::DbBackend;
use tenancy_seaorm::{
    Assignments, Catalog, Condition, Grants, Policy, SoftDelete, TenantColumnType,
};

use super::model::Row;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    NoGrants,
    Table,
    Json,
    Array,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    Timestamp,
    Deleted,
    Active,
}

/// A condition, and what it says of a row by the rules of SQL.
#[derive(Clone, Copy)]
pub struct Rule {
    pub name: &'static str,
    pub condition: fn() -> Condition,
    pub holds: fn(&Row) -> Option<bool>,
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const RULES: [Rule; 6] = [
    Rule {
        name: "status is draft",
        condition: || Condition::column("status").eq("draft"),
        holds: |row| row.status.map(|status| status == "draft"),
    },
    Rule {
        name: "status is not draft",
        condition: || Condition::column("status").ne("draft"),
        holds: |row| row.status.map(|status| status != "draft"),
    },
    Rule {
        name: "status is draft or open, and level below 3",
        condition: || {
            Condition::column("status")
                .is_in(["draft", "it's"])
                .and(Condition::column("level").lt(3))
        },
        holds: |row| {
            let is_in = row
                .status
                .map(|status| status == "draft" || status == "it's");
            let is_low = row.level.map(|level| level < 3);
            match (is_in, is_low) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }
        },
    },
    Rule {
        name: "not (status is draft or level at least 3)",
        condition: || {
            Condition::column("status")
                .eq("draft")
                .or(Condition::column("level").ge(3))
                .negated()
        },
        holds: |row| {
            let is_draft = row.status.map(|status| status == "draft");
            let is_high = row.level.map(|level| level >= 3);
            match (is_draft, is_high) {
                (Some(true), _) | (_, Some(true)) => Some(false),
                (Some(false), Some(false)) => Some(true),
                _ => None,
            }
        },
    },
    Rule {
        name: "level is null, or the row is public",
        condition: || {
            Condition::column("level")
                .is_null()
                .or(Condition::column("is_public").is_true())
        },
        holds: |row| Some(row.level.is_none() || row.is_public == Some(true)),
    },
    Rule {
        name: "nothing",
        condition: || Condition::column("level").is_in([0_i64; 0]),
        holds: |_| Some(false),
    },
];

#[derive(Clone, Debug)]
pub struct Rules {
    pub has_owner: bool,
    pub is_public: bool,
    pub sharing: Option<Sharing>,
    pub is_provided: bool,
    pub deletion: Option<Deletion>,
    pub visible: Option<Rule>,
    pub editable: Option<Rule>,
    pub is_read_only: bool,
}

impl Rules {
    pub fn random(random: &mut fastrand::Rng, backend: DbBackend) -> Self {
        let has_owner = random.bool();
        let sharing = match random.u8(..6) {
            0 => None,
            1 => Some(Sharing::NoGrants),
            2 => Some(Sharing::Json),
            3 if backend == DbBackend::Postgres => Some(Sharing::Array),
            _ => Some(Sharing::Table),
        };
        let rule = |random: &mut fastrand::Rng| {
            (random.u8(..3) == 0).then(|| RULES[random.usize(..RULES.len())])
        };
        Self {
            has_owner,
            is_public: has_owner && random.bool(),
            sharing,
            is_provided: random.u8(..3) == 0,
            deletion: match random.u8(..5) {
                0 => Some(Deletion::Timestamp),
                1 => Some(Deletion::Deleted),
                2 => Some(Deletion::Active),
                _ => None,
            },
            visible: rule(random),
            editable: rule(random),
            is_read_only: random.u8(..12) == 0,
        }
    }

    pub fn catalog(&self, ids: TenantColumnType) -> Catalog {
        let mut policy = Policy::column("tenant_id", ids);
        if self.has_owner {
            policy = policy.owner_column("owner", TenantColumnType::Text);
        }
        if self.is_public {
            policy = policy.public_when("is_public");
        }
        if let Some(sharing) = self.sharing {
            let grants = match sharing {
                Sharing::NoGrants => Grants::none(),
                Sharing::Table => Grants::table_named(
                    "item_share",
                    ("item_id", TenantColumnType::Int64),
                    ("grantee_id", ids),
                ),
                Sharing::Json => Grants::json("readers", ids),
                Sharing::Array => Grants::array_column("reader_ids", ids),
            };
            policy = policy.shared_by_column("mode", grants);
        }
        if self.is_provided {
            let assignments = Assignments::table_named("assignment", "provider_id", "user_id", ids);
            policy = policy.provided_when("kind", assignments);
        }
        if let Some(deletion) = self.deletion {
            policy = policy.soft_delete(match deletion {
                Deletion::Timestamp => SoftDelete::timestamp("deleted_at"),
                Deletion::Deleted => SoftDelete::deleted_flag("is_deleted"),
                Deletion::Active => SoftDelete::active_flag("is_active"),
            });
        }
        if let Some(rule) = self.visible {
            policy = policy.visible_when((rule.condition)());
        }
        if let Some(rule) = self.editable {
            policy = policy.editable_when((rule.condition)());
        }
        if self.is_read_only {
            policy = policy.read_only();
        }
        Catalog::builder()
            .table("item", policy)
            .table("item_share", Policy::column("tenant_id", ids))
            .reference_table("assignment")
            .build()
            .unwrap()
    }
}
