/// Headers that mean something else, or that a client or proxy sets without meaning a tenant.
pub(crate) const RESERVED: [&str; 13] = [
    "authorization",
    "connection",
    "cookie",
    "forwarded",
    "host",
    "origin",
    "proxy-authorization",
    "referer",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-server",
    "x-host",
    "x-original-host",
];
