//! The phonebook from outside: each story in a tenant of its own, all of them on every backend.

#[path = "phonebook/batch.rs"]
mod batch;
#[path = "phonebook/birthdays.rs"]
mod birthdays;
#[path = "phonebook/books.rs"]
mod books;
#[path = "phonebook/contention.rs"]
mod contention;
#[path = "phonebook/directory.rs"]
mod directory;
#[path = "phonebook/exports.rs"]
mod exports;
#[path = "phonebook/group_cards.rs"]
mod group_cards;
#[path = "phonebook/groups.rs"]
mod groups;
#[path = "phonebook/history.rs"]
mod history;
#[path = "phonebook/import_faults.rs"]
mod import_faults;
#[path = "phonebook/imports.rs"]
mod imports;
#[path = "phonebook/lookup.rs"]
mod lookup;
#[path = "phonebook/merges.rs"]
mod merges;
#[path = "phonebook/numbers.rs"]
mod numbers;
#[path = "phonebook/odd.rs"]
mod odd;
#[path = "phonebook/paging.rs"]
mod paging;
#[path = "phonebook/photos.rs"]
mod photos;
#[path = "phonebook/purge.rs"]
mod purge;
#[path = "phonebook/search.rs"]
mod search;
#[path = "phonebook/together.rs"]
mod together;

use end_to_end::{Client, System};
use futures_util::{FutureExt, StreamExt, stream};

/// Stories on one set of servers: enough to keep them busy, few enough for small machines.
const AT_ONCE: usize = 3;

/// Each needs a caller who may make tenants.
macro_rules! stories {
    ($($story:ident: $tell:path,)*) => {
        $(
            #[tokio::test]
            async fn $story() {
                let system = System::embedded().await;
                $tell(&system.client).await;
            }
        )*

        #[tokio::test]
        async fn all_of_it_on_servers() {
            let system = System::on_servers(2).await;
            let stories = vec![$($tell(&system.client).boxed_local()),*];
            let told = stream::iter(stories).buffer_unordered(AT_ONCE);
            told.collect::<()>().await;
        }
    };
}

stories! {
    groups_come_and_go: groups::live,
    a_deleted_group_has_no_members: groups::die,
    a_card_of_a_group_makes_a_group: group_cards::from_cards,
    a_group_makes_a_card: group_cards::to_cards,
    groups_in_files_are_groups: group_cards::from_files,
    books_come_and_go: books::live,
    a_deleted_book_s_contacts_are_in_the_bin: books::die,
    words_find_contacts: search::words,
    better_matches_come_first: search::ranks,
    telephone_keys_find_contacts: search::keys,
    digits_find_contacts: numbers::digits,
    many_numbers_are_all_found: numbers::many,
    changes_are_listed_since_a_time: search::changes,
    what_is_written_is_found_at_once: search::at_once,
    pages_lose_and_repeat_nobody: paging::pages,
    pages_hold_still_while_others_write: paging::others,
    every_overwrite_can_be_undone: history::overwrites,
    the_bin_gives_back: history::bin,
    batches_answer_each_operation: batch::results,
    batches_are_bounded: batch::bounds,
    batches_repeat_harmlessly: batch::replay,
    callers_are_recognised: lookup::callers,
    lookups_answer_a_switchboard: lookup::forms,
    desk_phones_read_directories: directory::vendors,
    directories_have_pages: directory::pages,
    many_writers_of_one_contact_all_get_their_turn: contention::many_write_one,
    odd_names_stay_what_they_are: odd::names,
    pictures_in_cards_become_photos: photos::out_of_cards,
    photos_show_in_cards: photos::into_cards,
    files_bring_pictures_and_take_them_along: photos::in_files,
    the_same_file_again_changes_nothing: imports::forms,
    an_import_tells_how_far_it_is: imports::progress,
    what_is_wrong_with_a_file_is_named: import_faults::lines,
    cards_are_exported_byte_for_byte: exports::cards,
    a_long_export_is_whole: exports::long,
    a_merge_keeps_every_value_until_it_is_undone: merges::live,
    a_merge_needs_contacts_of_their_own: merges::refused,
    a_birthday_is_announced_once: birthdays::story,
    one_phonebook_is_the_same_for_all: together::story,
}

/// A tenant that nobody else writes to.
async fn tenant(root: &Client, name: &str) -> Client {
    root.with_new_tenant(name).await.1
}
