//! `boot()`: names the concrete store and bus, and puts the house together. `main` and the tests both call it.
//!
//! The order is that of the parts' needs: hub (a handle), sink (replies and bus), store (sink), application, relay,
//! then the doors. Stopping goes the other way round (`server.rs`).

mod server;
mod vitals;

use std::io;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use plaudit_hub::Hub;
use ring::rand::SecureRandom as _;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::watch;

pub use self::server::Server;
use self::vitals::Vitals;
use crate::app::passwords::Cost;
use crate::app::sink::{Replies, Settler};
use crate::app::sms::{Number, Waker};
use crate::app::{App, ConnectionRef, Done, Rules};
use crate::bus::Bus;
use crate::bus::local::LocalBus;
use crate::config::{Config, SmsConfig};
use crate::control;
use crate::domain::clock::SystemClock;
use crate::domain::{Clock, Online, Result as DomainResult};
use crate::door::Door;
use crate::door::connections::Connections;
use crate::door::origins::Origins;
use crate::door::proxies::Proxies;
use crate::door::session_cache::SessionCache;
use crate::folder::{self, FolderError};
use crate::live::Kinds;
use crate::live::presence::PresenceTimes;
use crate::live::relay::Relay;
use crate::sms::{Secrets, Setup};
use crate::socket::Commands;
use crate::socket::replies::HubReplies;
use crate::socket::upgrade::{self, Gate};
use crate::store::sqlite::{OpenError, SqliteOptions, SqliteStore};
use crate::store::{Sink, Store};
use crate::web::cookie::SessionCookie;
use crate::web::{self, Site, router};

/// Descriptors that are not for connections: the database, the runtime, what an operator may still need.
const DESCRIPTORS_KEPT: u64 = 256;
/// With fewer for connections a site is of no use.
const DESCRIPTORS_LEAST: u64 = 64;
/// How often it is looked whether the database is still there.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// What nobody read for this long, or twice this long, is forgotten.
const GIVE_BACK_EVERY: Duration = Duration::from_secs(5);
/// How often what has run out is swept.
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// How often authors are told of likes.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// What only tests choose.
#[derive(Clone)]
pub struct Parts {
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// What a password hash costs.
    pub password_cost: Cost,
    /// The hub's bounds and intervals; its tick is the configuration's.
    pub hub: plaudit_hub::Config,
    /// The store's bounds.
    pub store: fn(&mut SqliteOptions),
    /// The kinds of topics that there are.
    pub kinds: Kinds,
    /// How long presence takes.
    pub presence: PresenceTimes,
    /// Numbers of inboxes beside those of the configuration.
    pub numbers: Vec<Number>,
    /// What stands before the sink.
    pub sink: fn(Box<dyn Sink>) -> Box<dyn Sink>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            password_cost: Cost::Full,
            hub: plaudit_hub::Config::default(),
            store: |_| {},
            kinds: Kinds::default(),
            presence: PresenceTimes::default(),
            numbers: Vec::new(),
            sink: |sink| sink,
        }
    }
}

/// Why a site did not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The data folder cannot be had.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The process may not open enough files.
    #[error(
        "this process may open {0} files and connections at most, and a site needs {needed}: raise the limit, with \
         `ulimit -n 65536` in a shell or LimitNOFILE=65536 in a systemd unit",
        needed = DESCRIPTORS_KEPT + DESCRIPTORS_LEAST
    )]
    Descriptors(u64),
    /// A number can't be used: which, and what is wrong.
    #[error("[[sms]] of the inbox {0:?}: {1}")]
    Sms(String, String),
    /// The system refused something.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// The hub's threads: one for each core, as far as they pay. One carries some ten thousand viewers, and each is woken by
/// every push.
fn shards() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(8)
}

/// The hub with the site's options; the rest is the tests'.
fn hub_config(config: &Config, parts: &Parts) -> plaudit_hub::Config {
    let mut hub = parts.hub.clone();
    hub.tick = Duration::from_millis(u64::from(config.tick_ms));
    if let Some(seconds) = config.ping_seconds {
        hub.ping_every = Duration::from_secs(u64::from(seconds));
        // Two pings and the way back, as with the default.
        hub.silent_after = hub.ping_every * 12 / 5;
    }
    hub
}

