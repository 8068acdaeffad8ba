use dlq_core::engine::ring::{BusySpin, RingBuffer};

#[test]
fn a_capacity_that_is_no_power_of_two_is_refused_by_name() {
    for (capacity, value) in [(0, "0"), (3, "3"), (1000, "1000")] {
        let refused = RingBuffer::builder(capacity, || 0).expect_err("refused");
        assert_eq!(
            refused.to_string(),
            format!("capacity is {value}; it must be a power of two, such as 1024")
        );
    }
    assert!(RingBuffer::builder(1, || 0).is_ok());
}

#[test]
fn a_group_without_workers_is_refused() {
    let stages = RingBuffer::builder(4, || 0).unwrap().wait(BusySpin).single_producer();
    let refused = stages.workers(0).expect_err("refused");
    assert_eq!(refused.to_string(), "workers is 0; it must be 1 or more");
}

#[test]
fn nobody_comes_after_nobody_or_after_a_stranger() {
    let ring = || RingBuffer::builder(4, || 0).unwrap().wait(BusySpin).single_producer().broadcast();
    let ((_other, stranger), (stages, _own)) = (ring(), ring());
    let refused = stages.after([&stranger]).expect_err("refused");
    assert_eq!((refused.field, refused.allowed), ("after", "a consumer of the same ring"));
    let (stages, _own) = ring();
    assert_eq!(stages.after([]).expect_err("refused").value, "empty");
}

#[test]
fn a_ring_that_is_never_completed_ends() {
    let (stages, mut consumer) =
        RingBuffer::builder(4, || 0).unwrap().wait(BusySpin).single_producer().broadcast();
    assert!(!consumer.is_ended());
    drop(stages);
    assert_eq!(consumer.read(1, |_, _, _| ()), Ok(0));
}

#[test]
fn slots_are_made_once_and_reused() {
    let mut made = 0;
    let factory = || {
        made += 1;
        Vec::<u32>::with_capacity(100)
    };
    let (stages, mut consumer) =
        RingBuffer::builder(2, factory).unwrap().wait(BusySpin).single_producer().broadcast();
    let mut producer = stages.build();
    let mut places = Vec::new();
    for number in 0..6 {
        let write = |slot: &mut Vec<u32>| {
            slot.clear();
            slot.push(number);
        };
        producer.publish_with(write).unwrap();
        consumer.read(1, |slot, _, _| places.push((slot[0], slot.as_ptr()))).unwrap();
    }
    drop(producer);
    assert_eq!(made, 2);
    assert_eq!(places.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert!(places.windows(3).all(|of| of[0].1 == of[2].1 && of[0].1 != of[1].1));
}
