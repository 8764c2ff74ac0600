//! Settings of how the issuer holds back those who fail, or ask too often.

use clap::Args;
use tegata_issuer::config::Throttling;
use time::Duration;

use super::duration;
use crate::Failure;

/// How long whoever gives wrong passwords waits.
#[derive(Args, Clone, Debug)]
pub(crate) struct WaitSettings {
    /// Wrong passwords at an account after which whoever tries it has to wait, longer with each
    #[arg(long, env = "LOGIN_FAILURES_PER_ACCOUNT", value_name = "NUMBER", value_parser = number,
          default_value = "5")]
    pub(crate) login_failures_per_account: u32,

    /// The same from one address (of IPv6 its /64), at whatever accounts
    #[arg(long, env = "LOGIN_FAILURES_PER_ADDRESS", value_name = "NUMBER", value_parser = number,
          default_value = "20")]
    pub(crate) login_failures_per_address: u32,

    /// The longest wait of an address that fails, an hour at most
    #[arg(long, env = "LOGIN_MAX_WAIT", value_name = "TIME", value_parser = wait, default_value = "15m")]
    pub(crate) login_max_wait: Duration,

    /// The longest wait of an account that others fail at, for whoever comes from another address
    #[arg(long, env = "ACCOUNT_MAX_WAIT", value_name = "TIME", value_parser = wait, default_value = "30s")]
    pub(crate) account_max_wait: Duration,
}

#[derive(Args, Clone, Debug)]
pub(crate) struct ThrottlingSettings {
    #[command(flatten)]
    pub(crate) waits: WaitSettings,

    /// Accounts that one address may register within an hour
    #[arg(long, env = "REGISTRATIONS_PER_ADDRESS", value_name = "NUMBER", value_parser = number,
          default_value = "20")]
    pub(crate) registrations_per_address: u32,

    /// Times a minute that one login session may be refreshed at one process
    #[arg(long, env = "REFRESHES_PER_SESSION", value_name = "NUMBER", value_parser = number,
          default_value = "60")]
    pub(crate) refreshes_per_session: u32,

    /// Tokens a minute that one client, or administrator, may have introspected at one process
    #[arg(long, env = "INTROSPECTIONS_PER_CLIENT", value_name = "NUMBER", value_parser = number,
          default_value = "60000")]
    pub(crate) introspections_per_client: u32,
}

impl WaitSettings {
    /// What these say; the rest as by default.
    pub(crate) fn throttling(&self) -> Result<Throttling, Failure> {
        if self.account_max_wait > self.login_max_wait {
            return Err(
                "ACCOUNT_MAX_WAIT is longer than LOGIN_MAX_WAIT: whoever attacks an account would keep its owner out for as long; write a shorter one"
                    .into(),
            );
        }
        Ok(Throttling {
            failures_per_account: self.login_failures_per_account,
            failures_per_address: self.login_failures_per_address,
            max_wait: self.login_max_wait,
            account_max_wait: self.account_max_wait,
            ..Throttling::default()
        })
    }
}

impl ThrottlingSettings {
    pub(crate) fn throttling(&self) -> Result<Throttling, Failure> {
        Ok(Throttling {
            registrations_per_address: self.registrations_per_address,
            refreshes_per_session: self.refreshes_per_session,
            introspections_per_client: self.introspections_per_client,
            ..self.waits.throttling()?
        })
    }
}

fn number(text: &str) -> Result<u32, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=1_000_000).contains(number));
    number.ok_or_else(|| "write a number from 1 to 1000000, such as 20".to_owned())
}

fn wait(text: &str) -> Result<Duration, String> {
    let wait = duration::parse(text)?;
    if wait <= Duration::hours(1) {
        Ok(wait)
    } else {
        Err("write a time of an hour at most, such as 15m: then failures are forgotten".to_owned())
    }
}
