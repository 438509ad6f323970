//! Rows of other tenants that a scope reads: shared ones, provided ones, and the grants it was
//! given.

use sqlparser::ast::{Expr, Ident, Value};

use super::{ActorKind, Planner, list::List, text::expression};
use crate::{
    catalog::{Condition, GrantPlace, GrantTable, GrantsFor, IdKind, LIST, Owned, Provision},
    error::{Error, ErrorKind},
    sql::{dialect::Dialect, names::TableName},
};

impl Planner<'_> {
    /// What holds for the rows of other tenants that this scope reads, if there are any.
    pub(super) fn readable_of_others(
        &mut self,
        qualifier: &Ident,
        owned: &Owned,
    ) -> Result<Option<String>, Error> {
        if !self.reads_of_others(owned) {
            return Ok(None);
        }
        if let Some(purpose) = owned.grants_for() {
            return Ok(Some(
                self.own_predicate(qualifier, &purpose.grantee).to_string(),
            ));
        }
        let mut terms = Vec::new();
        if let Some(sharing) = owned.sharing() {
            let mode = self.of_row(qualifier, &sharing.mode);
            terms.push(self.holds_word(&mode, &["global"]));
            if let Some(granted) = self.granted_predicate(qualifier, owned, &sharing.grants)? {
                terms.push(format!(
                    "{} AND {granted}",
                    self.holds_word(&mode, &["selective"])
                ));
            }
        }
        if let Some(provision) = owned.provision() {
            terms.push(self.provided_predicate(qualifier, owned, provision)?);
        }
        let mut shared = terms.join(" OR ");
        // Nobody but the row's own tenant has a say in what holds for these.
        let mut of_all = Vec::new();
        if let Some(deletion) = owned.deletion() {
            of_all.push(self.kept_predicate(qualifier, deletion).to_string());
        }
        if let Some(visible) = owned.visible() {
            of_all.push(format!("({})", self.condition_text(qualifier, visible)));
        }
        if !of_all.is_empty() {
            shared = format!("{} AND ({shared})", of_all.join(" AND "));
        }
        Ok(Some(shared))
    }

    /// `own OR others`, in parentheses.
    pub(super) fn or_of_others(&self, own: Expr, others: Option<String>) -> Result<Expr, Error> {
        match others {
            None => Ok(own),
            Some(others) => self.parsed(&format!("({own} OR {others})")),
        }
    }

    /// What a user who is no administrator must find, if there is a condition.
    pub(super) fn condition(
        &self,
        qualifier: &Ident,
        condition: Option<&Condition>,
    ) -> Result<Option<Expr>, Error> {
        match self.viewer.actor {
            ActorKind::Service | ActorKind::Administrator => Ok(None),
            ActorKind::Member | ActorKind::Guest => condition
                .map(|condition| {
                    self.parsed(&format!("({})", self.condition_text(qualifier, condition)))
                })
                .transpose(),
        }
    }

    /// What holds for the grants that a user gives and takes, if that is not everything: they are
    /// for the user's own rows.
    pub(super) fn grants_own_rows(
        &mut self,
        qualifier: &Ident,
        owned: &Owned,
    ) -> Result<Option<Expr>, Error> {
        let Some(GrantsFor {
            table,
            key,
            resource,
            user: Some(user),
            tenant,
            grantee: _,
        }) = owned.grants_for()
        else {
            return Ok(None);
        };
        match self.viewer.actor {
            ActorKind::Service | ActorKind::Administrator => Ok(None),
            ActorKind::Guest => Ok(Some(Expr::value(Value::Boolean(false)))),
            ActorKind::Member => {
                let row = self.alias(qualifier)?;
                let is_users = self.own_predicate(&row, user);
                self.private_names.push(table.clone());
                let rows = List {
                    table,
                    alias: &row,
                    condition: is_users.to_string(),
                    is_short: false,
                };
                let pairs = [(resource, key), (owned.tenant(), tenant)];
                let text = self.among_predicate(qualifier, &rows, &pairs);
                self.parsed(&text).map(Some)
            }
        }
    }

    /// # Errors
    ///
    /// [`ErrorKind::ForeignOwner`] where a user who is no administrator would say which row a grant
    /// is for.
    pub(super) fn ensure_may_grant(&self, table: &str, owned: &Owned) -> Result<(), Error> {
        if !self.names_rows_of_users(owned) || self.viewer.shares {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::ForeignOwner,
            format!(
                "`{table}` grants access to rows that belong to users: give a grant with `TenantEntity::share`, which looks whose the row is"
            ),
        ))
    }

    /// Whether rows of this table are grants for rows that may be another user's.
    pub(super) fn names_rows_of_users(&self, owned: &Owned) -> bool {
        owned
            .grants_for()
            .is_some_and(|purpose| purpose.user.is_some())
            && matches!(self.viewer.actor, ActorKind::Member | ActorKind::Guest)
    }

    fn granted_predicate(
        &mut self,
        qualifier: &Ident,
        owned: &Owned,
        grants: &GrantPlace,
    ) -> Result<Option<String>, Error> {
        match grants {
            GrantPlace::None => Ok(None),
            GrantPlace::Table(grants) => {
                self.in_grants_predicate(qualifier, owned, grants).map(Some)
            }
            GrantPlace::Array(ids) => {
                if self.dialect != Dialect::Postgres {
                    return Err(Error::new(
                        ErrorKind::Incompatible,
                        format!(
                            "`{}` is an array, which only PostgreSQL has: keep grants in JSON or in a table",
                            ids.name()
                        ),
                    ));
                }
                let column = self.of_row(qualifier, ids.name());
                let id = self.id_placeholder(ids);
                Ok(Some(match ids.kind() {
                    IdKind::Text => format!("{id} = ANY({column} COLLATE \"C\")"),
                    IdKind::Uuid | IdKind::Int32 | IdKind::Int64 => format!("{id} = ANY({column})"),
                }))
            }
            GrantPlace::Json(ids) => self.in_json_predicate(qualifier, ids).map(Some),
        }
    }

    fn in_grants_predicate(
        &mut self,
        qualifier: &Ident,
        owned: &Owned,
        grants: &GrantTable,
    ) -> Result<String, Error> {
        let unlinked = || Error::new(ErrorKind::Catalog, "the grants of a table are not known");
        let key = owned.key().ok_or_else(unlinked)?;
        let giver = grants.giver.as_ref().ok_or_else(unlinked)?;
        let grant = self.alias(qualifier)?;
        self.private_names.push(grants.name.clone());
        self.compares_ids(&grants.name, [giver, &grants.grantee]);
        let given = List {
            table: &grants.name,
            condition: self.own_predicate(&grant, &grants.grantee).to_string(),
            alias: &grant,
            is_short: true,
        };
        // The row's own tenant gave it.
        let pairs = [(key, &grants.resource), (owned.tenant(), giver)];
        Ok(self.among_predicate(qualifier, &given, &pairs))
    }

    fn provided_predicate(
        &mut self,
        qualifier: &Ident,
        owned: &Owned,
        provision: &Provision,
    ) -> Result<String, Error> {
        let Provision {
            kind,
            table,
            provider,
            user,
        } = provision;
        let assignment = self.alias(qualifier)?;
        self.private_names.push(table.clone());
        self.compares_ids(table, [provider, user]);
        let is_user = self.own_predicate(&assignment, user);
        let is_everybody = self.of_row(&assignment, user.name());
        let assigned = List {
            table,
            condition: format!("({is_user} OR {is_everybody} IS NULL)"),
            alias: &assignment,
            is_short: true,
        };
        Ok(format!(
            "{is_provided} AND {assigned}",
            is_provided = self.holds_word(&self.of_row(qualifier, kind), &Provision::KINDS),
            assigned = self.among_predicate(qualifier, &assigned, &[(owned.tenant(), provider)]),
        ))
    }

    /// That a column holds one of these words of the library's own, byte by byte: to a collation,
    /// `Global ` may be `global`.
    ///
    /// The first comparison is the one that an index answers.
    fn holds_word(&self, column: &str, words: &[&str]) -> String {
        let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        let is_one = |column: &str| match quoted.as_slice() {
            [only] => format!("{column} = {only}"),
            several => format!("{column} IN ({})", several.join(", ")),
        };
        match self.dialect {
            Dialect::Sqlite => is_one(&format!("{column} COLLATE BINARY")),
            Dialect::Postgres => format!(
                "{} AND {}",
                is_one(column),
                is_one(&format!("CAST({column} AS TEXT) COLLATE \"C\""))
            ),
            Dialect::MySql => format!(
                "{} AND {}",
                is_one(column),
                is_one(&format!("CAST({column} AS BINARY)"))
            ),
        }
    }

    fn condition_text(&self, qualifier: &Ident, condition: &Condition) -> String {
        condition.0.sql(&|name| self.of_row(qualifier, name))
    }

    pub(super) fn of_row(&self, qualifier: &Ident, name: &str) -> String {
        format!("{qualifier}.{}", self.dialect.quoted(name))
    }

    pub(super) fn table_name(&self, name: &TableName) -> String {
        let table = self.dialect.quoted(&name.table);
        match &name.schema {
            Some(schema) => format!("{}.{table}", self.dialect.quoted(schema)),
            None => table.to_string(),
        }
    }

    /// A name for a table of ours, inside which the table that it is about can still be named.
    pub(super) fn alias(&self, beside: &Ident) -> Result<Ident, Error> {
        if beside.value.eq_ignore_ascii_case(LIST) {
            return Err(Error::unsupported("the name `tenancy_list` for a table"));
        }
        Ok(self.dialect.quoted(LIST))
    }

    fn parsed(&self, text: &str) -> Result<Expr, Error> {
        expression(text, self.dialect)
    }
}
