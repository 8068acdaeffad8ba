use super::*;
use crate::record::{Action, Progress};
use crate::storage::transition::{patch, patched_before, replace, replaced_before};
use crate::storage::{Expect, Patch, SaveOutcome};

fn moved(record: &DlqRecord, status: DlqStatus) -> Progress {
    Progress { status, ..Progress::clone(&record.progress) }
}

#[test]
fn replacing_follows_the_table_of_moves_and_never_claims() {
    for from in DlqStatus::ALL {
        for to in DlqStatus::ALL {
            let mut record = with_status(from);
            let progress = moved(&record, to);
            let allowed = from == to || (from.may_become(to) && to != DlqStatus::Retrying);
            let answer =
                replace(&mut record.clone(), progress.clone(), Expect::Any, &Change::by("user:a"), NOW);
            assert_eq!(answer.is_ok(), allowed, "{from} to {to}");
            if !allowed {
                let by = Change::by("user:a");
                let kind = refused(&mut record, |record| replace(record, progress, Expect::Any, &by, NOW));
                assert_eq!(kind, StorageErrorKind::IllegalMove { from, to });
            }
        }
    }
}

#[test]
fn what_is_the_stores_stays() {
    let mut record = claimed();
    let later = NOW.plus(LEASE);
    let before = record.progress.clone();
    let given = Progress { retry_count: 9, ..Progress::default() };
    replace(&mut record, given, Expect::Version(2), &Change::by("user:a"), later).unwrap();
    let after = &record.progress;
    assert_eq!((after.status, after.retry_count, after.updated_at), (DlqStatus::Pending, 9, later));
    assert_eq!((after.fence, &after.attempt, after.unsettled_claims), (1, &before.attempt, 1));
    assert_eq!((after.created_at, &after.lease), (NOW, &None));
}

#[test]
fn a_new_revision_closes_the_attempt() {
    let mut record = claimed();
    let edited = Progress { revision: 1, ..moved(&record, DlqStatus::Pending) };
    replace(&mut record, edited, Expect::Any, &Change::by("user:a"), NOW.plus(LEASE)).unwrap();
    assert!(!record.progress.attempt.as_ref().unwrap().open);
    let kind = refused(&mut record, |record| apply(record, Settle::Renew(LEASE), NOW.plus(LEASE)));
    assert!(matches!(kind, StorageErrorKind::IllegalMove { .. }), "{kind:?}");
    claim(&mut record, &request(), NOW.plus(LEASE)).unwrap();
    assert_eq!(record.progress.attempt.as_ref().unwrap().number, 2);
}

#[test]
fn conflicts_tell_both_versions_and_leases_their_holder() {
    let by = Change::by("user:a");
    for (expected, version) in [(Expect::Absent, 0), (Expect::Version(4), 4)] {
        let mut record = record();
        let progress = Progress::clone(&record.progress);
        let kind = refused(&mut record, |record| replace(record, progress, expected, &by, NOW));
        assert_eq!(kind, StorageErrorKind::Conflict { expected: version, actual: 1 });
    }
    let mut held = claimed();
    let progress = Progress::clone(&held.progress);
    let kind = refused(&mut held, |record| replace(record, progress, Expect::Version(1), &by, NOW));
    assert!(matches!(kind, StorageErrorKind::Leased { .. }), "{kind:?}");
    let kind = refused(&mut held, |record| patch(record, &Patch::to(DlqStatus::Skipped), &by, NOW));
    assert!(matches!(kind, StorageErrorKind::Leased { .. }), "{kind:?}");
}

#[test]
fn the_same_replacement_is_answered_from_history() {
    let mut record = record();
    let by = Change::by("user:a");
    let progress = moved(&record, DlqStatus::OnHold);
    let entry = replace(&mut record, progress, Expect::Version(1), &by, NOW).unwrap();
    assert_eq!((entry.action, entry.attempt), (Action::Replaced, None));
    assert_eq!(replaced_before(std::slice::from_ref(&entry), &by), Some(SaveOutcome::Stored { version: 2 }));
    assert_eq!(replaced_before(&[entry], &Change::by("user:a")), None);
}

#[test]
fn a_patch_moves_and_reopens() {
    let by = Change::by("user:a").because("clean-up");
    let mut record = record();
    let entry = patch(&mut record, &Patch::to(DlqStatus::Skipped), &by, NOW).unwrap();
    assert_eq!(
        (entry.action, entry.from, entry.to),
        (Action::Patched, DlqStatus::Pending, DlqStatus::Skipped)
    );
    assert!(
        patched_before(std::slice::from_ref(&entry), &by) && !patched_before(&[entry], &Change::by("user:a"))
    );

    let again = refused(&mut record, |record| patch(record, &Patch::to(DlqStatus::Pending), &by, NOW));
    assert_eq!(again, StorageErrorKind::IllegalMove { from: DlqStatus::Skipped, to: DlqStatus::Pending });
    let entry = patch(&mut record, &Patch::reopen(), &by, NOW).unwrap();
    assert_eq!(
        (entry.action, record.progress.status, record.version),
        (Action::Reopened, DlqStatus::Pending, 3)
    );
}

#[test]
fn entries_tell_the_fields_that_changed_and_no_others() {
    let mut record = record();
    let tagged = Patch { due_at: Some(Some(NOW)), add_tags: ["vip".to_owned()].into(), ..Patch::default() };
    let entry = patch(&mut record, &tagged, &Change::by("user:a"), NOW).unwrap();
    assert_eq!(entry.fields, serde_json::json!({ "due_at": NOW, "tags": ["vip"] }));
    let entry = patch(&mut record, &Patch::to(DlqStatus::OnHold), &Change::by("user:a"), NOW).unwrap();
    assert_eq!(entry.fields, serde_json::json!({ "due_at": null }));
}

#[test]
fn who_leaves_hold_may_be_claimed_again() {
    let request = ClaimRequest { max_unsettled: 1, ..request() };
    let mut record = claimed();
    claim(&mut record, &request, NOW.plus(LEASE)).unwrap();
    assert_eq!(record.progress.status, DlqStatus::OnHold);
    patch(&mut record, &Patch::to(DlqStatus::Pending), &Change::by("user:a"), NOW).unwrap();
    claim(&mut record, &request, NOW).unwrap();
    assert_eq!(record.progress.status, DlqStatus::Retrying);
}
