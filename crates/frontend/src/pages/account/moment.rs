//! A point in time, for people. In UTC, because a server does not know where they are; a script of the page puts
//! it into their own time.

use time::{OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

use crate::locale::AccountMessages;

/// See the module.
#[derive(Debug)]
pub(super) struct Moment {
    /// For the `datetime` of a `<time>`.
    pub(super) iso: String,
    /// To the minute.
    pub(super) text: String,
    /// The day alone.
    pub(super) day: String,
}

impl From<OffsetDateTime> for Moment {
    fn from(at: OffsetDateTime) -> Self {
        let minute = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        let day = format_description!("[year]-[month]-[day]");
        Self {
            iso: at.format(&Rfc3339).unwrap_or_default(),
            text: at.format(&minute).unwrap_or_default(),
            day: at.format(&day).unwrap_or_default(),
        }
    }
}

/// How long ago, if that was within a day. What lies in the future by another's clock is now.
pub(super) fn ago(at: OffsetDateTime, now: OffsetDateTime, t: &AccountMessages) -> Option<String> {
    match (now - at).whole_minutes() {
        ..1 => Some(t.just_now.to_owned()),
        minutes @ 1..60 => Some(t.minutes_ago.replace("{m}", &minutes.to_string())),
        minutes @ 60..1440 => Some(t.hours_ago.replace("{h}", &(minutes / 60).to_string())),
        _ => None,
    }
}
