//! Settings that each make sense and do not go together: what the services would refuse to start with.

use tegata_token::SystemRandom;
use url::Url;

use super::report::{Outcome, Report};
use crate::settings::{
    frontend::FrontendSettings,
    issuer::IssuerSettings,
    secret::{self, Missing},
    shared::SharedSettings,
};

const ADVICE: &str = "no service starts like this; then run this again";

/// By what reads them at start. `has_secret`: otherwise that has been told, and what needs one is not looked at.
pub(super) fn judge(
    report: &mut Report,
    shared: &SharedSettings,
    (issuer, frontend): (&IssuerSettings, &FrontendSettings),
    issuer_url: Url,
    has_secret: bool,
) {
    let before = report.count(Outcome::Failed);
    if let Err(why) = frontend.config(shared, None, issuer_url) {
        report.fail("settings", why.message, ADVICE);
    }
    if has_secret && before == 0 {
        let folder = &shared.data.data_dir;
        let secrets = secret::secrets(&shared.secret, folder, Missing::Refuse, &SystemRandom);
        if let Err(why) = secrets.and_then(|secrets| issuer.config(shared, &secrets)) {
            report.fail("settings", why.message, ADVICE);
        }
    }
    if report.count(Outcome::Failed) == before {
        report.ok("settings", "they go together");
    }
}
