//! One import under way: batches, counts, and a line for every record that is refused.

use tegata_issuer::{
    accounts::Accounts,
    import::{Candidate, Import, Outcome, Record},
};

use super::{
    progress::Progress,
    source::{Entry, Source},
};
use crate::Failure;

/// Records that are handed over in one step.
const BATCH: usize = 1000;
/// Most members that are named as ignored.
const MOST_IGNORED: usize = 20;

pub(super) struct Run {
    import: Import,
    progress: Progress,
    new_ids: bool,
    batch: Vec<Waiting>,
    /// Members that nobody looks at.
    ignored: Vec<String>,
    tally: Tally,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) imported: u64,
    pub(super) already_there: u64,
    pub(super) refused: u64,
}

/// A record that was judged by itself, and not yet against others.
struct Waiting {
    /// Where it stands and whose it is, for a message.
    place: String,
    judged: Result<Candidate, String>,
}

impl Run {
    pub(super) fn new(import: Import, progress: Progress, new_ids: bool) -> Self {
        Self {
            import,
            progress,
            new_ids,
            batch: Vec::with_capacity(BATCH),
            ignored: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Takes the source to its end, or to the fault that ends it; what came before a fault is taken.
    pub(super) async fn take_all(
        &mut self,
        source: &mut Source,
        accounts: &Accounts,
    ) -> Result<(), Failure> {
        loop {
            match source.next().await {
                Ok(Some(entry)) => {
                    let waiting = self.judge(entry, accounts);
                    self.batch.push(waiting);
                    if self.batch.len() == BATCH {
                        self.hand_over().await?;
                        self.progress.show(source, self.tally.total());
                    }
                }
                ended => {
                    self.hand_over().await?;
                    return ended.map(drop);
                }
            }
        }
    }

    /// Removes the bar, and says what was ignored.
    pub(super) fn end(self) -> Tally {
        self.progress.clear();
        if !self.ignored.is_empty() {
            let rest = match self.ignored.len() {
                MOST_IGNORED => " and perhaps others",
                _ => "",
            };
            let names = self.ignored.join(", ");
            self.progress.complain(&format!("ignored: {names}{rest}"));
        }
        self.tally
    }

    fn judge(&mut self, entry: Entry, accounts: &Accounts) -> Waiting {
        let Entry {
            mut place,
            line,
            record,
        } = entry;
        let judged = record.and_then(|mut record| {
            self.note_ignored(&record);
            if self.new_ids {
                record.forget_id();
            }
            if let Some(username) = record.label() {
                place = format!("{place}: username {username:?}");
            }
            record
                .describe(accounts.clock.now(), accounts.random.as_ref())
                .map(|described| Candidate { described, line })
                .map_err(|reason| reason.to_string())
        });
        Waiting { place, judged }
    }

    fn note_ignored(&mut self, record: &Record) {
        for name in record.unknown() {
            let known = self.ignored.iter().any(|known| known == name);
            // No hash that stands where a name should.
            if !known && self.ignored.len() < MOST_IGNORED && !name.contains('$') {
                self.ignored.push(name.escape_debug().take(64).collect());
            }
        }
    }

    async fn hand_over(&mut self) -> Result<(), Failure> {
        let mut candidates = Vec::with_capacity(self.batch.len());
        let mut places = Vec::with_capacity(self.batch.len());
        for Waiting { place, judged } in self.batch.drain(..) {
            let refused = judged.map(|candidate| candidates.push(candidate)).err();
            places.push((place, refused));
        }
        let mut outcomes = self.import.add(candidates).await?.into_iter();
        for (place, refused) in places {
            let reason = match refused {
                Some(reason) => Some(reason),
                None => outcomes
                    .next()
                    .and_then(|outcome| self.tally.count(outcome)),
            };
            if let Some(reason) = reason {
                self.tally.refused += 1;
                self.progress.complain(&format!("{place}: {reason}"));
            }
        }
        Ok(())
    }
}

impl Tally {
    fn total(&self) -> u64 {
        self.imported + self.already_there + self.refused
    }

    /// Counts what is good, and gives the reason of what is not.
    fn count(&mut self, outcome: Outcome) -> Option<String> {
        match outcome {
            Outcome::Imported => self.imported += 1,
            Outcome::AlreadyThere => self.already_there += 1,
            Outcome::Refused(conflict) => return Some(conflict.to_string()),
        }
        None
    }
}
