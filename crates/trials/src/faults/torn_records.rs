//! Records that somebody has torn or edited: each field of each kind of record, cut, emptied, of another type, of bytes
//! that are no text, gone, or swapped with that of another user. Shows that it is that record which is refused, with a
//! line in the log that names it; that nobody ever sees another user's data for it; that nothing but 503 says so; that
//! the commands that list name it and list the others; and that everybody else goes on.

mod commands;
mod documents;
mod edit;
mod files;
mod keys;
mod places;
mod witness;
mod witnesses;

use crate::{Conditions, Ground, Row, Service};

use edit::{Edit, Keeper, Kind};
use witnesses::Witnesses;

/// Every so many edits in the short form.
const SHORT_STEP: usize = 21;

/// All that an edit is made and watched with.
struct Scene<'a> {
    ground: &'a Ground,
    issuer: &'a Service,
    frontend: &'a Service,
    keeper: &'a dyn Keeper,
    witnesses: Witnesses,
}

/// What came of the edits of one kind.
#[derive(Default)]
struct Outcome {
    refused_by_store: usize,
    named: usize,
    wrong: Vec<String>,
}

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let ground = on
        .ground()
        .with("LOG", "info")
        // So that there are sealed keys that sign.
        .with("ALGORITHM", "ES256")
        // A hash that was cut fits no password, which is no guess.
        .with("LOGIN_FAILURES_PER_ACCOUNT", "100000")
        .with("LOGIN_FAILURES_PER_ADDRESS", "100000");
    let (issuer, frontend) = ground.start();
    let keeper: Box<dyn Keeper> = if ground.is_on_files() {
        Box::new(files::Files::of(&ground))
    } else {
        Box::new(documents::Documents::of(&ground))
    };
    let keeper = keeper.as_ref();
    let witnesses = Witnesses::of(&ground, (&issuer, &frontend), keeper);
    let mut scene = Scene {
        ground: &ground,
        issuer: &issuer,
        frontend: &frontend,
        keeper,
        witnesses,
    };
    let mut rows = Vec::new();
    let mut passed = 0;
    for kind in Kind::ALL {
        // The last look may have taken away what it is about.
        scene.witnesses.arrive_again(keeper);
        let place = scene.witnesses.place(kind);
        let edits = Edit::of(&place, &keeper.fields(&place));
        // Each kind has one in the short form too, and not all the same.
        let step = on.either(1, SHORT_STEP);
        let first = passed % step.min(edits.len());
        let edits: Vec<&Edit> = edits.iter().skip(first).step_by(step).collect();
        passed += 5;
        let mut outcome = Outcome::default();
        for edit in &edits {
            scene.watch(kind, edit, &mut outcome);
        }
        let shown: Vec<&str> = outcome.wrong.iter().map(String::as_str).take(8).collect();
        rows.push(Row::new(
            &format!("torn or edited records, {}, {}", kind.name(), on.store),
            "that one refused and named, never another's, nothing but 503, others go on",
            format!(
                "{} edits, {} that the database itself refused, {} named in the log: {} wrong {}",
                edits.len(),
                outcome.refused_by_store,
                outcome.named,
                outcome.wrong.len(),
                shown.join("; ").replace('|', "/").replace('\n', " "),
            ),
            outcome.wrong.is_empty(),
        ));
    }
    scene.witnesses.arrive_again(keeper);
    let after = scene.witnesses.look(None, false);
    rows.push(Row::new(
        &format!(
            "torn or edited records, {}: once all is as it was",
            on.store
        ),
        "everybody goes on",
        after.wrong.join(", "),
        after.wrong.is_empty() && !after.refused,
    ));
    rows
}

impl Scene<'_> {
    /// Makes an edit, lets everybody look, and takes it back.
    fn watch(&mut self, kind: Kind, edit: &Edit, outcome: &mut Outcome) {
        // What is refused may have ended their sessions.
        self.witnesses.arrive_again(self.keeper);
        let place = self.witnesses.place(kind);
        let said = self.said();
        let Some(undo) = self.keeper.make(&place, edit) else {
            outcome.refused_by_store += 1;
            return;
        };
        let seen = self.witnesses.look(Some(kind), edit.swaps);
        let mut wrong = seen.wrong;
        wrong.extend(commands::listed(self.ground, &place, edit));
        wrong.extend(keys::torn(self.ground, self.issuer, said[0], &place));
        let mended_from = self.issuer.log().len();
        undo();
        wrong.extend(keys::mended(self.issuer, mended_from, &place));
        let log = [
            &self.issuer.log()[said[0]..],
            &self.frontend.log()[said[1]..],
        ]
        .concat();
        let complaints: Vec<&str> = log
            .lines()
            .filter(|line| line.contains("ERROR") || line.contains("WARN"))
            .collect();
        let named = complaints.iter().any(|line| place.is_named(line));
        outcome.named += usize::from(named);
        let plain = place.plain.contains(&edit.field.as_str()) && !edit.swaps;
        if seen.refused && !named && !plain {
            wrong.push(format!("refused without its name: {complaints:?}"));
        }
        let mut blamed = complaints.iter();
        if let Some(line) = blamed.find(|line| !edit.swaps && place.blames_the_other(line)) {
            wrong.push(format!("another is named: {line}"));
        }
        if log.contains("panicked") {
            wrong.push("a panic".to_owned());
        }
        if !wrong.is_empty() {
            let edit = edit.name(place.table);
            outcome.wrong.push(format!("{edit}: {}", wrong.join(", ")));
        }
    }

    /// How much the services have said.
    fn said(&self) -> [usize; 2] {
        [self.issuer, self.frontend].map(|service| service.log().len())
    }
}
