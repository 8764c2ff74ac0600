//! Traces, sent by OTLP over HTTP to the collector that OpenTelemetry's own environment variables name; none without
//! them. The SDK reads these variables itself: here is only what it would get wrong, or take in silence.

use std::{env, time::Duration};

use opentelemetry::{Key, KeyValue, global};
use opentelemetry_otlp::{
    OTEL_EXPORTER_OTLP_ENDPOINT as ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL as PROTOCOL,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT as TRACES_ENDPOINT,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL as TRACES_PROTOCOL, SpanExporter, WithHttpConfig,
};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};

use super::collector::Collector;
use crate::{Failure, settings::shared::http_url};

/// The last spans get so long to leave at the most.
const LAST_SPANS: Duration = Duration::from_secs(3);
const SERVICE_NAME: Key = Key::from_static_str("service.name");

/// Where spans go; nowhere, where no collector is named.
#[derive(Debug)]
pub(crate) struct Traces(Option<SdkTracerProvider>);

impl Traces {
    /// Sends the spans of this process from now on, under this name unless `OTEL_SERVICE_NAME` gives another.
    pub(super) fn start(name: &'static str) -> Result<Self, Failure> {
        if !are_wanted()? {
            return Ok(Self(None));
        }
        let collector =
            Collector::new().map_err(|cause| format!("traces cannot be sent: {cause}"))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(collector)
            .build()
            // Its own words may repeat the address, and that a password.
            .map_err(|_| bad_endpoint(ENDPOINT))?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource(name))
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());
        global::set_tracer_provider(provider.clone());
        tracing::info!("traces are sent to the collector");
        Ok(Self(Some(provider)))
    }

    /// Lets the last spans leave, for as long as the stop has left, and not for long.
    pub(crate) async fn finish(self, left: Duration) {
        let Some(provider) = self.0 else { return };
        let left = left.min(LAST_SPANS);
        let sending = move || provider.shutdown_with_timeout(left);
        let sent = tokio::task::spawn_blocking(sending).await;
        if !matches!(sent, Ok(Ok(()))) {
            tracing::warn!("the last traces did not reach the collector");
        }
    }
}

fn are_wanted() -> Result<bool, Failure> {
    let off = |name: &str, word: &str| set(name).is_some_and(|it| it.eq_ignore_ascii_case(word));
    if off("OTEL_SDK_DISABLED", "true") || off("OTEL_TRACES_EXPORTER", "none") {
        return Ok(false);
    }
    let Some((name, endpoint)) = first_set([TRACES_ENDPOINT, ENDPOINT]) else {
        return Ok(false);
    };
    http_url(&endpoint).map_err(|_| bad_endpoint(name))?;
    if let Some((name, protocol)) = first_set([TRACES_PROTOCOL, PROTOCOL])
        && protocol != "http/protobuf"
    {
        return Err(format!(
            "{name} is not http/protobuf, which is all that is spoken here: leave it out, and name the collector's port for HTTP, most often 4318"
        )
        .into());
    }
    Ok(true)
}

fn bad_endpoint(name: &str) -> Failure {
    format!("{name} is no address: write one such as http://127.0.0.1:4318").into()
}

fn first_set(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names
        .into_iter()
        .find_map(|name| set(name).map(|value| (name, value)))
}

/// An empty one counts as unset, as OpenTelemetry has it.
fn set(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// What the environment says of this process, and what it leaves open.
fn resource(name: &'static str) -> Resource {
    let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
    let said = Resource::builder().build();
    let named = said
        .get(&SERVICE_NAME)
        .is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    let known = Resource::builder_empty().with_attribute(version);
    let known = said.iter().fold(known, |known, (key, value)| {
        known.with_attribute(KeyValue::new(key.clone(), value.clone()))
    });
    match named {
        true => known.build(),
        false => known.with_service_name(name).build(),
    }
}
