//! The properties, and the words they are told in. A new backend implements [`Backend`] in a file of its
//! own and calls [`conforms!`] with a new, empty database.

pub(super) mod administering;
pub(super) mod changing;
pub(super) mod clients;
pub(super) mod closing;
pub(super) mod counting;
pub(super) mod ending;
pub(super) mod finding;
pub(super) mod keeping;
pub(super) mod rotating;
pub(super) mod sealing;
pub(super) mod signing;
pub(super) mod taken;
pub(super) mod telling;

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration as Limit,
};

use async_trait::async_trait;
use tegata_issuer::{
    login_session::{Beginning, LoginSession},
    password::PasswordHash,
    store::{Change, Changed, Store},
    user::{Email, User, Username, UsernameKey, user_id},
};
use tegata_server::Client;
use tegata_token::{Random as _, SystemRandom};
use time::{Duration, OffsetDateTime, macros::datetime};
use tokio::{sync::Barrier, task::JoinSet, time::timeout};

use crate::app::LIFETIMES;

/// How long one property may take: a store that hangs is one that fails.
const LIMIT: Limit = Limit::from_secs(60);
/// As a store keeps moments, to the millisecond.
pub(super) const NOW: OffsetDateTime = datetime!(2026-07-01 12:00:00.123 UTC);
/// The same for what a database forgets by its own clock.
pub(super) const FAR: OffsetDateTime = datetime!(2126-07-01 12:00:00.123 UTC);

/// A database of its own for one test.
#[async_trait]
pub(super) trait Backend: Send + Sync {
    /// One more handle to it, ready to use, as each replica has one.
    async fn open(&self) -> Arc<dyn Store>;
}

/// The way into the database of one test.
pub(super) struct Handles {
    backend: Box<dyn Backend>,
    opened: Mutex<Vec<Arc<dyn Store>>>,
}

impl Handles {
    pub(super) async fn open(&self) -> Arc<dyn Store> {
        let store = self.backend.open().await;
        self.opened.lock().unwrap().push(Arc::clone(&store));
        store
    }

    /// Several, to be used in turn.
    async fn open_many(&self, many: usize) -> Vec<Arc<dyn Store>> {
        let mut stores = Vec::new();
        for _ in 0..many {
            stores.push(self.open().await);
        }
        stores
    }
}

/// Tries one property on a new database, and closes what was opened.
pub(super) async fn hold(backend: impl Backend + 'static, property: impl AsyncFnOnce(&Handles)) {
    let handles = Handles {
        backend: Box::new(backend),
        opened: Mutex::default(),
    };
    timeout(LIMIT, property(&handles)).await.unwrap();
    let opened = std::mem::take(&mut *handles.opened.lock().unwrap());
    for store in opened {
        store.close().await;
    }
}

/// One test for each property, on the new database that the expression makes.
macro_rules! conforms {
    ($backend:expr) => {
        conforms!($backend;
            keeping::every_field_comes_back,
            keeping::the_largest_values_come_back,
            keeping::no_text_means_anything_to_the_database,
            keeping::what_another_handle_wrote_is_seen_at_once,
            keeping::what_was_acknowledged_is_there_after_a_restart,
            finding::whoever_is_not_there_is_nobody,
            finding::a_name_is_found_in_every_spelling,
            finding::of_many_names_those_are_found_that_are_there,
            finding::pages_of_every_size_go_through_all_by_id,
            finding::pages_lose_and_repeat_nobody_while_others_come,
            taken::a_batch_says_of_each_what_became_of_it,
            taken::a_batch_knows_its_own_duplicates,
            taken::nobody_is_a_batch,
            taken::a_taken_username_is_told_first_and_a_taken_email_last,
            taken::a_name_is_taken_in_every_spelling,
            taken::an_email_is_taken_in_every_spelling,
            taken::users_without_an_email_do_not_collide,
            taken::of_100_who_want_one_name_one_gets_it,
            taken::of_100_who_want_one_email_one_gets_it,
            taken::of_100_with_names_of_their_own_all_are_kept,
            taken::batches_at_once_keep_each_name_once,
            changing::a_hash_is_set,
            changing::a_hash_is_replaced_only_while_it_is_the_expected_one,
            changing::of_100_who_replace_one_hash_one_does,
            changing::each_change_is_made_and_nothing_else,
            changing::a_name_that_was_given_up_is_free,
            changing::a_taken_name_changes_nothing_and_the_username_is_told_first,
            changing::of_100_who_change_to_one_name_one_gets_it,
            changing::whoever_was_removed_is_gone_and_their_names_are_free,
            changing::of_100_who_remove_one_user_one_does,
            changing::whoever_is_not_there_is_not_changed,
            administering::the_last_admin_cannot_be_taken_away,
            administering::the_last_admin_can_be_changed_otherwise,
            administering::an_admin_can_go_while_another_stays,
            administering::of_two_who_take_each_other_away_one_does,
            administering::of_all_admins_who_go_at_once_one_stays,
            administering::whoever_comes_back_lets_the_other_go,
            clients::every_field_of_a_client_comes_back,
            clients::a_client_that_is_not_there_is_none,
            clients::clients_are_listed_by_name,
            clients::a_name_is_one_clients_alone,
            clients::of_100_clients_of_one_name_one_is_added,
            clients::a_removed_client_is_gone_and_its_name_is_free,
            clients::a_client_is_removed_once,
            clients::no_name_of_a_client_means_anything_to_the_database,
            clients::an_acknowledged_client_is_there_after_a_restart,
            rotating::a_session_comes_back_whole,
            rotating::of_100_rotations_of_one_token_all_hold_one_successor,
            rotating::a_lost_answer_is_given_again_within_the_grace,
            rotating::a_replay_after_the_grace_ends_the_session,
            rotating::a_replay_of_an_older_token_ends_it_at_any_time,
            rotating::of_100_replays_one_ends_the_session,
            rotating::a_clock_that_was_set_back_ends_nothing,
            rotating::a_store_set_back_to_a_backup_goes_on_from_the_token,
            rotating::time_ends_a_session_and_says_so,
            rotating::whoever_was_disabled_or_is_gone_does_not_go_on,
            rotating::an_end_among_rotations_stays,
            ending::a_session_is_ended_once,
            ending::nobody_ends_the_session_of_another,
            ending::all_of_a_user_end_but_one,
            ending::live_sessions_are_listed_latest_first,
            ending::pages_go_through_all_live_sessions,
            ending::what_was_ended_is_found_in_order,
            sealing::of_100_new_keys_of_one_name_one_is_kept,
            sealing::a_key_is_replaced_only_while_it_is_the_expected_one,
            signing::of_100_issuers_that_start_at_once_all_hold_one_key,
            signing::of_100_rotations_at_once_one_key_comes,
            signing::of_100_that_let_time_pass_one_says_so,
            signing::changes_at_once_lose_none,
            signing::a_ring_comes_back_whole_and_opens_with_its_secret_alone,
            signing::whoever_writes_into_the_store_puts_no_key_in,
            telling::an_event_of_every_kind_comes_back_whole,
            telling::an_event_that_is_added_again_stays_as_it_was,
            telling::pages_go_through_the_events_of_one_and_of_all,
            telling::writers_at_once_lose_nothing,
            telling::refreshes_are_left_out_on_request,
            counting::what_was_never_counted_is_nothing,
            counting::each_is_counted_by_itself_and_every_replica_knows,
            counting::of_50_at_once_each_counts_and_none_is_told_what_another_is,
            counting::an_hour_after_the_last_failure_it_is_forgotten,
            counting::an_hour_after_the_first_registration_it_is_forgotten,
            counting::a_clock_that_steps_forgets_nothing_too_late,
            counting::those_are_forgotten_that_are_named,
            counting::what_was_counted_at_an_account_is_told_the_highest_first,
            counting::an_account_is_forgotten_whole_and_no_other,
            closing::an_open_store_answers,
            closing::after_the_end_every_verb_is_unavailable,
            closing::one_handle_can_end_alone,
            closing::an_end_in_the_midst_of_work_hangs_nobody,
        );
    };
    ($backend:expr; $($room:ident::$property:ident,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $property() {
                use crate::store::conformance::{hold, $room};
                hold($backend, $room::$property).await;
            }
        )+
    };
}
pub(super) use conforms;

