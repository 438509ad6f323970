use super::{Ask, refused_settings, table};
use crate::resolve::QueryResolver;

#[test]
fn e15_one_parameter_names_the_tenant_and_two_are_refused() {
    let cases = [
        ("tenant=acme", "acme"),
        ("page=2&tenant=acme&sort=up", "acme"),
        ("tenant=%61cme", "acme"),
        ("%74enant=acme", "acme"),
        ("&&tenant=acme&", "acme"),
        ("tenant=7&Tenant=globex&tenants=globex&xtenant=globex", "7"),
        ("q=tenant=globex&tenant=acme", "acme"),
        ("", "-"),
        ("page=2", "-"),
        ("Tenant=acme", "-"),
        ("tenant[]=acme", "-"),
        ("q=%26tenant=globex", "-"),
        ("tenant=acme&tenant=acme", "malformed"),
        ("tenant=acme&tenant=globex", "malformed"),
        ("tenant=acme&%74enant=globex", "malformed"),
        ("tenant=acme&tenant=", "malformed"),
        ("tenant=acme&tenant", "malformed"),
        ("tenant=", "malformed"),
        ("tenant", "malformed"),
        ("tenant=acme,globex", "malformed"),
        ("tenant=acme;tenant=globex", "malformed"),
        ("tenant=acme+", "malformed"),
        ("tenant=%20acme", "malformed"),
        ("tenant=acme%00", "malformed"),
        ("tenant=%ff", "malformed"),
        ("tenant=acme%", "malformed"),
        ("tenant=../acme", "malformed"),
    ];
    let source = QueryResolver::new("tenant");
    table(
        &source,
        cases.map(|(query, expected)| (Ask::path("/").query(query), expected)),
    );
    table(&source, [(Ask::path("/"), "-")]);
    refused_settings(&QueryResolver::new(""), "has a name");
}
