//! Asking for keys again.

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::watch,
    time::{Instant, timeout},
};

use super::keyset::{self, Inner, KeySet};
use crate::{answer::Answer, error::StoreError};

/// Shortest time between two questions.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// A place that knows the current keys of an issuer: its JWK set document.
///
/// # Examples
///
/// With an HTTP client such as `reqwest`:
///
/// ```ignore
/// struct Published {
///     client: reqwest::Client,
///     url: reqwest::Url, // the `jwks_uri` of the issuer's configuration
/// }
///
/// impl KeySetLoader for Published {
///     fn load(&self) -> Answer<'_, Result<String, StoreError>> {
///         Answer::later(async {
///             let answer = self.client.get(self.url.clone()).send().await;
///             let answer = answer.and_then(|answer| answer.error_for_status()).map_err(StoreError::new)?;
///             answer.text().await.map_err(StoreError::new)
///         })
///     }
/// }
///
/// let keys = KeySet::from_loader(Published { client, url });
/// ```
///
/// From a file that something else keeps up to date:
///
/// ```
/// use tenancy_core::{
///     answer::Answer,
///     authenticate::jwt::{KeySet, KeySetLoader},
///     store::StoreError,
/// };
///
/// struct File(std::path::PathBuf);
///
/// impl KeySetLoader for File {
///     fn load(&self) -> Answer<'_, Result<String, StoreError>> {
///         Answer::Now(std::fs::read_to_string(&self.0).map_err(StoreError::new))
///     }
/// }
///
/// let keys = KeySet::from_loader(File("/run/keys/jwks.json".into()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a loader of keys",
    note = "use `KeySet::parse` for keys that do not change, or implement `tenancy_core::authenticate::jwt::KeySetLoader`"
)]
pub trait KeySetLoader: Send + Sync + 'static {
    /// Loads the JWK set document.
    ///
    /// # Errors
    ///
    /// [`StoreError`] when it could not be loaded. The keys that are known stay in use.
    fn load(&self) -> Answer<'_, Result<String, StoreError>>;
}

/// Says when a [`KeySetLoader`] is asked.
///
/// Whatever tokens say, there is one question at a time, and one in an [interval](Self::interval).
/// It runs in a task of its own, so that a client that goes away does not end it; tokio's timer
/// [must be enabled](tokio::runtime::Builder::enable_time).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tenancy_core::{
///     answer::Answer,
///     authenticate::jwt::{KeySet, KeySetLoader},
///     store::StoreError,
/// };
///
/// # struct Published;
/// # impl KeySetLoader for Published {
/// #     fn load(&self) -> Answer<'_, Result<String, StoreError>> {
/// #         Answer::Now(Err(StoreError::new("offline")))
/// #     }
/// # }
/// let keys = KeySet::builder(Published)
///     .interval(Duration::from_secs(60))
///     .max_age(Duration::from_secs(900))
///     .build();
/// ```
#[must_use = "no key is loaded until the set is built and used"]
pub struct KeySetBuilder {
    loader: Box<dyn KeySetLoader>,
    interval: Duration,
    max_age: Duration,
    timeout: Duration,
}

impl KeySetBuilder {
    pub(super) fn new(loader: impl KeySetLoader) -> Self {
        Self {
            loader: Box::new(loader),
            interval: Duration::from_secs(30),
            max_age: Duration::from_secs(3600),
            timeout: Duration::from_secs(10),
        }
    }

    /// Sets the time that passes at least between two questions, also when the first one failed: 30
    /// s unless set, and never less than 1 s. Tokens with a `kid` that is not known are refused in
    /// between.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.interval = interval.max(MIN_INTERVAL);
        self
    }

    /// Sets the age from which on keys are asked for again although no token needs it: 1 hour
    /// unless set. A key that its issuer has withdrawn is used this long, or until the loader
    /// answers.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.max_age = max_age;
        self
    }

    /// Sets how long a question may take: 10 s unless set.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// A set that has no keys yet.
    #[must_use]
    pub fn build(self) -> KeySet {
        let refresh = Refresh {
            settings: self,
            state: Mutex::default(),
        };
        KeySet::holding(Vec::new(), Some(refresh))
    }
}

impl fmt::Debug for KeySetBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySetBuilder")
            .field("interval", &self.interval)
            .field("max_age", &self.max_age)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// A loader, and when it was asked.
pub(super) struct Refresh {
    settings: KeySetBuilder,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asked: Option<Instant>,
    loaded: Option<Instant>,
    /// Closed when the question is over, however it ended.
    question: Option<watch::Receiver<()>>,
}

impl Refresh {
    /// Whether there are keys, and they are old.
    pub(super) fn is_due(&self) -> bool {
        let loaded = self.with_state(|state| state.loaded);
        loaded.is_some_and(|loaded| loaded.elapsed() >= self.settings.max_age)
    }

    fn with_state<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        // Nothing that runs under the lock panics.
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn load(&self) -> Result<String, StoreError> {
        timeout(
            self.settings.timeout,
            self.settings.loader.load().into_future(),
        )
        .await
        .unwrap_or_else(|late| Err(StoreError::new(late)))
    }
}

impl Inner {
    /// Asks the loader, or joins the question that is under way; `None` when it is too soon to ask.
    /// The answer comes when the receiver is closed.
    pub(super) fn ask(inner: &Arc<Self>, refresh: &Refresh) -> Option<watch::Receiver<()>> {
        let runtime = Handle::try_current().ok()?;
        refresh.with_state(|state| {
            if let Some(question) = &state.question
                && question.has_changed().is_ok()
            {
                return Some(question.clone());
            }
            let interval = refresh.settings.interval;
            if state.asked.is_some_and(|asked| asked.elapsed() < interval) {
                return None;
            }
            state.asked = Some(Instant::now());
            let (asking, question) = watch::channel(());
            state.question = Some(question.clone());
            let inner = Arc::clone(inner);
            runtime.spawn(async move {
                inner.reload().await;
                drop(asking);
            });
            Some(question)
        })
    }

    async fn reload(&self) {
        let Some(refresh) = &self.refresh else {
            return;
        };
        let loaded = refresh
            .load()
            .await
            .and_then(|document| keyset::read(document.as_bytes()).map_err(StoreError::new));
        match loaded {
            Ok(keys) => {
                self.put(keys);
                refresh.with_state(|state| state.loaded = Some(Instant::now()));
            }
            Err(error) => tracing::warn!(
                error = error.source().map(tracing::field::display),
                "the key set could not be loaded; the keys that are known stay in use"
            ),
        }
    }
}