/// Opens the data folder and serves on `listener`.
pub async fn boot(config: Config, listener: TcpListener, parts: Parts) -> Result<Server, BootError> {
    let descriptors = descriptors()?;
    let lock = folder::lock(&config.data).await?;
    let hub = Hub::new(hub_config(&config, &parts), shards())?;
    let bus = Arc::new(LocalBus::default());
    let vitals = Vitals::new();
    let ended = vitals.watch();
    let replies = HubReplies(hub.handle());
    let numbers = numbers(&config)?.into_iter().chain(parts.numbers.clone()).collect();
    let online = Online::default();
    let (app, store) = open_app(&config, &parts, numbers, replies, bus.clone(), online.clone())?;
    let relay = Relay::start(hub.handle(), parts.kinds, store.clone(), bus.as_ref(), parts.presence);
    let teller = relay.clone().tell(&runtime::Handle::current(), |part| vitals.part(part))?;
    let handle = hub.handle();
    let (runtime, service) = (runtime::Handle::current(), (app.clone(), relay.clone(), handle.clone()));
    let shards = hub.run(move |shard| Commands {
        shard: u32::try_from(shard).unwrap_or_default(),
        app: service.0.clone(),
        relay: service.1.clone(),
        hub: service.2.clone(),
        runtime: runtime.clone(),
        online: online.clone(),
        vital: vitals.part(format!("shard {shard} of the hub")),
    });
    let door = Arc::new(Door {
        origins: Origins::new(config.public_url.as_ref(), &config.origins),
        proxies: Proxies::new(config.trusted_proxies.clone()),
        connections: connections(&config, descriptors),
    });
    let cookie = SessionCookie::new(&config.cookie_name, door.origins.secure());
    let site = Site::new(app.clone(), door, cookie, relay.clone());
    let gate = Gate { site: site.clone(), hub: handle.clone(), relay: relay.clone() };
    let http = router::router(site.clone(), upgrade::routes(gate));
    let (stop, stopped) = watch::channel(false);
    let address = listener.local_addr()?;
    let control = control::listen(&config.data)
        .map(|door| tokio::spawn(control::serve(door, config.data, app.clone(), stopped.clone())));
    let serving =
        tokio::spawn(web::server::serve(listener, http, site.clone(), config.times, stopped.clone()));
    let sending = tokio::spawn(app.clone().send_sms(stopped));
    let chores = [
        tokio::spawn(sweep(app.clone())),
        tokio::spawn(by_the_second(app.clone())),
        tokio::spawn(watch_place(store.clone())),
        tokio::spawn(app.clone().fetch_missed_sms()),
        tokio::spawn(app.clone().redact_sms()),
        tokio::spawn(give_back(app)),
    ];
    Ok(Server {
        address,
        hub: handle,
        store,
        relay,
        site,
        stop,
        ended,
        serving,
        shards,
        teller,
        chores,
        sending,
        control,
        _lock: lock,
    })
}

/// The application on its own, for the command line: nobody listens and nothing is live.
pub fn open_offline(config: &Config, parts: &Parts) -> Result<(Arc<App>, Arc<dyn Store>), BootError> {
    /// There are no connections that could wait.
    struct Nobody;
    impl Replies for Nobody {
        fn stage(&mut self, _: Vec<(ConnectionRef, DomainResult<Done>)>) {}
        fn release(&mut self) {}
    }
    folder::make(&config.data)?;
    open_app(config, parts, Vec::new(), Nobody, Arc::new(LocalBus::default()), Online::default())
}

fn open_app<R: Replies>(
    config: &Config,
    parts: &Parts,
    numbers: Vec<Number>,
    replies: R,
    bus: Arc<dyn Bus>,
    online: Online,
) -> Result<(Arc<App>, Arc<dyn Store>), BootError> {
    let mut options = SqliteOptions::new(folder::database(&config.data), random_name()?, parts.clock.now());
    options.online = online;
    (parts.store)(&mut options);
    let sessions = Arc::new(SessionCache::default());
    let waker = Waker::default();
    let sink = (parts.sink)(Box::new(Settler::new(replies, bus, sessions.clone(), waker.clone())));
    let store = SqliteStore::open(&options, sink)?;
    let rules = Rules {
        guests: config.guests,
        limits: config.limits.clone(),
        password_cost: parts.password_cost,
        numbers,
    };
    let app = Arc::new(App::new(store.clone(), parts.clock.clone(), rules, sessions, waker));
    Ok((app, store))
}

