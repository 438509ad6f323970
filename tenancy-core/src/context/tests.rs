use std::{
    cell::RefCell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use futures_core::Stream;
use futures_util::{StreamExt, future::join, stream};

use super::TenantContext;
use crate::{
    id::{Slug, TenantId},
    tenant::Tenant,
};

fn context(id: i64, slug: &str) -> TenantContext {
    let tenant = Tenant::new(TenantId::integer(id).unwrap(), Slug::parse(slug).unwrap());
    TenantContext::assume(Arc::new(tenant), "test").unwrap()
}

fn current() -> Option<String> {
    let current = TenantContext::current().ok()?;
    Some(current.tenant().slug().as_str().to_owned())
}

fn slug(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn c01_a_spawned_task_has_the_context_only_through_the_wrapper() {
    let acme = context(1, "acme");
    let (with, without) = acme
        .scope(async {
            let with = acme.spawn(async {
                // Still there after the task has been suspended.
                tokio::task::yield_now().await;
                current()
            });
            (with, tokio::spawn(async { current() }))
        })
        .await;
    assert_eq!(with.await.unwrap(), slug("acme"));
    assert_eq!(without.await.unwrap(), None);
}

#[tokio::test]
async fn c01_a_local_task_has_the_context_only_through_the_wrapper() {
    let acme = context(1, "acme");
    let local = tokio::task::LocalSet::new();
    let (with, without) = local
        .run_until(acme.scope(async {
            let with = acme.spawn_local(async { current() });
            (
                with.await,
                tokio::task::spawn_local(async { current() }).await,
            )
        }))
        .await;
    assert_eq!(with.unwrap(), slug("acme"));
    assert_eq!(without.unwrap(), None);
}

#[tokio::test]
async fn c01_a_blocking_closure_has_the_context_only_through_the_wrapper() {
    let acme = context(1, "acme");
    let (with, without) = acme
        .scope(async {
            let with = acme.spawn_blocking(current).await;
            (with, tokio::task::spawn_blocking(current).await)
        })
        .await;
    assert_eq!(with.unwrap(), slug("acme"));
    assert_eq!(without.unwrap(), None);
}

#[tokio::test]
async fn c01_a_blocking_thread_keeps_nothing_for_the_next_closure() {
    let acme = context(1, "acme");
    let panicked = acme.spawn_blocking(|| panic!("on purpose")).await;
    assert!(panicked.is_err());
    assert_eq!(acme.spawn_blocking(current).await.unwrap(), slug("acme"));
    assert_eq!(tokio::task::spawn_blocking(current).await.unwrap(), None);
}

#[tokio::test]
async fn c01_a_stream_has_the_context_only_through_the_wrapper() {
    let acme = context(1, "acme");
    let items = || stream::iter(0..2).map(|_| current());
    let (with, without) = acme
        .scope(async { (acme.scope_stream(items()), items()) })
        .await;
    assert_eq!(with.size_hint(), (2, Some(2)));
    assert_eq!(with.collect::<Vec<_>>().await, [slug("acme"), slug("acme")]);
    assert_eq!(without.collect::<Vec<_>>().await, [None, None]);
}

/// Tells which tenant is the current one when it is dropped.
struct Tell(Rc<RefCell<Vec<Option<String>>>>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.borrow_mut().push(current());
    }
}

#[tokio::test]
async fn c01_a_stream_is_dropped_in_its_scope() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let held = Tell(Rc::clone(&told));
    let items = stream::pending::<()>().map(move |()| {
        let _ = &held;
    });
    let unwrapped = Tell(Rc::clone(&told));
    drop(context(1, "acme").scope_stream(items));
    drop(unwrapped);
    assert_eq!(*told.borrow(), [slug("acme"), None]);
}

#[tokio::test]
async fn c08_what_is_built_under_one_tenant_and_polled_under_another_keeps_its_own() {
    let (acme, globex) = (context(1, "acme"), context(2, "globex"));
    let (future, stream, bare) = acme.scope_sync(|| {
        let stream = acme.scope_stream(stream::iter(0..1).map(|_| current()));
        (acme.scope(async { current() }), stream, async { current() })
    });
    globex
        .scope(async {
            assert_eq!(future.await, slug("acme"));
            assert_eq!(stream.collect::<Vec<_>>().await, [slug("acme")]);
            // What was never wrapped belongs to whoever polls it.
            assert_eq!(bare.await, slug("globex"));
            assert_eq!(current(), slug("globex"));
        })
        .await;
}

