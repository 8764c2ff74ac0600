//! What an operator's Prometheus sees of a real pair, and whether the dashboard, the alerts and the documentation speak
//! of the same metrics.

mod names;
mod offered;
mod promql;

use std::{collections::BTreeSet, time::Duration};

use serde_json::Value;
use tokio::time::timeout;

use crate::{make_env::read, tegata::Place};
use offered::Offered;

const LIMIT: Duration = Duration::from_secs(20);
/// Labels that Prometheus adds, or that a histogram has.
const ADDED: [&str; 3] = ["instance", "job", "le"];
/// What Prometheus itself makes of every scrape.
const PROMETHEUS_OWN: [&str; 1] = ["up"];
/// Labels whose values are closed lists: all there from the start, but of routes those that were asked for.
const CLOSED: [&str; 7] = [
    "outcome",
    "event",
    "cause",
    "reason",
    "kind",
    "operation",
    "route",
];
/// The route of what there is none for.
const UNMATCHED: &str = "unmatched";

/// One log-in on a pair that signs with key pairs, and a look at each of these routes at both services, so that there
/// is something of everything.
async fn offered(routes: &BTreeSet<String>) -> Offered {
    let place = Place::new().with("ALGORITHM", "EdDSA");
    let tegata = place.start();
    let browser = reqwest::Client::builder()
        .cookie_store(true)
        .build()
        .unwrap();
    let form = [("username", "admin"), ("password", &*tegata.admin_password)];
    let pages = &tegata.pages;
    let home = browser.post(format!("{pages}/login")).form(&form).send();
    assert_eq!(home.await.unwrap().status(), 200);
    let mut offered = Offered::default();
    for service in [&tegata.api, pages] {
        let ready = browser.get(format!("{service}/health/ready")).send().await;
        assert_eq!(ready.unwrap().status(), 200);
        for route in routes {
            // Whatever the answer, it is counted for the route that took it.
            let path = route.replace(['{', '}'], "");
            browser
                .get(format!("{service}{path}"))
                .send()
                .await
                .unwrap();
        }
        // What follows the issuer in the background says nothing before it has heard something.
        let there = async {
            loop {
                let answer = browser.get(format!("{service}/metrics")).send().await;
                let answer = answer.unwrap();
                assert_eq!(answer.status(), 200);
                let text = answer.text().await.unwrap();
                let follows = |name: &str| text.contains(name);
                if service == &tegata.api
                    || (follows("tegata_revocation_feed_age") && follows("tegata_jwks_age"))
                {
                    return text;
                }
            }
        };
        let text = timeout(LIMIT, there).await;
        let text = text.unwrap_or_else(|_| panic!("the pages hear nothing of the issuer"));
        assert!(!text.contains(&tegata.admin_password));
        offered.read(&text);
    }
    offered
}

