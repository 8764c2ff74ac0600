//! The forms of the pages, and what they keep and show again.

use super::{
    pages::{get, post},
    strings::Corpus,
    trial::{Site, Trial},
    wire::Asked,
};
use crate::pair::{PASSWORD, USERNAME};

/// Every field of every form.
pub(crate) async fn forms(trial: &mut Trial, corpus: &Corpus) {
    let (user, password) = (USERNAME, PASSWORD);
    let open: [(&str, &[(&str, &str)]); 3] = [
        (
            "/login",
            &[
                ("username", user),
                ("password", "wrong"),
                ("next", "/account"),
                ("remember", ""),
            ],
        ),
        (
            "/register",
            &[
                ("username", "somebody.new"),
                ("password", "short"),
                ("email", ""),
                ("name", ""),
                ("next", "/"),
            ],
        ),
        ("/language", &[("lang", "en"), ("next", "/login")]),
    ];
    let walled: [(&str, &[(&str, &str)]); 4] = [
        ("/account", &[("name", "Hanako"), ("email", "")]),
        (
            "/account/password",
            &[
                ("current_password", "wrong"),
                ("new_password", "another eight barriers"),
                ("sessions", "keep"),
            ],
        ),
        ("/account/sessions", &[("id", "none")]),
        ("/account/delete", &[("password", "wrong")]),
    ];
    let open = open.map(|(path, fields)| (path, fields, false));
    let walled = walled.map(|(path, fields)| (path, fields, true));
    for (path, fields, is_walled) in open.into_iter().chain(walled) {
        for (name, _) in fields {
            let input = format!("page {path} field {name}");
            for naughty in &corpus.strings {
                let filled: Vec<(&str, &[u8])> = fields
                    .iter()
                    .map(|(other, value)| {
                        (
                            *other,
                            if other == name {
                                naughty
                            } else {
                                value.as_bytes()
                            },
                        )
                    })
                    .collect();
                let (asked, place) = (post(path).form(&filled), (input.as_str(), corpus.name));
                if is_walled {
                    trial
                        .tries_signed_in(place, Site::Pages, asked, naughty)
                        .await;
                } else {
                    trial.tries(place, Site::Pages, asked, naughty).await;
                }
            }
        }
        let input = format!("page {path} body");
        for naughty in &corpus.strings {
            let asked = post(path).body("application/x-www-form-urlencoded", naughty);
            let place = (input.as_str(), corpus.name);
            trial
                .tries_signed_in(place, Site::Pages, asked, naughty)
                .await;
        }
    }
    // With the right password: where it leads.
    for naughty in &corpus.strings {
        let right = [
            ("username", user.as_bytes()),
            ("password", password.as_bytes()),
            ("next", naughty),
        ];
        let place = ("page /login field next, signed in", corpus.name);
        let reply = trial
            .tries(place, Site::Pages, post("/login").form(&right), naughty)
            .await;
        let (Some(session), Some(to)) = (reply.cookie("tegata"), reply.header("location")) else {
            continue;
        };
        let session = format!("tegata={session}");
        let asked = get(to).header("cookie", &session);
        let place = ("page /login/done after next", corpus.name);
        trial.tries(place, Site::Pages, asked, naughty).await;
        let asked = logout(&session);
        trial
            .tries(("page /logout", corpus.name), Site::Pages, asked, naughty)
            .await;
    }
}

/// What is kept and shown again: the name and the address of an account, and the program of a session.
pub(crate) async fn kept(trial: &mut Trial, corpus: &Corpus, one_of: usize) {
    for naughty in corpus.strings.iter().step_by(one_of) {
        for field in ["name", "email"] {
            let other = if field == "name" { "email" } else { "name" };
            let asked = post("/account").form(&[(field, naughty), (other, b"")]);
            trial
                .tries_signed_in(
                    ("page /account, kept", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
            for path in ["/account", "/"] {
                let place = ("page that shows what was kept", corpus.name);
                trial
                    .tries_signed_in(place, Site::Pages, get(path), naughty)
                    .await;
            }
        }
        let login = [
            ("username", USERNAME.as_bytes()),
            ("password", PASSWORD.as_bytes()),
        ];
        let asked = post("/login").header("user-agent", naughty).form(&login);
        let place = ("page /login, program", corpus.name);
        let Some(session) = trial
            .tries(place, Site::Pages, asked, naughty)
            .await
            .cookie("tegata")
        else {
            continue;
        };
        let session = format!("tegata={session}");
        for path in ["/account/sessions", "/account/activity"] {
            let asked = get(path).header("cookie", &session);
            trial
                .tries(
                    ("page that shows the program", corpus.name),
                    Site::Pages,
                    asked,
                    naughty,
                )
                .await;
        }
        let asked = logout(&session);
        trial
            .tries(("page /logout", corpus.name), Site::Pages, asked, naughty)
            .await;
    }
}

fn logout(session: &str) -> Asked {
    post("/logout")
        .header("cookie", session)
        .body("application/x-www-form-urlencoded", "")
}
