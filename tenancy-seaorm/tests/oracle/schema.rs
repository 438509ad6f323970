//! Random tables: some of a tenant, some shared.

use sea_orm::{DbBackend, Value};
use tenancy_core::{
    Membership, Mode, Principal, RequestView, ResolveError, Role, Slug, Tenancy, Tenant,
    TenantContext, TenantId,
    answer::Answer,
    authenticate::{Authenticated, Authenticator},
    resolve::StaticResolver,
    store::InMemoryTenantStore,
    tenant::TenantKey,
};
use tenancy_seaorm::{Catalog, Policy, SoftDelete, TenantColumnType};
use uuid::Uuid;

use super::{
    locks::Locks,
    poison::{self, Index, Poison},
    readers,
    state::STATE,
};

/// How the tenant is stored in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Uuid,
    Int32,
    Int64,
    Text,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    Int,
    Text,
    Real,
    Flag,
    Json,
    Tenant(Kind),
    /// That the row is deleted, or is not.
    Mark(Mark),
    /// The user whose row it is.
    User,
    /// That the tenant may read it.
    Public,
    /// How it is shared with other tenants.
    Mode,
    /// Which of them read it, in JSON or in an array.
    Readers(Kind),
    ReaderIds(Kind),
    /// Whether it is provided for other tenants.
    Class,
    /// Whether it is there, and whether it may be changed, but for administrators.
    Status,
    Phase,
    /// What expressions fail on, on the rows of others.
    Poison(Poison),
}

/// How rows are marked as deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Timestamp,
    Deleted,
    Active,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub name: &'static str,
    pub ty: Ty,
    pub nullable: bool,
}

#[derive(Clone, Debug)]
pub struct Table {
    pub name: &'static str,
    /// None for a table that all tenants read.
    pub tenant: Option<(&'static str, Kind)>,
    /// The tenant column among them.
    pub columns: Vec<Column>,
    /// `id`, or the tenant column and `id`: then every tenant has the same ids.
    pub key: Vec<&'static str>,
    /// The table whose rows these let others read.
    pub grants_for: Option<&'static str>,
    /// Beside the key.
    pub indexes: Vec<Index>,
}

pub struct Schema {
    pub backend: DbBackend,
    pub tables: Vec<Table>,
    pub tenants: Vec<TenantId>,
    /// Whether rows that are read only stand in the way of writes on the tenant's own database,
    /// which keeps them.
    pub has_guards: bool,
}

pub const MARK: &str = "gone";
pub const OWNER: &str = "holder";
pub const PUBLIC: &str = "is_open";
/// Who acts.
pub const USER: &str = "ann";
pub const TENANTS: usize = 8;
const NAMES: [&str; 6] = ["alpha", "beta", "gamma", "delta", "order", "Sigma"];
/// One kind for each name, so that natural joins compare like with like.
pub const TENANT_COLUMNS: [&str; 4] = ["tenant_id", "org", "OwnerOrg", "client_id"];
const OPTIONAL: [(&str, Ty); 8] = [
    ("ref", Ty::Int),
    ("i1", Ty::Int),
    ("i2", Ty::Int),
    ("t1", Ty::Text),
    ("t2", Ty::Text),
    ("r1", Ty::Real),
    ("f1", Ty::Flag),
    ("j1", Ty::Json),
];

impl Table {
    /// The name of some column that any text fits.
    pub fn has(&self, ty: Ty) -> bool {
        self.columns.iter().any(|column| column.ty == ty)
    }

    pub fn mark(&self) -> Option<Mark> {
        self.columns.iter().find_map(|column| match column.ty {
            Ty::Mark(mark) => Some(mark),
            _ => None,
        })
    }

    pub fn text_column(&self) -> &'static str {
        let text = self.columns.iter().find(|column| column.ty == Ty::Text);
        text.map(|column| column.name).unwrap()
    }
}

