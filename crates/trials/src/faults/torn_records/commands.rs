//! What the commands that list say meanwhile: they name the record that they leave out, and list the others.

use super::edit::{Edit, Kind, Place};
use crate::Ground;

/// What was not as it should be.
pub(super) fn listed(ground: &Ground, place: &Place, edit: &Edit) -> Vec<String> {
    let lists: &[&[&str]] = match place.kind {
        Kind::User => &[&["user", "list"], &["session", "list"], &["events"]],
        Kind::LiveSession | Kind::EndedSession => &[&["session", "list"]],
        Kind::Client => &[&["client", "list"]],
        Kind::Event => &[&["events", "--json", "--limit", "1000000"]],
        Kind::SigningKeys => &[&["key", "list"]],
        Kind::RefreshKey | Kind::Counter | Kind::Session => &[],
    };
    let mut wrong = Vec::new();
    for list in lists {
        let done = ground.run(list);
        let [said, complained] =
            [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        let told = list.join(" ");
        if complained.contains("panicked") || done.status.code().is_none() {
            wrong.push(format!("{told} panicked"));
        }
        let named = complained.lines().any(|line| place.is_named(line));
        let plain = place.plain.contains(&edit.field.as_str());
        let [mine, other] = match place.kind {
            // An administrator's name is there in any list of users; what is the other's says more.
            Kind::User => ["tamakatsura", "ukifune"],
            _ => [place.mine.as_str(), place.other.as_str()],
        };
        match place.kind {
            // There is one ring, and where it cannot be opened there is nothing to list.
            Kind::SigningKeys => {
                if done.status.success() || !named {
                    wrong.push(format!("{told} does not name it: {complained}"));
                }
            }
            Kind::EndedSession => {
                // Nor is one that was ended live for what is torn in it.
                if said.contains(mine) {
                    wrong.push(format!("{told} shows an ended session"));
                }
            }
            _ => {
                let is_list_of_it = !(place.kind == Kind::User && list[0] != "user");
                if !edit.swaps && !said.contains(other) {
                    wrong.push(format!("{told} hides the other: {complained}"));
                }
                if is_list_of_it && !said.contains(mine) && !plain && !named {
                    wrong.push(format!("{told} leaves it out without a word: {complained}"));
                }
                if !is_list_of_it && !done.status.success() {
                    wrong.push(format!("{told} fails: {complained}"));
                }
            }
        }
    }
    wrong
}