/// A new user of this name, with nothing that is optional.
pub(super) fn user(username: &str) -> User {
    User {
        id: user_id(NOW, &SystemRandom),
        username: Username::from_stored(username.to_owned()),
        email: None,
        name: None,
        password_hash: hash("$2b$04$as.it.was"),
        roles: Vec::new(),
        disabled: false,
        created_at: NOW,
        updated_at: NOW,
    }
}

/// A new login session of this user.
pub(super) fn session_of(user: &User, at: OffsetDateTime) -> LoginSession {
    let beginning = Beginning {
        user: user.id,
        client: Client::default(),
        max_age: LIFETIMES.session,
    };
    LoginSession::begin(beginning, &LIFETIMES, at, &SystemRandom)
}

/// Somebody new who has just signed in.
async fn begun(store: &Arc<dyn Store>, at: OffsetDateTime) -> (User, LoginSession) {
    let user = user(&SystemRandom.token(8));
    store.add_user(&user).await.unwrap();
    let session = session_of(&user, at);
    store.begin_session(&session).await.unwrap();
    (user, session)
}

fn with_email(username: &str, email: &str) -> User {
    User {
        email: Some(Email::from_stored(email.to_owned())),
        ..user(username)
    }
}

/// A new user who administers.
fn admin(username: &str) -> User {
    User {
        roles: vec!["editor".to_owned(), "admin".to_owned()],
        ..user(username)
    }
}

fn disabling(disabled: bool) -> Change {
    Change {
        disabled: Some(disabled),
        ..Change::default()
    }
}

fn demotion() -> Change {
    Change {
        roles: Some(vec!["editor".to_owned()]),
        ..Change::default()
    }
}

fn changed_to(user: &User) -> Changed {
    Changed::Changed(Box::new(user.clone()))
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.to_owned())
}

fn later() -> OffsetDateTime {
    NOW + Duration::milliseconds(1)
}

/// What the store has of this user, by either way to them.
async fn kept(store: &Arc<dyn Store>, user: &User) -> Option<User> {
    let by_id = store.user_by_id(user.id).await.unwrap();
    let by_name = store.user_by_username(&user.username.key()).await.unwrap();
    assert_eq!(by_id, by_name);
    by_id
}

async fn named(store: &Arc<dyn Store>, username: &str) -> Option<User> {
    let key = UsernameKey::of(username);
    store.user_by_username(&key).await.unwrap()
}

/// So many at the same moment, over several handles; what each got, in order.
async fn at_once<T, W>(
    stores: &[Arc<dyn Store>],
    many: usize,
    work: impl Fn(usize, Arc<dyn Store>) -> W,
) -> Vec<T>
where
    T: Send + 'static,
    W: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(many));
    let mut racers = JoinSet::new();
    for number in 0..many {
        let run = work(number, Arc::clone(&stores[number % stores.len()]));
        let start = Arc::clone(&start);
        racers.spawn(async move {
            start.wait().await;
            (number, run.await)
        });
    }
    let mut outcomes = racers.join_all().await;
    outcomes.sort_by_key(|&(number, _)| number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}
