//! `tegata events`: what the audit trail has kept, latest first.

use clap::Args;
use serde_json::{Map, Value};
use tegata_issuer::{
    event::{Actor, Event, Kind},
    store::{Store, Which},
    user::UsernameKey,
};
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::user::{Names, Where, say};
use crate::{
    Failure,
    settings::shared::{LogFormat, LogLevel, LogSettings},
    telemetry,
};

/// Fetched at a time.
const PAGE: usize = 500;

#[derive(Args, Debug)]
pub(crate) struct Events {
    /// Only what is about this user: a name, or the id of somebody who is gone
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// So many at most
    #[arg(long, value_name = "NUMBER", default_value = "50", value_parser = limit)]
    limit: usize,
    /// Leave refreshes out: of those there are many
    #[arg(long)]
    without_refreshes: bool,
    /// Only what is of this kind, such as login_failed
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Write a JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Where,
}

impl Events {
    pub(super) async fn run(self) -> Result<(), Failure> {
        telemetry::start(&LogSettings {
            log: LogLevel::Warn,
            log_format: LogFormat::Text,
        });
        let store = self.place.open().await?;
        let done = self.show(store.as_ref()).await;
        store.close().await;
        done
    }

    async fn show(&self, store: &dyn Store) -> Result<(), Failure> {
        let which = Which {
            user: match &self.user {
                Some(name) => Some(id_of(store, name).await?),
                None => None,
            },
            without_refreshes: self.without_refreshes,
            kind: self.kind,
        };
        if !self.json {
            say("AT\tKIND\tUSER\tACTOR\tADDRESS\tCAUSE\tSESSION\tUSER AGENT")?;
        }
        let mut names = Names::default();
        let (mut before, mut left) = (None, self.limit);
        while left > 0 {
            let asked = left.min(PAGE);
            let events = store.events_before(before, which, asked).await?;
            for event in &events {
                let line = if self.json {
                    json(event).to_string()
                } else {
                    row(store, &mut names, event).await?
                };
                say(&line)?;
            }
            before = events.last().map(|event| event.id);
            if events.len() < asked {
                break;
            }
            left -= asked;
        }
        Ok(())
    }
}

async fn row(store: &dyn Store, names: &mut Names, event: &Event) -> Result<String, Failure> {
    let act = &event.act;
    let user = match act.user {
        Some(user) => Some(names.of(store, user).await?),
        None => None,
    };
    let actor = match act.by.actor {
        Actor::User(actor) => Some(names.of(store, actor).await?),
        ref other => other.code(),
    };
    let cause = [act.cause.clone(), act.count.map(|count| count.to_string())];
    let cause: Vec<String> = cause.into_iter().flatten().collect();
    let columns = [
        Some(at(event)),
        Some(act.kind.code().to_owned()),
        user.or_else(|| act.client_id.clone()),
        actor,
        act.by.from.address.map(|address| address.to_string()),
        Some(cause.join(" ")).filter(|cause| !cause.is_empty()),
        act.session.map(|sid| sid.to_string()),
        act.by.from.user_agent.clone(),
    ];
    let columns = columns.map(|column| column.unwrap_or_else(|| "-".to_owned()));
    Ok(columns.join("\t"))
}

async fn id_of(store: &dyn Store, name: &str) -> Result<Uuid, Failure> {
    let user = store.user_by_username(&UsernameKey::of(name)).await?;
    let id = user.map(|user| user.id).or_else(|| name.parse().ok());
    id.ok_or_else(|| {
        format!("there is no user {name:?}: `tegata user list` shows them all; of somebody who is gone write the id").into()
    })
}

/// As `GET /admin/events` has it, without what there is not.
fn json(event: &Event) -> Value {
    let act = &event.act;
    let texts = [
        ("id", Some(event.id.to_string())),
        ("at", Some(at(event))),
        ("kind", Some(act.kind.code().to_owned())),
        ("user", act.user.map(|user| user.to_string())),
        ("actor", act.by.actor.code()),
        ("session", act.session.map(|sid| sid.to_string())),
        ("client_id", act.client_id.clone()),
        (
            "address",
            act.by.from.address.map(|address| address.to_string()),
        ),
        ("user_agent", act.by.from.user_agent.clone()),
        ("cause", act.cause.clone()),
    ];
    let texts = texts
        .into_iter()
        .filter_map(|(name, text)| Some((name.to_owned(), Value::from(text?))));
    let count = act
        .count
        .map(|count| ("count".to_owned(), Value::from(count)));
    Value::Object(texts.chain(count).collect::<Map<_, _>>())
}

fn at(event: &Event) -> String {
    event.at.format(&Rfc3339).unwrap_or_default()
}

fn kind(text: &str) -> Result<Kind, String> {
    text.parse().map_err(|_| {
        let kinds = Kind::ALL.map(Kind::code);
        format!("write one of {}", kinds.join(", "))
    })
}

fn limit(text: &str) -> Result<usize, String> {
    let limit = text.parse().ok().filter(|limit| *limit > 0);
    limit.ok_or_else(|| "write a number over zero, such as 50".to_owned())
}