/// The numbers of the configuration, with their secrets.
fn numbers(config: &Config) -> Result<Vec<Number>, BootError> {
    let origin = config.public_url.as_ref().map(|url| url.origin().ascii_serialization());
    let number = |sms: &SmsConfig| {
        let setup = Setup {
            kind: sms.provider,
            number: sms.number.clone(),
            account: sms.account.clone(),
            secrets: Secrets::read(&sms.secret_file)?,
            public_keys: sms.public_key_file.as_deref().map(Secrets::read).transpose()?,
            api: sms.api.clone(),
        };
        Ok(Number {
            inbox: sms.inbox.clone(),
            name: sms.provider.as_str(),
            provider: setup.provider()?,
            number: sms.number.clone(),
            country: sms.country,
            origin: origin.clone().unwrap_or_default(),
        })
    };
    let numbers = config.sms.iter();
    numbers.map(|sms| number(sms).map_err(|why| BootError::Sms(sms.inbox.clone(), why))).collect()
}

/// How many descriptors this process may have: as many as the hard limit gives; where that fails, what there is.
fn descriptors() -> Result<u64, BootError> {
    let descriptors = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    if descriptors < DESCRIPTORS_KEPT + DESCRIPTORS_LEAST {
        return Err(BootError::Descriptors(descriptors));
    }
    Ok(descriptors)
}

/// As many connections as configured, or as descriptors allow. The total holds even where limits are off.
fn connections(config: &Config, descriptors: u64) -> Connections {
    let possible = descriptors - DESCRIPTORS_KEPT;
    let total = config.connections.map_or(possible, |wanted| possible.min(u64::from(wanted)));
    let per_address = config.limits.on.then_some(config.limits.connections_per_address as usize);
    Connections::new(usize::try_from(total).unwrap_or(usize::MAX), per_address)
}

/// Says it when the database goes from its place, and when it is back.
async fn watch_place(store: Arc<dyn Store>) {
    let mut times = tokio::time::interval(LOOK_EVERY);
    let mut said = None;
    loop {
        times.tick().await;
        let lost = store.lost();
        match (&said, &lost) {
            (None, Some(lost)) => {
                tracing::error!(
                    lost,
                    "nothing can be saved until it is back; stop this server if it is gone for good"
                );
            }
            (Some(_), None) => tracing::info!("the database is back at its place"),
            _ => {}
        }
        said = lost;
    }
}

async fn give_back(app: Arc<App>) {
    let mut times = tokio::time::interval(GIVE_BACK_EVERY);
    loop {
        times.tick().await;
        app.give_back();
    }
}

async fn sweep(app: Arc<App>) {
    if let Err(error) = app.resume().await {
        tracing::warn!(%error, "what was begun before the start was not carried out");
    }
    let mut times = tokio::time::interval_at(tokio::time::Instant::now() + SWEEP_EVERY, SWEEP_EVERY);
    loop {
        times.tick().await;
        if let Err(error) = app.sweep().await {
            tracing::warn!(%error, "sweeping failed");
        }
    }
}

/// What is due by the second: authors are told of likes, and snoozed cases open.
async fn by_the_second(app: Arc<App>) {
    let mut times = tokio::time::interval(TELL_EVERY);
    times.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        times.tick().await;
        if let Err(error) = app.wake_cases().await {
            tracing::warn!(%error, "snoozed cases were not opened; they will be");
        }
        if let Err(error) = app.tell_likes().await {
            tracing::warn!(%error, "likes were not told; they will be");
        }
    }
}

/// 64 random bits in hex: a name for the lineage of a new database.
pub fn random_name() -> io::Result<String> {
    let mut bits = [0_u8; 8];
    ring::rand::SystemRandom::new().fill(&mut bits).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(format!("{:016x}", u64::from_ne_bytes(bits)))
}
