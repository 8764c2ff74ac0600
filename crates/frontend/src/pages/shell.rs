//! The frame around every page, and the page for what went wrong.

use std::borrow::Cow;

use askama::Template;
use tegata_server::RequestId;

use crate::locale::{Language, Messages};

/// What the layout shows.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) t: &'static Messages,
    pub(crate) lang: &'static str,
    pub(crate) other_lang: &'static str,
    /// This page, for the language switch to come back to.
    pub(crate) here: String,
    pub(crate) signed_in_as: Option<String>,
    pub(crate) notice: Option<Notice>,
    /// This deployment's secret protects nobody: said on every page.
    pub(crate) weak_secret: bool,
    /// The issuer signs with a key that is not known here: said on every page that greets nobody, for the operator.
    pub(crate) keys_differ: Option<String>,
}

impl Shell {
    /// The frame for somebody of whom nothing is known.
    pub(crate) fn plain(language: Language) -> Self {
        Self {
            t: language.messages(),
            lang: language.tag(),
            other_lang: language.other().tag(),
            here: "/".to_owned(),
            signed_in_as: None,
            notice: None,
            weak_secret: false,
            keys_differ: None,
        }
    }
}

/// A message shown once.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// `good`, `info` or `bad`.
    pub(crate) tone: &'static str,
    pub(crate) text: Cow<'static, str>,
}

#[derive(Template)]
#[template(path = "error.html")]
pub(crate) struct ErrorPage {
    pub(crate) shell: Shell,
    pub(crate) status: u16,
    pub(crate) title: &'static str,
    pub(crate) text: Cow<'static, str>,
    pub(crate) action_href: String,
    pub(crate) action_label: &'static str,
    /// For whoever asks for help: the operator finds it in the log.
    pub(crate) request_id: Option<RequestId>,
}