/// Every expression of the dashboard.
fn dashboard() -> Vec<String> {
    let file: Value = serde_json::from_str(&read("monitoring/grafana-dashboard.json")).unwrap();
    let panels = file["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().cloned().unwrap_or_default());
    let mut found: Vec<String> = targets
        .map(|target| target["expr"].as_str().unwrap().to_owned())
        .collect();
    for variable in file["templating"]["list"].as_array().unwrap() {
        let query = variable["query"].as_str().unwrap();
        if let Some(values) = query.strip_prefix("label_values(") {
            let (metric, label) = values.trim_end_matches(')').split_once(',').unwrap();
            found.push(format!("count by ({}) ({metric})", label.trim()));
        }
    }
    assert!(found.len() > 30, "{}", found.len());
    found
}

/// Every alert: its name and its expression.
fn alerts() -> Vec<(String, String)> {
    let file: Value = serde_saphyr::from_str(&read("monitoring/alerts.yml")).unwrap();
    let rules = file["groups"].as_array().unwrap().iter();
    let rules = rules.flat_map(|group| group["rules"].as_array().unwrap());
    let rules: Vec<_> = rules
        .map(|rule| {
            let text = |name: &str| rule[name].as_str().unwrap().to_owned();
            assert!(rule["annotations"]["summary"].is_string(), "{rule}");
            assert!(rule["labels"]["severity"].is_string(), "{rule}");
            (text("alert"), text("expr"))
        })
        .collect();
    assert!(rules.len() > 10);
    rules
}

/// Every route that one of these is about, or leaves out.
fn routes(expressions: &[String]) -> BTreeSet<String> {
    let used = expressions
        .iter()
        .map(|expression| promql::used(expression));
    let metrics = used.flat_map(|used| used.metrics);
    let matchers = metrics.flat_map(|metric| metric.matchers);
    let values = matchers.filter_map(|(label, value)| value.filter(|_| label == "route"));
    let routes: BTreeSet<String> = values
        .flat_map(|value| value.split('|').map(str::to_owned).collect::<Vec<_>>())
        .filter(|route| route != UNMATCHED)
        .collect();
    assert!(routes.len() > 10, "{routes:?}");
    routes
}

/// What is wrong with an expression, if anything is.
fn wrong(expression: &str, offered: &Offered) -> Option<String> {
    let used = promql::used(expression);
    if used.metrics.is_empty() {
        return Some("it names no metric".to_owned());
    }
    let mut labels: BTreeSet<&str> = ADDED.into();
    for metric in &used.metrics {
        if PROMETHEUS_OWN.contains(&metric.name.as_str()) {
            continue;
        }
        let Some(known) = offered.labels(&metric.name) else {
            return Some(format!("nobody offers {}", metric.name));
        };
        for (label, value) in &metric.matchers {
            if !known.contains_key(label) && !ADDED.contains(&label.as_str()) {
                return Some(format!("{} has no label {label}", metric.name));
            }
            let Some(value) = value
                .as_deref()
                .filter(|_| CLOSED.contains(&label.as_str()))
            else {
                continue;
            };
            for word in value.split('|') {
                if !known[label].contains(word) {
                    return Some(format!("{} has no {label} {word}", metric.name));
                }
            }
        }
        labels.extend(known.keys().map(String::as_str));
    }
    let strange = used.by.iter().find(|by| !labels.contains(by.as_str()));
    strange.map(|by| format!("no metric there has the label {by}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboard_alerts_and_documentation_speak_of_what_both_services_offer() {
    let alerts = alerts();
    let expressions = alerts.iter().map(|(_, expression)| expression.clone());
    let expressions: Vec<String> = expressions.chain(dashboard()).collect();
    let mut asked = routes(&expressions);
    asked.insert("/logins".to_owned());
    let offered = offered(&asked).await;
    for expression in &expressions {
        let wrong = wrong(expression, &offered);
        assert_eq!(wrong, None, "{expression}");
    }
    // The comparison itself can fail.
    for (renamed, why) in [
        ("rate(tegata_logons_total[5m])", "nobody offers"),
        (
            "rate(tegata_logins_total{result=\"success\"}[5m])",
            "no label",
        ),
        (
            "rate(tegata_logins_total{outcome=~\"refused|thrown\"}[5m])",
            "no outcome",
        ),
        (
            "rate(tegata_logins_total{outcome!=\"thrown\"}[5m])",
            "no outcome",
        ),
        (
            "rate(tegata_http_requests_total{route=~\"/login|/logins\"}[5m])",
            "no route /logins",
        ),
        (
            "rate(tegata_http_requests_total{route!~\"/login|/logins\"}[5m])",
            "no route /logins",
        ),
        (
            "sum by (path) (rate(tegata_logins_total[5m]))",
            "has the label path",
        ),
        ("1 + 1", "no metric"),
    ] {
        let wrong = wrong(renamed, &offered).unwrap_or_default();
        assert!(wrong.contains(why), "{renamed}: {wrong}");
    }

    let (metrics, documented_alerts) = names::documented(&read("docs/operations.md"));
    let documented: BTreeSet<&str> = metrics.keys().map(String::as_str).collect();
    let there: BTreeSet<&str> = offered.names().collect();
    assert_eq!(
        documented, there,
        "docs/operations.md lists what is offered"
    );
    for (name, labels) in &metrics {
        let known = offered.labels(name).unwrap();
        let known: BTreeSet<&str> = known.keys().map(String::as_str).collect();
        let labels: BTreeSet<&str> = labels.iter().map(String::as_str).collect();
        assert_eq!(labels, known, "{name}: its labels in docs/operations.md");
    }
    let alerts: BTreeSet<String> = alerts.into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        documented_alerts, alerts,
        "docs/operations.md lists the alerts"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_id_is_in_the_log_of_both_services() {
    let place = Place::new();
    let tegata = place.start();
    let browser = reqwest::Client::new();
    let form = [("username", "admin"), ("password", "not this one")];
    let asked = browser.post(format!("{}/login", tegata.pages)).form(&form);
    let id = "an-id-from-the-edge-01";
    let answer = asked.header("x-request-id", id).send().await.unwrap();
    assert_eq!(answer.headers()["x-request-id"], id);
    let log = tegata.log();
    let says = |words: &str| {
        let mut lines = log.lines();
        lines.any(|line| line.contains(id) && line.contains(words))
    };
    assert!(
        says("path=\"/login\"") || says("/login"),
        "the pages: {log}"
    );
    assert!(says("/token"), "the issuer: {log}");
    assert!(says("login_failed"), "what happened: {log}");
}
