//! The ids of topics: one that was deleted and made anew under its name has another (since Kafka 2.8). rdkafka has no
//! words for them; librdkafka has.
#![allow(unsafe_code)]

use std::collections::{BTreeSet, HashMap};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::slice;
use std::time::Duration;

use dlq_core::TopicName;
use rdkafka::client::{Client, ClientContext};
use rdkafka_sys as sys;

/// What a cluster calls a topic for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TopicId(i64, i64);

/// The ids of these topics; one that is not there, or that the cluster gives no id, is left out. `None` where the
/// cluster does not answer in time. Blocks. A set, for librdkafka refuses to be asked for a topic twice.
pub(crate) fn ask<C: ClientContext>(
    client: &Client<C>,
    topics: &BTreeSet<&TopicName>,
    at_most: Duration,
) -> Option<HashMap<TopicName, TopicId>> {
    let names: Vec<CString> =
        topics.iter().map(|topic| CString::new(topic.as_str())).collect::<Result<_, _>>().ok()?;
    let mut names: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();
    let millis = c_int::try_from(at_most.as_millis()).unwrap_or(c_int::MAX);
    // SAFETY: the client lives for as long as it is borrowed here, and each object that is made of it is destroyed
    // before that ends. `names` holds that many strings, which librdkafka copies.
    unsafe {
        let rk = client.native_ptr();
        let queue = Owned::new(sys::rd_kafka_queue_new(rk), sys::rd_kafka_queue_destroy)?;
        let collection = sys::rd_kafka_TopicCollection_of_topic_names(names.as_mut_ptr(), names.len());
        let collection = Owned::new(collection, sys::rd_kafka_TopicCollection_destroy)?;
        let describe = sys::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let options = sys::rd_kafka_AdminOptions_new(rk, describe);
        let options = Owned::new(options, sys::rd_kafka_AdminOptions_destroy)?;
        sys::rd_kafka_AdminOptions_set_request_timeout(options.0, millis, ptr::null_mut(), 0);
        sys::rd_kafka_DescribeTopics(rk, collection.0, options.0, queue.0);
        let event = Owned::new(sys::rd_kafka_queue_poll(queue.0, millis), sys::rd_kafka_event_destroy)?;
        told(event.0)
    }
}

/// What an event tells.
///
/// # Safety
/// `event` is a live event.
unsafe fn told(event: *mut sys::rd_kafka_event_t) -> Option<HashMap<TopicName, TopicId>> {
    // SAFETY: the event is live, as the caller promises, and owns all that is read of it. A null result is none.
    unsafe {
        let failed = sys::rd_kafka_event_error(event) != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR;
        let result = sys::rd_kafka_event_DescribeTopics_result(event);
        if failed || result.is_null() {
            return None;
        }
        let mut count = 0;
        let topics = sys::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        let topics = if topics.is_null() { &[] } else { slice::from_raw_parts(topics, count) };
        Some(topics.iter().filter_map(|topic| described(*topic)).collect())
    }
}

/// The name and the id of a topic that is there, and has one.
///
/// # Safety
/// `topic` is a live description.
unsafe fn described(topic: *const sys::rd_kafka_TopicDescription_t) -> Option<(TopicName, TopicId)> {
    // SAFETY: the description is live, as the caller promises, and owns its error, its name and its id.
    unsafe {
        let error = sys::rd_kafka_error_code(sys::rd_kafka_TopicDescription_error(topic));
        if error != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return None;
        }
        let name = CStr::from_ptr(sys::rd_kafka_TopicDescription_name(topic)).to_str().ok()?;
        let id = sys::rd_kafka_TopicDescription_topic_id(topic);
        if id.is_null() {
            return None;
        }
        let most = sys::rd_kafka_Uuid_most_significant_bits(id);
        let id = TopicId(most, sys::rd_kafka_Uuid_least_significant_bits(id));
        Some((TopicName::new(name).ok()?, id)).filter(|_| id != TopicId(0, 0))
    }
}

/// Something of librdkafka's that is destroyed when it is dropped.
struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Owned<T> {
    fn new(made: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        (!made.is_null()).then_some(Self(made, destroy))
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: it was made by the function that belongs to this one, is not null, and is destroyed once.
        unsafe { (self.1)(self.0) }
    }
}
