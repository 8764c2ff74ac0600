//! `GET /metrics`: who may read it, and in which text format.

use axum::{
    extract::Request,
    response::{IntoResponse, Response},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, FORWARDED},
};

use super::Metrics;
use crate::{Client, Networks, TrustedProxies};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const PLAIN_TEXT: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Who may read the metrics.
#[derive(Clone, Debug, Default)]
pub struct Scrapers {
    /// Where they are.
    pub from: Networks,
    /// Who may say where a request really comes from.
    pub proxies: TrustedProxies,
}

impl Scrapers {
    /// The metrics, for one of these; for anybody else none, and the service says that there is nothing here.
    pub fn answer(&self, metrics: &Metrics, request: Request) -> Option<Response> {
        let (parts, _) = request.into_parts();
        let address = parts.extensions.get::<Client>()?.address?;
        // Behind a proxy that nobody declared every address is the proxy's: often this machine's own.
        let passed_on = [FORWARDED_FOR, FORWARDED]
            .iter()
            .any(|name| parts.headers.contains_key(name));
        // And behind one that names nobody outside it is a proxy's too.
        let said = self.proxies.send(&parts) && !self.proxies.trusts(address);
        if !self.from.contain(address) || (passed_on && !said) {
            return None;
        }
        let text = metrics.open_metrics().ok()?;
        let (kind, text) = if wants_open_metrics(&parts.headers) {
            (OPEN_METRICS, text)
        } else {
            (PLAIN_TEXT, as_plain_text(&text))
        };
        let no_store = HeaderValue::from_static("no-store");
        Some(([(CONTENT_TYPE, kind), (CACHE_CONTROL, no_store)], text).into_response())
    }
}

fn wants_open_metrics(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(ACCEPT).iter();
    accepted.any(|value| {
        let value = value.to_str().unwrap_or_default();
        value.contains("application/openmetrics-text")
    })
}

/// Prometheus' own older format, for whoever does not ask for the newer: there a counter is described by its whole
/// name, and there are no units and no end.
fn as_plain_text(open_metrics: &str) -> String {
    let counters: Vec<&str> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some("EOF" | "UNIT"), ..) => continue,
            (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(&name) => {
                text.push_str(&format!("# {what} {name}_total {rest}"));
            }
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::{body::Body, extract::ConnectInfo};

    use super::*;
    use crate::client::client;

    #[test]
    fn who_was_passed_on_has_to_come_from_somebody() {
        let scrapers = Scrapers {
            from: "127.0.0.0/8, 192.168.7.7".parse().unwrap(),
            proxies: "127.0.0.1, ::1".parse().unwrap(),
        };
        let metrics = Metrics::new("test", |_| {});
        let local: SocketAddr = ([127, 0, 0, 1], 1).into();
        for (name, value, shown) in [
            ("accept", "*/*", true),
            ("x-forwarded-for", "192.168.7.7", true),
            ("x-forwarded-for", "192.168.7.8", false),
            ("x-forwarded-for", "127.0.0.1", false),
            ("x-forwarded-for", "::1", false),
            ("x-forwarded-for", "unknown", false),
            ("x-forwarded-for", "", false),
            ("forwarded", "for=192.168.7.7", false),
        ] {
            let mut request = Request::new(Body::empty());
            request.headers_mut().insert(name, value.parse().unwrap());
            request.extensions_mut().insert(ConnectInfo(local));
            let sender = client(&request, &scrapers.proxies);
            request.extensions_mut().insert(sender);
            let answer = scrapers.answer(&metrics, request);
            assert_eq!(answer.is_some(), shown, "{name}: {value}");
        }
    }

    #[test]
    fn the_older_format_describes_counters_by_their_whole_name() {
        let open = "# HELP a_b What it is.\n# TYPE a_b counter\na_b_total 1\n# HELP c D.\n# TYPE c gauge\n\
                    # UNIT c seconds\nc 2\n# EOF\n";
        let plain = "# HELP a_b_total What it is.\n# TYPE a_b_total counter\na_b_total 1\n# HELP c D.\n\
                     # TYPE c gauge\nc 2\n";
        assert_eq!(as_plain_text(open), plain);
    }
}
