//! Records that somebody has torn or edited: each field of each kind of record, cut, emptied, of another type, gone,
//! or swapped with that of another user. Shows that it is that record which is refused, with a line in the log that
//! names it; that nobody ever sees another user's data for it; that nothing but 503 says so; and that everybody else
//! goes on.

mod documents;
mod edit;
mod files;
mod witness;

use crate::{Conditions, Row};

use edit::{Edit, Keeper};
use witness::Witnesses;

/// Every so many edits in the short form.
const SHORT_STEP: usize = 9;

pub(super) fn run(on: &Conditions) -> Vec<Row> {
    let ground = on
        .ground()
        .with("LOG", "info")
        // A hash that was cut fits no password, which is no guess.
        .with("LOGIN_FAILURES_PER_ACCOUNT", "100000")
        .with("LOGIN_FAILURES_PER_ADDRESS", "100000");
    let (issuer, frontend) = ground.start();
    let keeper: Box<dyn Keeper> = if ground.is_on_files() {
        Box::new(files::Files::of(&ground))
    } else {
        Box::new(documents::Documents::of(&ground))
    };
    let mut witnesses = Witnesses::of(&issuer, &frontend, keeper.as_ref());
    let kinds = witnesses.places().len();
    let edits: Vec<Edit> = witnesses
        .places()
        .iter()
        .enumerate()
        .flat_map(|(number, place)| keeper.edits(number, place))
        .collect();
    let edits: Vec<&Edit> = edits.iter().step_by(on.either(1, SHORT_STEP)).collect();

    let (mut refused_by_store, mut wrong, mut told) = (0, Vec::new(), 0);
    for edit in &edits {
        // What is refused may have ended their sessions.
        witnesses.arrive_again(keeper.as_ref());
        let place = &witnesses.places()[edit.place];
        let Some(undo) = keeper.make(place, edit) else {
            refused_by_store += 1;
            continue;
        };
        let said = [issuer.log().len(), frontend.log().len()];
        let place = place.clone();
        let seen = witnesses.look(edit.swaps);
        undo();
        let log = [&issuer.log()[said[0]..], &frontend.log()[said[1]..]].concat();
        let complaint = log
            .lines()
            .any(|line| line.contains("ERROR") || line.contains("WARN"));
        told += usize::from(complaint);
        let plain = place.plain.contains(&edit.field.as_str()) && !edit.swaps;
        let silent = seen.refused && !complaint && !plain;
        if !seen.wrong.is_empty() || silent || log.contains("panicked") {
            let silence = if silent {
                ": refused without a word"
            } else {
                ""
            };
            wrong.push(format!(
                "{}{silence} {}",
                edit.name(place.table),
                seen.wrong.join(", ")
            ));
        }
    }
    witnesses.arrive_again(keeper.as_ref());
    let after = witnesses.look(false);
    let what = format!("torn or edited records, {}", on.store);
    let shown: Vec<&str> = wrong.iter().map(String::as_str).take(8).collect();
    vec![
        Row::new(
            &what,
            "that one refused and named, never another's, nothing but 503, others go on",
            format!(
                "{} edits in {} kinds of record, {refused_by_store} that the database itself refused, {told} with a line in the log: {} wrong {}",
                edits.len(),
                kinds,
                wrong.len(),
                shown.join("; ").replace('|', "/"),
            ),
            wrong.is_empty(),
        ),
        Row::new(
            &format!("{what}: once all is as it was"),
            "everybody goes on",
            after.wrong.join(", "),
            after.wrong.is_empty() && !after.refused,
        ),
    ]
}
