//! Settings of how services meet the network: certificates, connections, and where plain http is allowed.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use tegata_server::{Tls, Transport};

use super::shared::{SharedSettings, file};
use crate::{Failure, handles};

#[derive(Args, Clone, Debug)]
pub(crate) struct TransportSettings {
    #[command(flatten)]
    pub(crate) tls: TlsSettings,

    /// Connections that each service keeps open at most
    #[arg(long, env = "MAX_CONNECTIONS", value_name = "NUMBER", default_value = "16384",
          value_parser = connections)]
    pub(crate) max_connections: usize,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct TlsSettings {
    /// The certificate that is shown to those who come by https, and those between it and its authority, in PEM form
    /// [default: none, plain http]
    #[arg(long, env = "TLS_CERT_FILE", value_name = "FILE", value_parser = file)]
    pub(crate) tls_cert_file: Option<PathBuf>,

    /// The private key of that certificate, in PEM form
    #[arg(long, env = "TLS_KEY_FILE", value_name = "FILE", value_parser = file)]
    pub(crate) tls_key_file: Option<PathBuf>,
}

impl TlsSettings {
    /// How services here are found.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.tls_cert_file {
            Some(_) => "https",
            None => "http",
        }
    }

    fn open(&self) -> Result<Option<Tls>, Failure> {
        let (set, missing) = match (&self.tls_cert_file, &self.tls_key_file) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => {
                let tls = Tls::open(certificate, key).map_err(|why| why.to_string())?;
                return Ok(Some(tls));
            }
            (Some(_), None) => ("TLS_CERT_FILE", "TLS_KEY_FILE"),
            (None, Some(_)) => ("TLS_KEY_FILE", "TLS_CERT_FILE"),
        };
        Err(format!("{set} is set and {missing} is not: set both, or neither").into())
    }
}

impl SharedSettings {
    /// For the service that listens on `bind`, as `setting` says.
    pub(crate) fn transport(
        &self,
        bind: SocketAddr,
        setting: &'static str,
    ) -> Result<Transport, Failure> {
        let tls = self.transport.tls.open()?;
        let proxied = !self.trusted_proxies().is_empty();
        if tls.is_none() && !proxied && !bind.ip().to_canonical().is_loopback() {
            return Err(format!(
                "{setting}={bind} can be reached from other machines, and passwords would travel in the clear: set TLS_CERT_FILE and TLS_KEY_FILE, or TRUSTED_PROXIES to the addresses of the proxy that does TLS"
            )
            .into());
        }
        Ok(Transport {
            max_connections: handles::room_for(self.transport.max_connections),
            tls,
            proxied,
        })
    }
}

fn connections(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "write a number from 1 to 1000000, such as 16384".to_owned())
}
