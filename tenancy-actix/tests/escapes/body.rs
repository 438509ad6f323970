//! C01: bodies that are polled, taken and dropped in the scope of their request.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody, to_bytes},
    web::Bytes,
};
use conformance::world::{Guard, World, current};
use tenancy_actix::ScopedBody;
use tenancy_core::TenantContext;

/// Says whose context is current, once, whichever way it is asked.
struct Telling {
    is_told: bool,
    is_in_memory: bool,
    _guard: Option<Guard>,
}

impl MessageBody for Telling {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        let is_told = std::mem::replace(&mut self.is_told, true);
        Poll::Ready((!is_told).then(|| Ok(current().into())))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        if self.is_in_memory {
            Ok(current().into())
        } else {
            Err(self)
        }
    }
}

fn telling(is_in_memory: bool, guard: Option<Guard>) -> Telling {
    Telling {
        is_told: false,
        is_in_memory,
        _guard: guard,
    }
}

fn acme() -> TenantContext {
    let world = World::new();
    let store = world.tenants;
    let acme = store.set_status(
        &conformance::world::acme(),
        tenancy_core::tenant::TenantStatus::Active,
    );
    TenantContext::assume(acme.expect("a tenant"), "a test").expect("an active tenant")
}

#[actix_web::test]
async fn c01_a_body_is_polled_or_taken_in_its_scope() {
    let body = ScopedBody::new(telling(false, None), Some(acme()));
    assert_eq!(body.size(), BodySize::Stream);
    // What cannot be taken comes back whole, and can be polled.
    let body = body.try_into_bytes().expect_err("a stream");
    assert_eq!(to_bytes(body).await.expect("infallible"), "acme");

    let body = ScopedBody::new(telling(true, None), Some(acme()));
    assert_eq!(body.try_into_bytes().expect("bytes"), "acme");
    let body = ScopedBody::new(telling(true, None), None);
    assert_eq!(body.try_into_bytes().expect("bytes"), "none");
    assert_eq!(current(), "none");
}

#[test]
fn c01_a_body_is_dropped_in_its_scope() {
    let world = World::new();
    let guard = || Some(Guard::new(&world));
    drop(ScopedBody::new(telling(false, guard()), Some(acme())));
    assert_eq!(world.noted(), "dropped in acme");
    drop(ScopedBody::new(telling(false, guard()), None));
    assert_eq!(world.noted(), "dropped in none");
}

#[test]
fn c04_a_body_that_is_dropped_while_unwinding_ends_in_its_scope() {
    let world = World::new();
    let body = ScopedBody::new(telling(false, Some(Guard::new(&world))), Some(acme()));
    let panicked = std::thread::spawn(move || {
        let _body = body;
        panic!("as the test wants");
    });
    assert!(panicked.join().is_err());
    assert_eq!(world.noted(), "dropped in acme");
}