impl Schema {
    /// With tables whose rows belong to users, and some whose rows are deleted by a mark, if the
    /// planner sees to that.
    pub fn random(random: &mut fastrand::Rng, backend: DbBackend, locks: Locks) -> Self {
        let ids = random.u8(..3);
        let tenants = (0..TENANTS).map(|number| match ids {
            0 => TenantId::uuid(Uuid::from_u128(random.u128(1..))),
            1 => TenantId::integer(random.i64(1..1_000_000) * 10 + number as i64),
            _ => TenantId::text(&format!(
                "{}-{number}",
                ["acme", "Globex", "o_b"][random.usize(..3)]
            )),
        });
        let tenants = tenants.map(Result::unwrap).collect();
        let kinds: &[Kind] = match ids {
            0 => &[Kind::Uuid, Kind::Text],
            1 => &[Kind::Int64, Kind::Int32, Kind::Text],
            _ => &[Kind::Text],
        };
        let kinds: Vec<_> = TENANT_COLUMNS
            .iter()
            .map(|name| (*name, kinds[random.usize(..kinds.len())]))
            .collect();
        let mut names = NAMES;
        random.shuffle(&mut names);
        let count = random.usize(3..=6);
        let shared = random.usize(0..=count - 2);
        let tables = names[..count].iter().enumerate().map(|(index, name)| {
            let tenant = (index >= shared.min(2)).then(|| kinds[random.usize(..kinds.len())]);
            let mut columns = vec![Column {
                name: "id",
                ty: Ty::Int,
                nullable: false,
            }];
            if let Some((name, kind)) = tenant {
                columns.push(Column {
                    name,
                    ty: Ty::Tenant(kind),
                    nullable: false,
                });
            }
            for (name, ty) in OPTIONAL {
                let is_needed = name == "t1" || name == "i1" || (name == "ref" && tenant.is_some());
                if is_needed || random.u8(..100) < 50 {
                    columns.push(Column {
                        name,
                        ty,
                        nullable: name == "ref" || random.bool(),
                    });
                }
            }
            if tenant.is_some() && random.u8(..100) < 40 {
                for (name, ty) in [(OWNER, Ty::User), (PUBLIC, Ty::Public)] {
                    let nullable = ty == Ty::Public;
                    // The first one is left to be written.
                    if !nullable || (index > shared.min(2) && random.bool()) {
                        columns.push(Column { name, ty, nullable });
                    }
                }
            }
            if locks.has_planner() && tenant.is_some() && random.u8(..100) < 40 {
                let mark = [Mark::Timestamp, Mark::Deleted, Mark::Active][random.usize(..3)];
                columns.push(Column {
                    name: MARK,
                    ty: Ty::Mark(mark),
                    nullable: mark != Mark::Active,
                });
            }
            random.shuffle(&mut columns);
            let key = match tenant {
                Some((name, _)) if random.bool() => vec![name, "id"],
                _ => vec!["id"],
            };
            Table {
                name,
                tenant,
                columns,
                key,
                grants_for: None,
                indexes: Vec::new(),
            }
        });
        let mut tables = tables.collect();
        if locks.have_readers() {
            readers::share(random, backend, &mut tables);
        }
        poison::add(random, backend, &mut tables);
        Self {
            backend,
            tables,
            tenants,
            has_guards: locks.have_readers(),
        }
    }

    /// The tables of the entities in `bed`.
    pub fn of_the_bed(random: &mut fastrand::Rng, backend: DbBackend) -> Self {
        let column = |name, ty, nullable| Column { name, ty, nullable };
        let tenant = column("tenant_id", Ty::Tenant(Kind::Uuid), false);
        let table = |name, tenant, columns| Table {
            name,
            tenant,
            columns,
            key: vec!["id"],
            grants_for: None,
            indexes: Vec::new(),
        };
        let owned = Some(("tenant_id", Kind::Uuid));
        let id = column("id", Ty::Int, false);
        let tenants =
            (0..TENANTS).map(|_| TenantId::uuid(Uuid::from_u128(random.u128(1..))).unwrap());
        Self {
            backend,
            has_guards: false,
            tenants: tenants.collect(),
            tables: vec![
                table(
                    "author",
                    owned,
                    vec![id.clone(), tenant.clone(), column("name", Ty::Text, false)],
                ),
                table(
                    "note",
                    owned,
                    vec![
                        id.clone(),
                        tenant,
                        column("author_id", Ty::Int, true),
                        column("title", Ty::Text, false),
                        column("body", Ty::Text, false),
                        column("score", Ty::Int, true),
                    ],
                ),
                table("country", None, vec![id, column("code", Ty::Text, false)]),
            ],
        }
    }

