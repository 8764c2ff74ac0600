//! What is edited, where, and by whom.

/// A record of one user, and the same of another.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Of the issuer, or of the pages.
    pub(super) of_pages: bool,
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

/// One edit.
#[derive(Clone, Debug)]
pub(super) struct Edit {
    /// Which of the places.
    pub(super) place: usize,
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
    Junk,
    Number,
    Gone,
    Swapped,
}

impl How {
    pub(super) const ALL: [Self; 6] = [
        Self::Emptied,
        Self::Cut,
        Self::Junk,
        Self::Number,
        Self::Gone,
        Self::Swapped,
    ];
}

/// Puts back what was edited.
pub(super) type Undo<'a> = Box<dyn FnOnce() + 'a>;

/// A store with its doors open.
pub(super) trait Keeper {
    /// All edits of such a record.
    fn edits(&self, number: usize, place: &Place) -> Vec<Edit>;
    /// Makes one; none when the database does not let it happen.
    fn make(&self, place: &Place, edit: &Edit) -> Option<Undo<'_>>;
    /// Of all sessions of the pages.
    fn session_keys(&self) -> Vec<String>;
}

impl Edit {
    /// In words.
    pub(super) fn name(&self, table: &str) -> String {
        format!("{table}.{} {:?}", self.field, self.how)
    }

    /// All that make sense for these fields.
    pub(super) fn of(number: usize, place: &Place, fields: &[String]) -> Vec<Self> {
        let all = fields.iter().flat_map(|field| {
            How::ALL.map(|how| Self {
                place: number,
                field: field.clone(),
                how,
                swaps: how == How::Swapped,
            })
        });
        all.filter(|edit| !edit.swaps || place.owned.contains(&edit.field.as_str()))
            .collect()
    }
}
