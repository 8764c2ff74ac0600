//! Client authentication (RFC 6749 §2.3.1): the id and the secret of a client, in the `Authorization` header
//! (HTTP Basic) or in the body, and whether they are right.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, header::AUTHORIZATION};
use secrecy::SecretString;
use tegata_server::{Client, form_text};

use crate::{
    app::App, client_registry::recognise, config::PasswordGrant, error::ApiError, fields::Fields,
    oauth_client::OAuthClient, throttle::Origin,
};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a request says of its client.
#[derive(Debug)]
pub(crate) struct ClientCredentials {
    id: String,
    secret: SecretString,
}

/// The one `Authorization` header, by its scheme.
pub(crate) enum Authorization<'a> {
    /// There is none, or one without anything in it.
    None,
    /// Base64, still.
    Basic(&'a str),
    /// A token, or what stands in its place.
    Bearer(&'a str),
    /// Another scheme, or no text.
    Other,
}

impl<'a> Authorization<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// It is there twice.
    pub(crate) fn of(headers: &'a HeaderMap) -> Result<Self, ApiError> {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let Some(value) = values.next() else {
            return Ok(Self::None);
        };
        if values.next().is_some() {
            return Err(ApiError::ClientTwice);
        }
        let Ok(text) = value.to_str() else {
            return Ok(Self::Other);
        };
        let text = text.trim();
        let (scheme, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
        let rest = rest.trim();
        Ok(match scheme.to_ascii_lowercase().as_str() {
            "" => Self::None,
            "basic" => Self::Basic(rest),
            "bearer" => Self::Bearer(rest),
            _ => Self::Other,
        })
    }
}

impl ClientCredentials {
    /// What a request says, if it says anything: an id without a secret names a client and proves nothing.
    ///
    /// # Errors
    /// It says it in two ways at once, or so that it cannot be read.
    pub(crate) fn of(
        authorization: &Authorization<'_>,
        body: &mut Fields,
    ) -> Result<Option<Self>, ApiError> {
        let (id, secret) = (body.optional("client_id"), body.optional("client_secret"));
        let basic = match authorization {
            Authorization::Basic(encoded) => basic(encoded)?,
            _ => None,
        };
        match (basic, id, secret) {
            (Some(_), _, Some(_)) => Err(ApiError::ClientTwice),
            (Some(basic), Some(id), None) if basic.id != id => Err(ApiError::ClientTwice),
            (Some(basic), ..) => Ok(Some(basic)),
            (None, Some(id), Some(secret)) => Ok(Some(Self {
                id,
                secret: secret.into(),
            })),
            (None, None, Some(_)) => Err(ApiError::InvalidClient),
            (None, _, None) => Ok(None),
        }
    }

    /// The id and the secret.
    pub(crate) fn parts(&self) -> (&str, &SecretString) {
        (&self.id, &self.secret)
    }

    /// The client whose these are.
    ///
    /// # Errors
    /// There is none, or too many have failed from there as well; or the store does not answer.
    pub(crate) async fn check(&self, app: &App, from: &Client) -> Result<OAuthClient, ApiError> {
        let stranger = match recognise(app.store.as_ref(), &self.id, &self.secret).await? {
            Ok(client) => return Ok(client),
            Err(stranger) => stranger,
        };
        let origin = Origin::of(from.address);
        app.throttle
            .is_no_client(&self.id, origin, app.clock.now())?;
        stranger.told();
        Err(ApiError::InvalidClient)
    }
}

/// The client of a request that may have none; one that it names with a secret has to be right all the same.
///
/// # Errors
/// See [`ClientCredentials::of`] and [`ClientCredentials::check`].
pub(crate) async fn any_client(
    app: &App,
    from: &Client,
    headers: &HeaderMap,
    body: &mut Fields,
) -> Result<Option<OAuthClient>, ApiError> {
    let authorization = Authorization::of(headers)?;
    match ClientCredentials::of(&authorization, body)? {
        Some(credentials) => Ok(Some(credentials.check(app, from).await?)),
        None => Ok(None),
    }
}

/// Whether somebody's password is taken here from this client, or from none.
///
/// # Errors
/// It is not (`PASSWORD_GRANT`).
pub(crate) fn takes_passwords(app: &App, from: Option<&OAuthClient>) -> Result<(), ApiError> {
    match (app.password_grant, from) {
        (PasswordGrant::Open, _) | (PasswordGrant::Clients, Some(_)) => Ok(()),
        (PasswordGrant::Clients, None) => Err(ApiError::InvalidClient),
        (PasswordGrant::Off, _) => Err(ApiError::PasswordGrantOff),
    }
}

/// What stands in a Basic header: both parts are form-urlencoded (RFC 6749 §2.3.1), so that a colon in an id is
/// none between them.
fn basic(encoded: &str) -> Result<Option<ClientCredentials>, ApiError> {
    let bytes = BASE64
        .decode(encoded)
        .map_err(|_| ApiError::InvalidClient)?;
    let colon = bytes.iter().position(|&byte| byte == b':');
    let (id, secret) = bytes.split_at(colon.ok_or(ApiError::InvalidClient)?);
    let (id, secret) = (decoded(id)?, decoded(&secret[1..])?);
    // Swagger UI sends a lone colon when its two fields are left empty.
    if id.is_empty() && secret.is_empty() {
        return Ok(None);
    }
    Ok(Some(ClientCredentials {
        id,
        secret: secret.into(),
    }))
}

fn decoded(part: &[u8]) -> Result<String, ApiError> {
    form_text(part).map_err(|_| ApiError::InvalidClient)
}