    pub fn catalog(&self) -> Catalog {
        let mut builder = Catalog::builder();
        for table in &self.tables {
            builder = match table.tenant {
                Some((column, kind)) => {
                    let policy = Policy::column(column, kind.registered());
                    let policy = match table.has(Ty::User) {
                        true => policy.owner_column(OWNER, TenantColumnType::Text),
                        false => policy,
                    };
                    let policy = match table.has(Ty::Public) {
                        true => policy.public_when(PUBLIC),
                        false => policy,
                    };
                    let policy = match table.mark() {
                        None => policy,
                        Some(Mark::Timestamp) => policy.soft_delete(SoftDelete::timestamp(MARK)),
                        Some(Mark::Deleted) => policy.soft_delete(SoftDelete::deleted_flag(MARK)),
                        Some(Mark::Active) => policy.soft_delete(SoftDelete::active_flag(MARK)),
                    };
                    builder.table(table.name, self.with_readers(table, policy))
                }
                None => builder.reference_table(table.name),
            };
        }
        // Scoped transactions are asked, too.
        builder.allow_function(STATE).build().unwrap()
    }

    /// The context of a request that a member of the tenant makes.
    pub async fn context(&self, tenant: usize) -> TenantContext {
        let tenants = InMemoryTenantStore::new();
        let slug = Slug::parse("tenant").unwrap();
        tenants
            .insert(Tenant::new(self.tenants[tenant].clone(), slug))
            .unwrap();
        let tenancy = Tenancy::builder()
            .resolver(StaticResolver::new(
                TenantKey::parse_name("tenant").unwrap(),
            ))
            .authenticate(Members)
            .store(tenants)
            .build()
            .unwrap();
        let (request, ()) = http::Request::new(()).into_parts();
        tenancy
            .resolve(&request, Mode::Required)
            .await
            .unwrap()
            .unwrap()
    }

    /// A tenant's id as it is bound in a column of this kind.
    pub fn tenant_value(&self, tenant: usize, kind: Kind) -> Value {
        let id = &self.tenants[tenant];
        match (kind, id.value()) {
            (Kind::Uuid, tenancy_core::tenant::TenantIdRef::Uuid(id)) => id.into(),
            (Kind::Int64, tenancy_core::tenant::TenantIdRef::Integer(id)) => id.into(),
            (Kind::Int32, tenancy_core::tenant::TenantIdRef::Integer(id)) => {
                i32::try_from(id).unwrap().into()
            }
            _ => id.to_string().into(),
        }
    }

    /// Statements that make the tables anew. Where a tenant is alone, so is the user: rows are the
    /// user's, whom nobody stamps there.
    pub fn definition(&self, is_alone: bool) -> String {
        let definitions = self.tables.iter().map(|table| {
            let name = self.quoted(table.name);
            let columns: String = table
                .columns
                .iter()
                .map(|column| {
                    let null = match column.ty {
                        Ty::User if is_alone => &format!(" NOT NULL DEFAULT '{USER}'"),
                        _ if column.nullable => "",
                        _ => " NOT NULL",
                    };
                    format!(
                        "{} {}{null}, ",
                        self.quoted(column.name),
                        self.type_name(column)
                    )
                })
                .collect();
            let key: Vec<_> = table.key.iter().map(|name| self.quoted(name)).collect();
            let options = match self.backend {
                DbBackend::MySql => " COLLATE utf8mb4_bin",
                _ => "",
            };
            format!(
                "CREATE TABLE {name} ({columns}PRIMARY KEY ({})){options};\n{}",
                key.join(", "),
                self.indexes(table)
            )
        });
        definitions.collect()
    }

    fn indexes(&self, table: &Table) -> String {
        let indexes = table.indexes.iter().enumerate().map(|(number, index)| {
            let columns = index.columns.iter().map(|column| self.quoted(column));
            let columns: Vec<_> = columns.collect();
            format!(
                "CREATE {}INDEX {} ON {} ({});\n",
                if index.is_unique { "UNIQUE " } else { "" },
                self.quoted(&format!("{}_{number}", table.name)),
                self.quoted(table.name),
                columns.join(", ")
            )
        });
        indexes.collect()
    }

