# The image of `tegata`: the whole pair by default, one service with `issuer` or `frontend` behind it.
#
#   docker build -t tegata .
#   docker run --rm -p 127.0.0.1:8080:8080 -e PUBLIC_URL=http://localhost:8080 \
#     -e TRUSTED_PROXIES=172.16.0.0/12 -v tegata:/data tegata

# Manifests and empty sources, so that the layer of the dependencies is built again only when they change.
# (Cached layers work in every builder and in CI; cache mounts live on one machine only.)
FROM rust:1.95-slim-bookworm AS manifests
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY examples/axum examples/axum
COPY fuzz/Cargo.toml fuzz/Cargo.toml
RUN find crates -type f ! -name Cargo.toml ! -path '*/src/lib.rs' ! -path '*/src/main.rs' -delete \
    && find crates -name lib.rs -exec sh -c ': > "$1"' - {} \; \
    && echo 'fn main() {}' | tee examples/axum/src/main.rs > crates/cli/src/main.rs

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY --from=manifests /src .
RUN cargo build --release --locked
COPY crates crates
# Cargo goes by time, and these files may be older than the empty ones that it has just built.
RUN touch crates/*/src/lib.rs crates/*/src/main.rs \
    && cargo build --release --locked

FROM debian:bookworm-slim
# What TLS needs when ISSUER_URL is https; the package would bring the openssl command along.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/target/release/tegata /usr/local/bin/
# A volume that is mounted here takes over the owner. There is no VOLUME: with MongoDB nothing is written.
RUN install -d -m 0700 -o 10001 -g 10001 /data
USER 10001:10001
# PUBLIC_URL has no default on purpose: `tegata` asks for it.
ENV DATA_DIR=/data ISSUER_BIND=0.0.0.0:8000 FRONTEND_BIND=0.0.0.0:8080
EXPOSE 8000 8080
# Ready, not only alive: start order waits for this, and Docker restarts nothing that is unhealthy. Where
# something does (Swarm), ask `tegata health --live`: a restart does not bring a database back.
HEALTHCHECK --interval=5s --timeout=10s --start-period=30s CMD ["tegata", "health"]
# `tegata` takes signals as process 1 and drains for up to 10 seconds: give `docker stop` 15.
ENTRYPOINT ["tegata"]
