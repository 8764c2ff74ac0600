//! Traces: what a collector gets of both services, and what becomes of them without one.

#[cfg(feature = "otlp")]
mod collector;
#[cfg(feature = "otlp")]
mod protobuf;
#[cfg(feature = "otlp")]
mod sent;
#[cfg(not(feature = "otlp"))]
mod without {
    use crate::tegata::Place;

    #[test]
    fn a_program_without_traces_says_so_to_whoever_expects_them() {
        let place = Place::new().with("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
        let tegata = place.start();
        let said = tegata.log();
        assert!(said.contains("built without traces"), "{said}");
    }
}
