//! What attackers are known to send, in every input of both services: no answer of 500 or more, nothing that is
//! shown unescaped, no header that we did not write, no redirect off the site. The lists are not part of the
//! repository: where they lie is said in `CORPORA` (CONTRIBUTING.md says how to run these tests); a handful of our own
//! is tried at every run. Each prints how often each input was answered what.
#![expect(
    clippy::print_stdout,
    reason = "the counts are what these tests are run for"
)]

mod api;
mod cost;
mod dear_requests;
mod described;
mod page_forms;
mod pages;
mod secrets;
mod strings;
mod trial;
mod verdict;
mod wire;
mod world;

use strings::Corpus;
use trial::Trial;
use world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handful_of_naughty_strings_does_no_harm_anywhere() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    for corpus in strings::handful() {
        everywhere(&mut trial, &corpus).await;
    }
    trial.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the public lists: CORPORA"]
async fn the_public_lists_do_no_harm_anywhere() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    trial.one_of = one_of();
    for corpus in strings::public() {
        everywhere(&mut trial, &corpus).await;
    }
    trial.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the public lists: CORPORA"]
async fn no_body_token_or_name_of_a_key_of_the_lists_is_taken() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    trial.one_of = one_of();
    described::bodies(&mut trial, &strings::json_suite()).await;
    for corpus in [strings::signed(), strings::secrets(100)] {
        api::tokens(&mut trial, &corpus).await;
    }
    trial.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the public lists: CORPORA"]
async fn nobody_gets_a_common_password() {
    let mut trial = Trial::of(World::on_sqlite().await).await;
    trial.one_of = one_of();
    for corpus in strings::passwords() {
        api::passwords(&mut trial, &corpus).await;
    }
    trial.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the public lists: CORPORA"]
async fn operators_of_a_database_mean_nothing_to_it() {
    let mut trial = Trial::of(World::on_mongodb().await).await;
    trial.one_of = one_of();
    for corpus in strings::public() {
        if corpus.name == "nosql" {
            everywhere(&mut trial, &corpus).await;
        }
    }
    trial.finish();
}

/// All of it is some 280,000 requests: `CORPORA_ONE_OF=7` sends every seventh.
fn one_of() -> usize {
    let given = std::env::var("CORPORA_ONE_OF");
    given.map_or(1, |text| text.parse().unwrap())
}

async fn everywhere(trial: &mut Trial, corpus: &Corpus) {
    api::headers(trial, corpus).await;
    described::parameters_and_members(trial, corpus).await;
    described::values_of_json(trial, corpus).await;
    api::clients(trial, corpus).await;
    pages::headers(trial, corpus).await;
    pages::cookies(trial, corpus).await;
    pages::queries(trial, corpus).await;
    page_forms::forms(trial, corpus).await;
    // One request after the other: none is left out.
    let one_of = std::mem::replace(&mut trial.one_of, 1);
    page_forms::kept(trial, corpus, one_of).await;
    trial.one_of = one_of;
}
