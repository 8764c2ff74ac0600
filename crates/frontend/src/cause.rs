//! Why a login session is over, as the issuer says it of its own.

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// Its time was up, or it was not used for too long.
    Expired,
    /// By its own logout.
    SignedOut,
    /// From another session of the same user.
    SignedOutElsewhere,
    PasswordChanged,
    UserDisabled,
    UserDeleted,
    /// Somebody else had the refresh token.
    RefreshReused,
    EndedByAdmin,
}

impl Cause {
    /// Every one.
    pub(crate) const ALL: [Self; 8] = [
        Self::Expired,
        Self::SignedOut,
        Self::SignedOutElsewhere,
        Self::PasswordChanged,
        Self::UserDisabled,
        Self::UserDeleted,
        Self::RefreshReused,
        Self::EndedByAdmin,
    ];

    /// One that we have words for.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// The stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::SignedOut => "signed_out",
            Self::SignedOutElsewhere => "signed_out_elsewhere",
            Self::PasswordChanged => "password_changed",
            Self::UserDisabled => "user_disabled",
            Self::UserDeleted => "user_deleted",
            Self::RefreshReused => "refresh_reused",
            Self::EndedByAdmin => "ended_by_admin",
        }
    }
}
