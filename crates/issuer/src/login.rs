//! Who may log in, and the login session they get. Both `/token` and `/auth` end here, so that a user, a
//! wrong password and a disabled account cost the same and answer the same everywhere.

use tegata_server::Client;
use time::Duration;
use tracing::Instrument;

use crate::{
    app::App,
    error::ApiError,
    event::{By, Kind},
    hasher::{Busy, Verdict},
    login_session::{Beginning, EndCause, Ended, LoginSession},
    password::{Password, PasswordHash},
    sealing::KeyError,
    store::Unavailable,
    throttle::{Account, Attempt, Began, Denied, Origin},
    user::{User, UsernameKey},
    whole::whole,
};

/// Longer names are nobody's; they are not looked up, but cost as much as any other.
const MAX_TYPED_NAME: usize = 1024;

/// Why nobody was logged in.
#[derive(Debug)]
pub(crate) enum Refused {
    /// Unknown user, wrong password or disabled account: from outside they are one.
    Credentials,
    /// Too many have failed: nothing was checked.
    TooMany(Duration),
    /// Too many passwords are waiting.
    Busy(Busy),
    /// So many of this very account.
    Queued,
    Unavailable(Unavailable),
    Keys(KeyError),
}

impl Refused {
    /// As an error of an endpoint that answers bad credentials in its own way.
    pub(crate) fn or(self, credentials: ApiError) -> ApiError {
        match self {
            Self::Credentials => credentials,
            Self::TooMany(wait) => match credentials {
                ApiError::FlaskCredentials => ApiError::FlaskTooMany(wait),
                _ => ApiError::TooMany(wait),
            },
            Self::Keys(cause) => ApiError::from(cause),
            Self::Busy(busy) => ApiError::Hashing(busy),
            Self::Queued => ApiError::Busy,
            Self::Unavailable(cause) => ApiError::Unavailable(cause),
        }
    }
}

impl From<Busy> for Refused {
    fn from(busy: Busy) -> Self {
        Self::Busy(busy)
    }
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Wait(wait) => Self::TooMany(wait),
            Denied::Busy => Self::Queued,
            Denied::Unavailable(cause) => Self::Unavailable(cause),
        }
    }
}

impl From<Unavailable> for Refused {
    fn from(cause: Unavailable) -> Self {
        Self::Unavailable(cause)
    }
}

/// What somebody typed, and who they say they are.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: Password,
}

/// The user whose name and password these are, and a new login session of theirs.
pub(crate) async fn log_in(
    app: &App,
    credentials: Credentials,
    client: Client,
    max_age: Duration,
) -> Result<(User, LoginSession), Refused> {
    let outcome = begin(app, credentials, client, max_age).await;
    app.counts.login(&outcome);
    outcome
}

async fn begin(
    app: &App,
    credentials: Credentials,
    client: Client,
    max_age: Duration,
) -> Result<(User, LoginSession), Refused> {
    let known = verify(app, &credentials, &client).await?;
    let beginning = Beginning {
        user: known.user.id,
        client,
        // Every other setting is for sessions that are shorter.
        max_age: max_age.min(app.lifetimes.session),
    };
    let app = app.clone();
    whole(async move {
        let now = app.clock.now();
        let session = LoginSession::begin(beginning, &app.lifetimes, now, app.random.as_ref());
        app.store.begin_session(&session).await?;
        let confirmed = confirm(&app, known, credentials.password, &session).await;
        if !matches!(confirmed, Ok(_) | Err(Refused::Credentials)) {
            // Nobody waits for it: the store that has just failed may take as long again.
            tokio::spawn(give_up(app.clone(), session.clone()).in_current_span());
        }
        let user = confirmed?;
        let login = By::user(user.id, session.client.clone()).did(Kind::Login);
        app.audit
            .record(login.to(user.id).session(session.id))
            .await;
        Ok((user, session))
    })
    .await
}

/// A user and the hash that their password fitted.
struct Known {
    user: User,
    hash: PasswordHash,
}

