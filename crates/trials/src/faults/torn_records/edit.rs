//! What is edited, where, and by whom.

/// The kinds of record that the two services keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    LiveSession,
    EndedSession,
    /// The sealed ring of those that sign tokens.
    SigningKeys,
    /// The sealed one that refresh tokens are derived from.
    RefreshKey,
    Client,
    Event,
    /// How often somebody has failed to log in.
    Counter,
    /// A browser's, of the pages.
    Session,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::User,
        Self::LiveSession,
        Self::EndedSession,
        Self::SigningKeys,
        Self::RefreshKey,
        Self::Client,
        Self::Event,
        Self::Counter,
        Self::Session,
    ];

    /// In words.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::LiveSession => "live login sessions",
            Self::EndedSession => "ended login sessions",
            Self::SigningKeys => "sealed signing keys",
            Self::RefreshKey => "the sealed key of refresh tokens",
            Self::Client => "clients",
            Self::Event => "events",
            Self::Counter => "counts of attempts",
            Self::Session => "sessions of the pages",
        }
    }
}

/// A record of somebody, and the same of somebody else.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) kind: Kind,
    pub(super) table: &'static str,
    pub(super) collection: &'static str,
    /// The ids: whose record is edited, and whose may be swapped with it.
    pub(super) mine: String,
    pub(super) other: String,
    /// Fields that say whose it is: those that are worth a swap. What else a store says of somebody, a swap of it is
    /// no other than a change that an administrator makes.
    pub(super) owned: &'static [&'static str],
    /// Fields of which another value is as good a one (a moment, a flag) or makes it a record of nobody (its key): what
    /// becomes of those needs no word in the log.
    pub(super) plain: &'static [&'static str],
}

impl Place {
    /// Whether it is of the pages, or of the issuer.
    pub(super) fn of_pages(&self) -> bool {
        self.kind == Kind::Session
    }

    /// Whether a line of the log says that it is this record: where it stands, and its id.
    pub(super) fn is_named(&self, line: &str) -> bool {
        let words = self.table.replace('_', " ");
        let places = [self.table, self.collection, &words];
        // `the user 01a1…`, `users/01a1…`
        let names =
            places.map(|place| [' ', '/'].map(|between| format!("{place}{between}{}", self.mine)));
        names.as_flattened().iter().any(|name| line.contains(name))
    }

    /// Whether it says so of the record that nobody has edited.
    pub(super) fn blames_the_other(&self, line: &str) -> bool {
        line.contains(&self.other) && !line.contains(&self.mine)
    }
}

/// One edit.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    pub(super) field: String,
    pub(super) how: How,
    /// Whether the other's record is edited too.
    pub(super) swaps: bool,
}

/// How a field is edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Emptied,
    Cut,
    /// Of the same type, and nothing that we would write.
    Junk,
    /// Bytes that are no text.
    Bytes,
    /// A number, or one that is too large.
    Number,
    Gone,
    Swapped,
}

impl How {
    pub(super) const ALL: [Self; 7] = [
        Self::Emptied,
        Self::Cut,
        Self::Junk,
        Self::Bytes,
        Self::Number,
        Self::Gone,
        Self::Swapped,
    ];
}

/// Puts back what was edited.
pub(super) type Undo<'a> = Box<dyn FnOnce() + 'a>;

/// A store with its doors open.
pub(super) trait Keeper {
    /// The fields of such a record.
    fn fields(&self, place: &Place) -> Vec<String>;
    /// Makes an edit; none when the database does not let it happen.
    fn make(&self, place: &Place, edit: &Edit) -> Option<Undo<'_>>;
    /// The keys of all sessions of the pages.
    fn session_keys(&self) -> Vec<String>;
}

impl Edit {
    /// In words.
    pub(super) fn name(&self, table: &str) -> String {
        format!("{table}.{} {:?}", self.field, self.how)
    }

    /// All that make sense for these fields.
    pub(super) fn of(place: &Place, fields: &[String]) -> Vec<Self> {
        let is_key = |field: &str| ["id", "_id", "key", "name", "counter"].contains(&field);
        let sealed = matches!(place.kind, Kind::SigningKeys | Kind::RefreshKey);
        // A sealed key of another name is one that was removed, and that is another matter.
        let fields = fields.iter().filter(|field| !(sealed && is_key(field)));
        let all = fields.flat_map(|field| {
            How::ALL.map(|how| Self {
                field: field.clone(),
                how,
                swaps: how == How::Swapped,
            })
        });
        all.filter(|edit| !edit.swaps || place.owned.contains(&edit.field.as_str()))
            .collect()
    }
}
