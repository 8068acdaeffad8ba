use dlq_core::record::{Body, CLASS_BYTES_MAX, MESSAGE_BYTES_MAX};
use dlq_core::storage::{DlqStorageExt, KeyMatch, PageRequest, QueryCriteria, Save};

use super::StoreUnderTest;
use super::prepare::all;
use super::verify::{assert_same, assert_same_but_content};
use crate::fixture::{self, Draft, DraftBody};

pub async fn header_names_and_values_may_be_any_bytes(store: &StoreUnderTest) {
    let mut draft = Draft::new(1);
    let every_byte: Vec<u8> = (0..=255).collect();
    draft.headers = vec![
        (every_byte.clone(), Some(every_byte)),
        (b"\0".to_vec(), Some(b"\xFF\xFE".to_vec())),
        (Vec::new(), Some(Vec::new())),
        (b"null".to_vec(), None),
        (b"twice".to_vec(), Some(b"1".to_vec())),
        (b"twice".to_vec(), None),
        (b"twice".to_vec(), Some(b"1".to_vec())),
    ];
    comes_back(store, draft).await;
}

pub async fn null_empty_and_missing_stay_three_things(store: &StoreUnderTest) {
    let bodies = [DraftBody::Null, DraftBody::Present(Vec::new()), DraftBody::Missing];
    let pairs = bodies.iter().flat_map(|key| bodies.iter().map(move |payload| (key, payload)));
    for (number, (key, payload)) in (0..).zip(pairs) {
        let draft = Draft { key: key.clone(), payload: payload.clone(), ..Draft::new(number) };
        let id = draft.clone().record().id;
        comes_back(store, draft).await;
        let read = store.read(id).await;
        let content = read.captured.content.as_ref().unwrap();
        assert_eq!((content.key(), content.payload()), (key.body(), payload.body()));
    }
}

pub async fn ten_thousand_headers_come_back_in_order(store: &StoreUnderTest) {
    let mut draft = Draft::new(1);
    draft.headers = (0..10_000u32).map(|n| (b"h".to_vec(), Some(n.to_be_bytes().to_vec()))).collect();
    comes_back(store, draft).await;
}

pub async fn a_payload_of_a_mebibyte_comes_back(store: &StoreUnderTest) {
    let payload: Vec<u8> = (0..1u32 << 20).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    let draft = Draft { payload: DraftBody::Present(payload), ..Draft::new(1) };
    comes_back(store, draft).await;
}

pub async fn a_submitted_record_without_any_origin_comes_back(store: &StoreUnderTest) {
    let mut draft = Draft { from: None, origin: Default::default(), ..Draft::new(1) };
    draft.provenance = Default::default();
    draft.failure = Default::default();
    let record = draft.record();
    store.put_all(std::slice::from_ref(&record)).await;
    assert_same(&store.read(record.id).await, &record);
}

pub async fn long_texts_are_whole_in_the_content_and_capped_in_lists(store: &StoreUnderTest) {
    let mut draft = Draft::new(1);
    draft.failure.class = Some("ä".repeat(CLASS_BYTES_MAX));
    draft.failure.message = Some(format!("a\0b{}", "ß".repeat(MESSAGE_BYTES_MAX)));
    draft.failure.stack_trace = Some("at com.acme.Orders.run(Orders.java:7)\n".repeat(5_000));
    let expected = draft.clone().record();
    comes_back(store, draft).await;
    let listed = store.page(&PageRequest::new(all())).await.unwrap().records;
    assert_same_but_content(&listed[0], &expected);
    assert!(listed[0].failure().message.unwrap().len() <= MESSAGE_BYTES_MAX);
}

/// Some databases know no NUL in texts. A store may refuse such a record, but that one alone, and never alter it.
pub async fn texts_with_nul_are_kept_exactly_or_refused_alone(store: &StoreUnderTest) {
    let mut group = Draft::new(1);
    group.origin.consumer_group = Some("bill\0ing".into());
    let mut warning = Draft::new(2);
    warning.provenance.warnings = vec!["read\0half".to_owned()];
    let mut tag = Draft::new(3);
    tag.progress.notes.tags = vec!["a\0b".to_owned()];
    let drafts = [Draft::new(0), group, warning, tag, Draft::new(4)];
    let records: Vec<_> = drafts.into_iter().map(Draft::record).collect();
    let answers = store.save_batch(records.iter().cloned().map(Save::New).collect()).await.unwrap();
    for (record, answer) in records.iter().zip(answers) {
        match answer {
            Ok(_) => assert_same(&store.read(record.id).await, record),
            Err(_) => assert!(store.find_by_id(record.id).await.unwrap().is_none()),
        }
    }
    store.read(records[0].id).await;
    store.read(records[4].id).await;
}

pub async fn conditions_on_texts_with_nul_are_answered(store: &StoreUnderTest) {
    store.put_all(&fixture::records(0..3)).await;
    let nul = "bill\0ing";
    let criteria = QueryCriteria::builder;
    for criteria in [
        criteria().consumer_groups([nul]),
        criteria().error_class(nul),
        criteria().message_contains(nul),
        criteria().tag(nul),
        criteria().key(KeyMatch::Pattern(nul.to_owned())),
    ] {
        assert_eq!(store.count(&criteria.build(), 10).await.unwrap().records, 0);
    }
}

pub async fn a_missing_body_is_found_as_such(store: &StoreUnderTest) {
    let missing = Draft { payload: DraftBody::Missing, ..Draft::new(1) }.record();
    let null = Draft { payload: DraftBody::Null, ..Draft::new(2) }.record();
    store.put_all(&[missing.clone(), null]).await;
    let found = store.read_all(&QueryCriteria::builder().body_missing(true).build()).await;
    assert_eq!(found, [missing]);
    assert_eq!(found[0].captured.content.as_ref().unwrap().payload(), Body::Missing);
}

async fn comes_back(store: &StoreUnderTest, draft: Draft) {
    let record = draft.record();
    store.put_all(std::slice::from_ref(&record)).await;
    let read = store.read(record.id).await;
    assert_same(&read, &record);
    let content = read.captured.content.as_ref().unwrap();
    assert_eq!(content.checksum(), record.captured.content.as_ref().unwrap().checksum());
}
