use std::collections::BTreeSet;
use std::time::Duration;

use dlq_core::DlqStatus;
use dlq_core::record::{DlqRecord, Progress};
use dlq_core::storage::{BulkOutcome, DlqStorageExt, Move, Order, Patch, QueryCriteria};
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::StoreUnderTest;
use super::prepare::{all, change, ids, only};
use super::verify::assert_same;
use crate::fixture::{self, Dice, Draft, any_criteria_over, distinct_records};

pub async fn a_patch_changes_what_matches_and_nothing_else(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let before = store.read_all(&all()).await;
    let change = change();
    let outcome = store.bulk_update(&only(ids(&before[..4])), &tagged("vip"), &change).await.unwrap();
    assert_eq!(outcome, BulkOutcome { changed: 4, ..BulkOutcome::default() });
    for patched in &before[..4] {
        let mut progress = Progress { operation: Some(change.operation), ..Progress::clone(&patched.progress) };
        progress.notes.add_tag("vip");
        progress.updated_at = store.now();
        assert_same(&store.read(patched.id).await, &DlqRecord { version: 2, progress: progress.into(), ..patched.clone() });
    }
    for untouched in &before[4..] {
        store.assert_unchanged(untouched).await;
    }
}

pub async fn random_patches_mean_what_their_reference_reading_means(store: &StoreUnderTest) {
    let mut dice = Dice::new();
    let records = dice.throw(distinct_records(30));
    store.put_all(&records).await;
    for _ in 0..20 {
        let before = store.read_all(&all()).await;
        let criteria = dice.throw(any_criteria_over(&before));
        let patch = dice.throw(any_patch());
        let outcome = store.bulk_update(&criteria, &patch, &change()).await.unwrap();
        let expected = patched(store, &before, &criteria, &patch).await;
        assert_eq!(outcome, expected, "{criteria:?} {patch:?}");
    }
}

/// All seven times seven. To Retrying only a claim leads, and to stay is no move.
pub async fn every_move_follows_the_table(store: &StoreUnderTest) {
    let pairs = DlqStatus::ALL.into_iter().flat_map(|from| DlqStatus::ALL.map(|to| (from, to)));
    for (number, (from, to)) in (0..).zip(pairs) {
        let before = store.bring_to(number, from).await;
        let outcome = store.bulk_update(&only([before.id]), &Patch::to(to), &change()).await.unwrap();
        let legal = from.may_become(to) && to != DlqStatus::Retrying;
        let expected = BulkOutcome { changed: legal.into(), refused: (!legal).into(), leased: 0 };
        assert_eq!(outcome, expected, "{from} to {to}");
        if legal {
            assert_eq!(store.read(before.id).await.progress.status, to);
        } else {
            store.assert_unchanged(&before).await;
        }
    }
}

pub async fn only_a_terminal_status_is_reopened(store: &StoreUnderTest) {
    for (number, from) in (0..).zip(DlqStatus::ALL) {
        let before = store.bring_to(number, from).await;
        let outcome = store.bulk_update(&only([before.id]), &Patch::reopen(), &change()).await.unwrap();
        assert_eq!(outcome.changed == 1, from.is_terminal(), "{from}");
        if from.is_terminal() {
            assert_eq!(store.read(before.id).await.progress.status, DlqStatus::Pending);
        } else {
            store.assert_unchanged(&before).await;
        }
    }
}

pub async fn a_leased_record_is_left_alone_and_counted(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let held = store.take(fixture::record(1).id).await;
    let outcome = store.bulk_update(&all(), &Patch::to(DlqStatus::Skipped), &change()).await.unwrap();
    assert_eq!(outcome, BulkOutcome { changed: 2, leased: 1, refused: 0 });
    store.assert_unchanged(&held).await;
}

pub async fn limit_and_order_are_honoured(store: &StoreUnderTest) {
    for number in 0..10 {
        let due = Duration::from_secs(100 - u64::from(number));
        store.put(Draft::new(number).due(due).record()).await;
    }
    let criteria = QueryCriteria { order: Order::DueFirst, limit: Some(3), ..all() };
    let expected: BTreeSet<_> = ids(&store.read_all(&criteria).await).into_iter().collect();
    let outcome = store.bulk_update(&criteria, &tagged("first"), &change()).await.unwrap();
    assert_eq!(outcome.changed, 3);
    let found = store.read_all(&QueryCriteria::builder().tag("first").build()).await;
    assert_eq!(ids(&found).into_iter().collect::<BTreeSet<_>>(), expected);
}

