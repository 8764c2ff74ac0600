//! A real Chromium, driven through chromedriver, with the verbs of a person.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Looks, 20 ms apart, before a person would give up.
const PATIENCE: usize = 1000;
const LOADED: &str = "return document.readyState === 'complete';";

/// One browser with an empty profile.
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
    _profile: TempDir,
}

/// What the browser of a visitor is like.
#[derive(Clone, Copy)]
pub(crate) struct Visitor {
    pub(crate) language: &'static str,
    pub(crate) javascript: bool,
}

impl Visitor {
    pub(crate) const JAPANESE: Self = Self {
        language: "ja",
        javascript: true,
    };
    pub(crate) const ENGLISH: Self = Self {
        language: "en",
        javascript: true,
    };
}

impl Browser {
    pub(crate) async fn open(visitor: Visitor) -> Self {
        Self::open_with(visitor, &[]).await
    }

    /// One for which all hosts of `example.com` are on this machine, whatever their certificates say.
    pub(crate) async fn open_at_example_com(visitor: Visitor) -> Self {
        let hosts = "--host-resolver-rules=MAP *.example.com 127.0.0.1";
        Self::open_with(visitor, &[hosts, "--ignore-certificate-errors"]).await
    }

    async fn open_with(visitor: Visitor, arguments: &[&str]) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().unwrap();
        let own = format!("--user-data-dir={}", profile.path().display());
        let mut all = vec![
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--window-size=1280,900",
            &own,
        ];
        all.extend(arguments);
        let options = json!({
            "args": all,
            "prefs": {
                "intl.accept_languages": visitor.language,
                "profile.managed_default_content_settings.javascript":
                    if visitor.javascript { 1 } else { 2 },
            },
        });
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": options }) else {
            unreachable!("an object is an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.address)
            .await
            .unwrap();
        Self {
            client,
            driver,
            _profile: profile,
        }
    }

    pub(crate) async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    pub(crate) async fn back(&self) {
        self.client.back().await.unwrap();
    }

    pub(crate) async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The whole address of the page that is shown.
    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    /// Path and query of the page that is shown.
    pub(crate) async fn place(&self) -> String {
        let url = self.client.current_url().await.unwrap();
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    /// Waits until the browser is there.
    pub(crate) async fn arrive(&self, place: &str) {
        let mut look = tokio::time::interval(Duration::from_millis(20));
        for _ in 0..PATIENCE {
            if self.place().await == place && self.run(LOADED).await == true {
                return;
            }
            look.tick().await;
        }
        panic!(
            "at {} instead of {place}: {}",
            self.place().await,
            self.text().await
        );
    }

    /// Everything a person can read on the page.
    pub(crate) async fn text(&self) -> String {
        self.find("body").await.text().await.unwrap()
    }

    pub(crate) async fn text_of(&self, css: &str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub(crate) async fn has(&self, css: &str) -> bool {
        !self
            .client
            .find_all(Locator::Css(css))
            .await
            .unwrap()
            .is_empty()
    }

    pub(crate) async fn value_of(&self, css: &str) -> String {
        self.find(css)
            .await
            .prop("value")
            .await
            .unwrap()
            .unwrap_or_default()
    }

    pub(crate) async fn type_into(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    pub(crate) async fn click(&self, css: &str) {
        self.find(css).await.click().await.unwrap();
    }

    /// Waits until something is there; chromedriver gives up after thirty seconds.
    pub(crate) async fn wait_for(&self, css: &str) {
        self.client
            .wait()
            .for_element(Locator::Css(css))
            .await
            .unwrap();
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap()
    }

    /// Runs a script that calls `arguments[0]` when it is done.
    pub(crate) async fn run_async(&self, script: &str) -> Value {
        self.client.execute_async(script, vec![]).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, username: &str, password: &str) {
        self.type_into("#username", username).await;
        self.type_into("#password", password).await;
        self.click("button.main").await;
    }

    pub(crate) async fn open_tab(&self) {
        let tab = self.client.new_window(true).await.unwrap();
        self.client.switch_to_window(tab.handle).await.unwrap();
    }

    /// After the last one comes the first.
    pub(crate) async fn next_tab(&self) {
        let tabs = self.client.windows().await.unwrap();
        let current = self.client.window().await.unwrap();
        let place = tabs.iter().position(|tab| *tab == current).unwrap();
        let next = tabs[(place + 1) % tabs.len()].clone();
        self.client.switch_to_window(next).await.unwrap();
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
        drop(self.driver);
    }

    async fn find(&self, css: &str) -> fantoccini::elements::Element {
        match self.client.find(Locator::Css(css)).await {
            Ok(element) => element,
            Err(why) => panic!("no {css} at {}: {why}", self.place().await),
        }
    }
}

struct Driver {
    process: Child,
    address: String,
}

impl Driver {
    fn start() -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|why| panic!("chromedriver: {why}; ./check installs it on Debian"));
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let port = stdout
            .lines()
            .find_map(|line| {
                let line = line.unwrap();
                let port = line.split_once("successfully on port ")?.1;
                Some(port.trim_end_matches('.').to_owned())
            })
            .unwrap();
        Self {
            process,
            address: format!("http://127.0.0.1:{port}"),
        }
    }
}

impl Drop for Driver {
    /// The whole group: a test that fails leaves its browser open, and that outlives its driver.
    fn drop(&mut self) {
        let group = format!("-{}", self.process.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        let _ = self.process.wait();
    }
}