    /// Has the database keep statistics of what is in the tables.
    pub fn analysis(&self) -> String {
        let names = self.tables.iter().map(|table| self.quoted(table.name));
        names.map(|name| format!("ANALYZE {name};\n")).collect()
    }

    pub fn emptying(&self) -> String {
        let names = self.tables.iter().map(|table| self.quoted(table.name));
        names.map(|name| format!("DELETE FROM {name};\n")).collect()
    }

    pub fn removal(&self) -> String {
        let names = self
            .tables
            .iter()
            .map(|table| format!("DROP TABLE {};\n", self.quoted(table.name)));
        names.collect()
    }

    pub fn quoted(&self, name: &str) -> String {
        quoted(self.backend, name)
    }

    fn type_name(&self, column: &Column) -> &'static str {
        match (column.ty, self.backend) {
            // As the entity has it.
            (Ty::Int, _) if column.name == "score" => "INTEGER",
            (Ty::Int | Ty::Tenant(Kind::Int64), _) => "BIGINT",
            (Ty::Tenant(Kind::Int32), _) => "INTEGER",
            (Ty::Poison(poison), _) if poison.is_number() => "BIGINT",
            (Ty::Poison(Poison::List), _) => "BIGINT[]",
            (Ty::Poison(_), _) => "VARCHAR(190)",
            (Ty::Text | Ty::Tenant(Kind::Text), _) => "VARCHAR(190)",
            (Ty::Real, DbBackend::Postgres) => "DOUBLE PRECISION",
            (Ty::Real, _) => "DOUBLE",
            (Ty::User | Ty::Mode | Ty::Class | Ty::Status | Ty::Phase, _) => "VARCHAR(190)",
            (Ty::ReaderIds(Kind::Uuid), _) => "UUID[]",
            (Ty::ReaderIds(Kind::Int32), _) => "INTEGER[]",
            (Ty::ReaderIds(Kind::Int64), _) => "BIGINT[]",
            (Ty::ReaderIds(Kind::Text), _) => "VARCHAR(190)[]",
            (Ty::Flag | Ty::Public | Ty::Mark(Mark::Deleted), _) => "BOOLEAN",
            (Ty::Mark(Mark::Active), _) => "BOOLEAN DEFAULT TRUE",
            (Ty::Mark(Mark::Timestamp), DbBackend::MySql) => "TIMESTAMP NULL",
            (Ty::Mark(Mark::Timestamp), _) => "TIMESTAMP",
            (Ty::Json | Ty::Readers(_), DbBackend::Postgres) => "JSONB",
            (Ty::Json | Ty::Readers(_), DbBackend::MySql) => "JSON",
            (Ty::Json | Ty::Readers(_), _) => "TEXT",
            (Ty::Tenant(Kind::Uuid), DbBackend::Postgres) => "UUID",
            (Ty::Tenant(Kind::Uuid), DbBackend::MySql) => "BINARY(16)",
            (Ty::Tenant(Kind::Uuid), _) => "BLOB",
        }
    }
}

struct Members;

impl Authenticator for Members {
    fn authenticate<'a>(
        &'a self,
        _: &'a dyn RequestView,
    ) -> Answer<'a, Result<Option<Authenticated>, ResolveError>> {
        let member = Membership::new(TenantKey::parse_name("tenant").unwrap(), [Role::Member]);
        let user = Principal::new(USER).with_membership(member);
        Answer::Now(Ok(Some(Authenticated::new(user))))
    }
}

impl Kind {
    pub fn registered(self) -> TenantColumnType {
        match self {
            Self::Uuid => TenantColumnType::Uuid,
            Self::Int32 => TenantColumnType::Int32,
            Self::Int64 => TenantColumnType::Int64,
            Self::Text => TenantColumnType::Text,
        }
    }
}

pub fn quoted(backend: DbBackend, name: &str) -> String {
    match backend {
        DbBackend::MySql => format!("`{name}`"),
        _ => format!("\"{name}\""),
    }
}