async fn verify(app: &App, credentials: &Credentials, client: &Client) -> Result<Known, Refused> {
    let Credentials { username, password } = credentials;
    let user = if username.len() <= MAX_TYPED_NAME {
        app.store
            .user_by_username(&UsernameKey::of(username))
            .await?
    } else {
        None
    };
    let account = match &user {
        Some(user) => Account::of_user(user.id),
        None => nobody(app, username).await?,
    };
    let attempt = Attempt::login(account, Origin::of(client.address));
    let admitted = app
        .throttle
        .admit(app.store.as_ref(), attempt, || app.clock.now())
        .await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    // A hash that nobody logs in with is not renewed: the extra work would tell that the password is right.
    let upgrade = user.as_ref().is_some_and(|user| !user.disabled);
    if let (Some(user), Some(hash)) = (&user, &hash)
        && let Some(why) = app.hasher.unusable(hash)
    {
        tracing::error!(user.id = %user.id, "the password_hash of user {} fits no password, because {why}: set a new password", user.id);
    }
    let verdict = app.hasher.verify(password.clone(), hash, upgrade).await?;
    match (user, verdict) {
        (Some(user), Verdict::Right { upgraded }) if !user.disabled => {
            admitted.succeeded(app.store.as_ref()).await?;
            let Some(hash) = upgraded else {
                let hash = user.password_hash.clone();
                return Ok(Known { user, hash });
            };
            let now = app.clock.now();
            let kept = app
                .store
                .set_password_hash(user.id, &hash, Some(&user.password_hash), now);
            // The old hash still works: a login is not refused over this.
            let kept = kept.await.unwrap_or_else(|cause| {
                tracing::warn!(%cause, "a password could not be rehashed");
                false
            });
            let hash = if kept {
                hash
            } else {
                user.password_hash.clone()
            };
            Ok(Known { user, hash })
        }
        (user, verdict) => {
            let why = match (&user, verdict) {
                (None, _) => "unknown_user",
                (Some(_), Verdict::Right { .. }) => "user_disabled",
                (Some(_), Verdict::Wrong) => "wrong_password",
            };
            let now = app.clock.now();
            let began = admitted.failed(&app.throttle, app.store.as_ref(), now);
            let began = began.await?;
            let refused = refused(app, user.as_ref(), client, why).await;
            for wait in began {
                held_back(app, user.as_ref(), client, wait).await;
            }
            Err(refused)
        }
    }
}

/// The account that nobody has, by what was typed.
async fn nobody(app: &App, typed: &str) -> Result<Account, Refused> {
    let key = app.opened_refresh_key().await.map_err(Refused::Keys)?;
    let tag = if typed.len() <= MAX_TYPED_NAME {
        key.name_tag(UsernameKey::of(typed).as_str().as_bytes())
    } else {
        key.name_tag(typed.as_bytes())
    };
    Ok(Account::of_nobody(&tag))
}

/// Looks once more: whoever was disabled, or whose password was changed, while theirs was being checked had
/// their sessions ended before this one began.
async fn confirm(
    app: &App,
    known: Known,
    password: Password,
    session: &LoginSession,
) -> Result<User, Refused> {
    let user = app.store.user_by_id(known.user.id).await?;
    let cause = match &user {
        None => EndCause::UserDeleted,
        Some(user) if user.disabled => EndCause::UserDisabled,
        Some(user) => {
            let hash = &user.password_hash;
            // Another login may have renewed it, which changes no password.
            let fits = *hash == known.hash
                || matches!(
                    app.hasher
                        .verify(password, Some(hash.clone()), false)
                        .await?,
                    Verdict::Right { .. }
                );
            if fits {
                return Ok(user.clone());
            }
            EndCause::PasswordChanged
        }
    };
    let at = app.clock.now();
    app.store
        .end_session(session.id, None, Ended { at, cause })
        .await?;
    let (user, client) = (user.as_ref(), &session.client);
    Err(refused(app, user, client, cause.code()).await)
}

/// Ends a session that nobody will ever hear of. Where that fails as well, it ends unused.
async fn give_up(app: App, session: LoginSession) {
    let at = app.clock.now();
    let cause = EndCause::SignedOut;
    let ended = app.store.end_session(session.id, None, Ended { at, cause });
    if let Err(cause) = ended.await {
        tracing::warn!(%cause, session.id = %session.id, "the session of a login that was not answered could not be ended");
    }
}

/// Told once for each wait, however many are refused in it.
pub(crate) async fn held_back(app: &App, user: Option<&User>, client: &Client, wait: Began) {
    let throttled = By::nobody(client.clone()).did(Kind::LoginThrottled);
    // The wait of an address is about nobody's account.
    let throttled = match user {
        Some(user) if wait != Began::Address => throttled.to(user.id),
        _ => throttled,
    };
    app.audit.record(throttled.because(wait.code())).await;
}

/// Says nothing of what was typed: often enough it is a password.
async fn refused(app: &App, user: Option<&User>, client: &Client, cause: &'static str) -> Refused {
    let failed = By::nobody(client.clone()).did(Kind::LoginFailed);
    let failed = match user {
        Some(user) => failed.to(user.id),
        None => failed,
    };
    app.audit.record(failed.because(cause)).await;
    Refused::Credentials
}