pub async fn repeated_it_answers_the_same_and_changes_nothing(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..5)).await;
    let change = change();
    let skip_pending = QueryCriteria::builder().statuses([DlqStatus::Pending]).build();
    let patch = Patch::to(DlqStatus::Skipped);
    let first = store.bulk_update(&skip_pending, &patch, &change).await.unwrap();
    assert_eq!(first, BulkOutcome { changed: 5, ..BulkOutcome::default() });
    let before = store.read_all(&all()).await;
    assert_eq!(store.bulk_update(&skip_pending, &patch, &change).await.unwrap(), first);
    for record in &before {
        store.assert_unchanged(record).await;
    }
}

pub async fn repeated_after_later_changes_it_changes_nothing(store: &StoreUnderTest) {
    let id = store.put(fixture::record(1)).await.id;
    let change = change();
    let hold = Patch::to(DlqStatus::OnHold);
    store.bulk_update(&all(), &hold, &change).await.unwrap();
    store.patch(id, &Patch::to(DlqStatus::Pending)).await;
    let before = store.read(id).await;
    assert_eq!(store.bulk_update(&all(), &hold, &change).await.unwrap().changed, 1);
    store.assert_unchanged(&before).await;
}

pub async fn repeated_with_a_limit_it_goes_no_further(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let criteria = QueryCriteria::builder().statuses([DlqStatus::Pending]).limit(4).build();
    let change = change();
    for _ in 0..2 {
        let outcome = store.bulk_update(&criteria, &Patch::to(DlqStatus::Skipped), &change).await.unwrap();
        assert_eq!(outcome.changed, 4);
        let skipped = QueryCriteria::builder().statuses([DlqStatus::Skipped]).build();
        assert_eq!(store.count(&skipped, 100).await.unwrap().records, 4);
    }
}

pub async fn a_repeated_operation_goes_on_where_it_broke_off(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..6)).await;
    let change = change();
    let halfway = only(ids(&fixture::records(0..3)));
    store.bulk_update(&halfway, &tagged("vip"), &change).await.unwrap();
    assert_eq!(store.bulk_update(&all(), &tagged("vip"), &change).await.unwrap().changed, 6);
    assert!(store.read_all(&all()).await.iter().all(|record| record.version == 2));
}

pub async fn each_record_may_be_edited_on_the_version_that_was_read(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..10)).await;
    let held = store.take(fixture::record(1).id).await;
    let edit = |record: &DlqRecord| {
        let odd = record.captured.place() % 2 == 1;
        odd.then(|| Progress { status: DlqStatus::OnHold, ..Progress::clone(&record.progress) })
    };
    let outcome = store.bulk_update_with(all(), &change(), &edit).await.unwrap();
    assert_eq!(outcome, BulkOutcome { changed: 4, leased: 1, refused: 0 });
    store.assert_unchanged(&held).await;
}

fn tagged(tag: &str) -> Patch {
    Patch { add_tags: BTreeSet::from([tag.to_owned()]), ..Patch::default() }
}

fn any_patch() -> impl Strategy<Value = Patch> {
    let moves = DlqStatus::ALL.into_iter().map(Move::To).chain([Move::Reopen]).collect::<Vec<_>>();
    let time = || of(of((0..100u64).prop_map(|s| fixture::after(Duration::from_secs(s)))));
    let tag = || of(select(vec!["vip", "a'b", "new"])).prop_map(|tag| tag.map(str::to_owned).into_iter().collect());
    let reason = of(of(select(vec!["why not", "it's"]).prop_map(str::to_owned)));
    (of(select(moves)), time(), time(), reason, tag(), tag()).prop_map(
        |(status, due_at, expires_at, hold_reason, add_tags, remove_tags)| Patch {
            status,
            due_at,
            expires_at,
            hold_reason,
            add_tags,
            remove_tags,
        },
    )
}

/// Verifies every record against the reference reading, and answers what the outcome should be.
async fn patched(
    store: &StoreUnderTest,
    before: &[DlqRecord],
    criteria: &QueryCriteria,
    patch: &Patch,
) -> BulkOutcome {
    let mut outcome = BulkOutcome::default();
    let after = store.read_all(&all()).await;
    assert_eq!(ids(&after), ids(before));
    for (old, new) in before.iter().zip(&after) {
        let mut progress = Progress::clone(&old.progress);
        if !criteria.matches(old) {
            assert_same(new, old);
        } else if patch.apply(&mut progress) {
            outcome.changed += 1;
            let Progress { operation, updated_at, .. } = *new.progress;
            progress = Progress { operation, updated_at, ..progress };
            assert_same(new, &DlqRecord { version: old.version + 1, progress: progress.into(), ..old.clone() });
        } else {
            outcome.refused += 1;
            assert_same(new, old);
        }
    }
    outcome
}
