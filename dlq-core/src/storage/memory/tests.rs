use bytes::BytesMut;

use super::*;
use crate::clock::{ManualClock, Timestamp};
use crate::record::{Body, Captured, Content, ContentPacker, Delivered, Origin, TopicName, WorkerId};
use crate::storage::{ClaimSelect, DlqStorageExt, LaneOrder, Outcome, ReturnClaim};

fn record(content: Content) -> DlqRecord {
    let origin = Origin { topic: TopicName::new("orders").ok(), ..Origin::default() };
    let captured = Captured { content: Some(content), origin, ..Captured::default() };
    DlqRecord::new(captured, Timestamp::default())
}

fn plain() -> DlqRecord {
    record(Content::pack([], Body::Null, Body::Present(b"{}")).unwrap())
}

fn storage() -> MemoryStorage {
    MemoryStorage::with_clock(Arc::new(ManualClock::default()))
}

#[tokio::test]
async fn a_stored_record_does_not_keep_its_arena() {
    let mut arena = BytesMut::with_capacity(4096);
    let packer = ContentPacker::new(&mut arena);
    let record = record(packer.finish(Body::Null, Body::Present(b"{}"), b"").unwrap());
    let id = record.id;
    let storage = storage();
    storage.save(record).await.unwrap();
    assert!(arena.try_reclaim(4096), "the arena is free again");
    assert!(storage.find_by_id(id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_lane_is_known_whether_its_records_came_before_or_after_the_first_claim_that_heeds_it() {
    let storage = storage();
    let letters = [1, 2, 3].map(|offset| {
        let content = Content::pack([], Body::Present(b"k1"), Body::Present(b"{}")).unwrap();
        let mut record = record(content);
        Arc::make_mut(&mut record.captured).origin.offset = Some(offset);
        record
    });
    let claim = async |letter: usize| {
        let select = ClaimSelect::Ids(vec![letters[letter].id]);
        let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w1".to_owned())) };
        storage.claim(&ClaimRequest { order: LaneOrder::Keyed, ..request }).await.unwrap().len()
    };
    storage.save(letters[0].clone()).await.unwrap();
    storage.save(letters[1].clone()).await.unwrap();
    assert_eq!(claim(1).await, 0, "the first is before it");
    storage.save(letters[2].clone()).await.unwrap();
    storage.delete_one(letters[0].id, &Change::by("user:a")).await.unwrap();
    assert_eq!(claim(2).await, 0, "the second is before it");
    assert_eq!(claim(1).await, 1, "it leads");
}

#[tokio::test]
async fn a_page_looks_at_so_many_records_and_goes_on() {
    let storage = storage();
    let saves = (0..select::SCAN_MAX + 1).map(|_| Save::New(plain())).collect();
    storage.save_batch(saves).await.unwrap();
    let nothing = QueryCriteria::builder().tag("unheard of").build();
    let first = storage.page(&PageRequest::new(nothing.clone())).await.unwrap();
    assert!(first.records.is_empty() && first.next.is_some());
    let second = storage.page(&PageRequest { after: first.next, ..PageRequest::new(nothing) }).await.unwrap();
    assert_eq!(second.next, None);
}

#[tokio::test]
async fn a_purge_forgets_positions_but_not_that_an_arrival_was_counted() {
    let storage = storage();
    let sent = plain();
    storage.save(sent.clone()).await.unwrap();
    let select = ClaimSelect::Ids(vec![sent.id]);
    let request = ClaimRequest { select, ..ClaimRequest::due(WorkerId("w1".to_owned())) };
    let claimed = storage.claim(&request).await.unwrap().pop().unwrap();
    let there = Outcome::Delivered(Some(Delivered { partition: 0, offset: 7 }));
    storage.complete(&claimed, there, Change::by("worker:w1")).await.unwrap();

    let redrive_id = claimed.progress.attempt.as_ref().unwrap().redrive_id;
    let claim = Box::new(ReturnClaim { record: sent.id, redrive_id });
    let arrival = Save::Arrival { record: plain(), claim: Some(claim) };
    let returned = SaveOutcome::Returned { record: sent.id, attempt: 1 };
    for purged in [false, true] {
        let answer = storage.save_batch(vec![arrival.clone()]).await.unwrap().pop().unwrap();
        assert_eq!(answer.unwrap(), returned, "purged: {purged}");
        storage.delete_one(sent.id, &Change::by("user:a")).await.unwrap();
    }
    assert_eq!(storage.account().await.unwrap().returned, 1);
    assert!(storage.read().index.is_empty());
}
