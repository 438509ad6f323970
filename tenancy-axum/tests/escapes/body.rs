//! C01: bodies that are polled and dropped in the scope of their request.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use conformance::world::{self, Guard, World, current};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Full};
use tenancy_axum::ScopedBody;
use tenancy_core::{TenantContext, tenant::TenantStatus};

/// Says whose context is current, first as data and then in a trailer.
struct Telling {
    polls: u8,
    _guard: Option<Guard>,
}

impl Body for Telling {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.polls += 1;
        Poll::Ready(match self.polls {
            1 => Some(Ok(Frame::data(current().into()))),
            2 => {
                let mut trailers = HeaderMap::new();
                trailers.insert("x-current", current().parse().expect("a value"));
                Some(Ok(Frame::trailers(trailers)))
            }
            _ => None,
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(4)
    }
}

fn telling(guard: Option<Guard>) -> Telling {
    Telling {
        polls: 0,
        _guard: guard,
    }
}

fn acme() -> TenantContext {
    let tenants = World::new().tenants;
    let acme = tenants.set_status(&world::acme(), TenantStatus::Active);
    TenantContext::assume(acme.expect("a tenant"), "a test").expect("an active tenant")
}

#[tokio::test]
async fn c01_data_and_trailers_are_made_in_the_scope() {
    for (context, expected) in [(Some(acme()), "acme"), (None, "none")] {
        let body = ScopedBody::new(telling(None), context);
        assert_eq!(body.size_hint().exact(), Some(4));
        assert!(!body.is_end_stream());
        let collected = body.collect().await.expect("infallible");
        let trailers = collected.trailers().expect("trailers");
        assert_eq!(trailers["x-current"], expected);
        assert_eq!(collected.to_bytes(), expected);
        assert_eq!(current(), "none");
    }
    let empty = ScopedBody::new(Full::<Bytes>::default(), Some(acme()));
    assert!(empty.is_end_stream());
}

#[test]
fn c01_a_body_is_dropped_in_its_scope() {
    let world = World::new();
    let guard = || Some(Guard::new(&world));
    drop(ScopedBody::new(telling(guard()), Some(acme())));
    assert_eq!(world.noted(), "dropped in acme");
    drop(ScopedBody::new(telling(guard()), None));
    assert_eq!(world.noted(), "dropped in none");
}

#[test]
fn c04_a_body_that_is_dropped_while_unwinding_ends_in_its_scope() {
    let world = World::new();
    let body = ScopedBody::new(telling(Some(Guard::new(&world))), Some(acme()));
    let panicked = std::thread::spawn(move || {
        let _body = body;
        panic!("as the test wants");
    });
    assert!(panicked.join().is_err());
    assert_eq!(world.noted(), "dropped in acme");
}