#[tokio::test]
async fn c05_streams_of_two_tenants_interleave_without_mixing() {
    let streamed = |context: &TenantContext| {
        let items = stream::iter(0..100).then(|_| async {
            tokio::task::yield_now().await;
            current()
        });
        context.scope_stream(items).collect::<Vec<_>>()
    };
    let (acme, globex) = (context(1, "acme"), context(2, "globex"));
    let (first, second) = join(streamed(&acme), streamed(&globex)).await;
    assert_eq!(first, vec![slug("acme"); 100]);
    assert_eq!(second, vec![slug("globex"); 100]);
}

#[test]
fn c04_a_panic_in_a_poll_releases_the_context() {
    let acme = context(1, "acme");
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let panics = acme.scope_stream(stream::poll_fn(|_| -> Poll<Option<()>> {
            panic!("on purpose")
        }));
        let mut panics = pin!(panics);
        let mut next = pin!(poll_fn(|task| panics.as_mut().poll_next_unpin(task)));
        let _ = next.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }));
    assert!(outcome.is_err());
    assert_eq!(current(), None);
}

#[test]
fn c05_tasks_of_two_tenants_on_one_thread_or_many_never_mix() {
    let one = || tokio::runtime::Builder::new_current_thread().build();
    let many = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(4).build()
    };
    for runtime in [one().unwrap(), many().unwrap()] {
        runtime.block_on(async {
            let tasks: Vec<_> = (1..=64)
                .map(|id| {
                    let own = format!("tenant-{id}");
                    let context = context(id, &own);
                    let task = context.spawn(async move {
                        for _ in 0..50 {
                            assert_eq!(current(), slug(&own));
                            tokio::task::yield_now().await;
                        }
                    });
                    let stray = tokio::spawn(async { current() });
                    (task, stray)
                })
                .collect();
            for (task, stray) in tasks {
                task.await.unwrap();
                assert_eq!(stray.await.unwrap(), None);
            }
        });
    }
}

#[tokio::test]
async fn c08_scopes_nest_and_the_inner_one_ends_where_it_ends() {
    let (acme, globex) = (context(1, "acme"), context(2, "globex"));
    acme.scope(async {
        let inner = globex.scope(async {
            tokio::task::yield_now().await;
            current()
        });
        assert_eq!(inner.await, slug("globex"));
        assert_eq!(current(), slug("acme"));
        let spawned = globex.spawn(async { current() });
        assert_eq!(spawned.await.unwrap(), slug("globex"));
    })
    .await;
    assert_eq!(current(), None);
}

#[test]
fn c08_a_future_that_is_dropped_half_way_is_dropped_in_its_scope() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let held = Tell(Rc::clone(&told));
    let acme = context(1, "acme");
    let mut future = Box::pin(acme.scope(async move {
        let _held = held;
        std::future::pending::<()>().await;
    }));
    let polled = future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    context(2, "globex").scope_sync(|| drop(future));
    assert_eq!(*told.borrow(), [slug("acme")]);
}

/// Keeps the fields of spans as text.
#[derive(Clone, Default)]
pub(crate) struct Fields(Arc<std::sync::Mutex<Vec<String>>>);

impl Fields {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl tracing::field::Visit for &Fields {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Fields {
    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        span.record(&mut &*self);
    }

    fn on_record(
        &self,
        _: &tracing::Id,
        values: &tracing::span::Record<'_>,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        values.record(&mut &*self);
    }
}

#[test]
fn t07_a_span_has_tenant_source_and_subject_and_nothing_else() {
    use tracing::field::Empty;
    use tracing_subscriber::layer::SubscriberExt;

    use super::Admission;
    use crate::{audit::Trail, principal::Principal, source::Source};

    let tenant = Tenant::new(TenantId::integer(1).unwrap(), Slug::parse("acme").unwrap());
    let tenant = Arc::new(tenant.with_setting("api_key", "hush"));
    let member = TenantContext::new(
        Arc::clone(&tenant),
        Source::Header,
        Some(Arc::new(Principal::new("ann"))),
        Admission::Member,
        Trail::default(),
    );
    let guest = TenantContext::new(
        tenant,
        Source::Subdomain,
        None,
        Admission::Guest,
        Trail::default(),
    );
    let fields = Fields::default();
    let subscriber = tracing_subscriber::registry().with(fields.clone());
    tracing::subscriber::with_default(subscriber, || {
        let whole = ["tenant=1", "source=\"header\"", "subject=\"ann\""];
        let _span = member.span();
        assert_eq!(fields.take(), whole);

        let own = tracing::info_span!("own", tenant = Empty, source = Empty, subject = Empty);
        let in_own = || member.record(&tracing::Span::current());
        own.in_scope(in_own);
        assert_eq!(fields.take(), whole);

        guest.record(&own);
        let less = ["tenant=1", "source=\"subdomain\""];
        assert_eq!(fields.take(), less);

        // Of a span without such fields, nothing changes.
        member.record(&tracing::info_span!("foreign"));
        assert!(fields.0.lock().unwrap().is_empty());
    });
}
