//! Users and their access tokens.

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

/// What tokens are signed with.
pub const SECRET: [u8; 33] = *b"a secret that only tests may see!";

/// What the identity provider that acme runs itself signs with.
pub const ACME_SECRET: [u8; 33] = *b"a secret of acme's own that leaks";

/// The access token of a user.
pub fn token(user: &str) -> String {
    sign(&Header::default(), &claims(user))
}

/// What a user's token says.
pub fn claims(user: &str) -> Value {
    let mut claims = json!({
        "sub": user, "exp": 4_102_444_800_u64, "aud": "api", "iss": "https://id.example.com",
    });
    match user {
        "alice" => {
            claims["memberships"] = json!({
                "acme": ["member"], "globex": ["member"], "frozen": ["member"],
                "deleted": ["member"], "api": ["member"], "www": ["member"],
            });
        }
        "mallory" => claims["memberships"] = json!({ "globex": ["tenant_admin"] }),
        // Works for acme, and the token says that it is for acme only.
        "bob" => {
            claims["tenant_id"] = json!("acme");
            claims["roles"] = json!(["member"]);
            claims["memberships"] = json!({ "globex": ["member"] });
        }
        "root" => {
            claims["roles"] = json!(["platform_admin"]);
            claims["memberships"] = json!({ "platform": ["member"] });
        }
        other => panic!("there is no user {other}"),
    }
    claims
}

/// A token with this header and these claims, signed with the [`SECRET`].
pub fn sign(header: &Header, claims: &Value) -> String {
    sign_with(&SECRET, header, claims)
}

/// The same, signed with another secret.
pub fn sign_with(secret: &[u8], header: &Header, claims: &Value) -> String {
    // Where a build has both backends, one has to be chosen before the first use.
    let _ = jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER.install_default();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_secret(secret)).expect("a token")
}
