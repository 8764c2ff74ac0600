//! The issuer as one thing: built from its settings, it knows its address, and runs until told to stop.

use std::{io, net::SocketAddr, sync::Arc};

use tegata_server::{BindError, Listener, NOTICE, Transport};
use thiserror::Error;
use tokio::{sync::watch, time::timeout};

use crate::{app::App, config::Config, key_follower, router::router, store::Store};

/// Why the issuer did not start. The text says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    /// See [`BindError`].
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system refused threads.
    #[error("cannot start the hashing threads: {0}")]
    NoThreads(io::Error),
}

/// An issuer that listens.
#[derive(Debug)]
pub struct Issuer {
    listener: Listener,
    inside: Option<Listener>,
    app: App,
}

impl Issuer {
    /// Listens at the address of the settings; nothing is answered before [`Issuer::run`].
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: &Config, store: Arc<dyn Store>) -> Result<Self, StartError> {
        let app = App::new(config, store)?;
        let https = config.public_url.scheme() == "https";
        let transport = config.transport.clone();
        let listener = Listener::bind(config.bind, "ISSUER_BIND", transport, https).await?;
        Ok(Self {
            listener,
            inside: None,
            app,
        })
    }

    /// Listens by plain http on this machine too, for pages in the same process: whom a certificate names is the world's
    /// matter, not theirs. Gives that address.
    ///
    /// # Errors
    /// [`StartError::Bind`]
    pub async fn listen_inside(&mut self) -> Result<SocketAddr, StartError> {
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let plain = Transport::default();
        let inside = Listener::bind(any_port, "ISSUER_BIND", plain, false).await?;
        let address = inside.address();
        self.inside = Some(inside);
        Ok(address)
    }

    /// What its handlers share.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Answers until `stop` resolves, then drains, and keeps the last audit events.
    pub async fn run(self, stop: impl Future<Output = ()> + Send) -> io::Result<()> {
        let app = self.app.clone();
        let audit = app.audit.clone();
        let (told, asked) = watch::channel(false);
        let (ended, over) = watch::channel(false);
        let stop = async move {
            stop.await;
            // Whoever waits for news has it now.
            app.feed.close();
            told.send_replace(true);
        };
        let keys = self.app.clone();
        let metrics = self.app.metrics.clone();
        let routes = router(self.app);
        let listener = self.listener.counted_in(metrics.clone());
        let inside = async {
            match self.inside {
                Some(inside) => {
                    let inside = inside.counted_in(metrics);
                    // The pages of this process may still be asked, and ask.
                    let stop = async {
                        stopped(asked).await;
                        let _ = timeout(NOTICE, stopped(over)).await;
                    };
                    inside.serve(routes.clone(), stop).await
                }
                None => Ok(()),
            }
        };
        let outside = async {
            let served = listener.serve(routes.clone(), stop).await;
            ended.send_replace(true);
            served
        };
        let serving = async {
            let (outside, inside) = tokio::join!(outside, inside);
            outside.and(inside)
        };
        let served = tokio::select! {
            served = serving => served,
            never = key_follower::follow(&keys) => match never {},
        };
        audit.close().await;
        served
    }
}

async fn stopped(mut asked: watch::Receiver<bool>) {
    // An error means that nobody can ask any more, which is as good as being asked.
    let _ = asked.wait_for(|asked| *asked).await;
}
