//! Random steps at a ring of two consumers in a row and a group, and at its twin: a list of all that was published.

use std::collections::VecDeque;

use dlq_core::engine::ring::{Consumer, MultiProducer, Refusal, RingBuffer, Task, Worker};
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Publish,
    PublishBatch(usize),
    PublishInPlace(usize),
    ReadFirst(usize),
    ReadSecond(usize),
    Take { worker: usize, max: usize },
    AddProducer,
    DropProducer,
    Close,
}

const WORKERS: usize = 2;

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Publish),
        4 => (0..10_usize).prop_map(Step::PublishBatch),
        4 => (0..10_usize).prop_map(Step::PublishInPlace),
        8 => (1..10_usize).prop_map(Step::ReadFirst),
        8 => (1..10_usize).prop_map(Step::ReadSecond),
        8 => (0..WORKERS, 1..10_usize).prop_map(|(worker, max)| Step::Take { worker, max }),
        1 => Just(Step::AddProducer),
        1 => Just(Step::DropProducer),
        1 => Just(Step::Close),
    ]
}

struct Ring {
    producers: Vec<MultiProducer<Option<u64>>>,
    first: Consumer<Option<u64>>,
    second: Consumer<Option<u64>>,
    workers: Vec<Worker<Option<u64>>>,
}

impl Ring {
    fn new(capacity: usize) -> Self {
        let ring = RingBuffer::builder(capacity, || None).unwrap().wait(Task).multi_producer();
        let (ring, first) = ring.broadcast();
        let (ring, second) = ring.after([&first]).unwrap().broadcast();
        let (ring, workers) = ring.workers(WORKERS).unwrap();
        Self { producers: vec![ring.build()], first, second, workers }
    }
}

/// Numbers are published in order, so how many is all there is to know.
#[derive(Debug, Default)]
struct Twin {
    capacity: u64,
    closed: bool,
    published: u64,
    first: u64,
    second: u64,
    taken: u64,
}

impl Twin {
    /// What a ring says that was asked to take `wanted` at once.
    fn publish(&mut self, wanted: usize) -> Result<usize, Refusal> {
        let room = self.capacity - (self.published - self.taken);
        let answer = match (self.closed, room) {
            (true, _) => return Err(Refusal::Closed),
            (_, 0) if wanted > 0 => return Err(Refusal::Full),
            _ => room.min(wanted as u64),
        };
        self.published += answer;
        Ok(usize::try_from(answer).unwrap())
    }
}

/// Moves one who comes behind up to `limit`, by at most `max`: the numbers it passes.
fn pass(position: &mut u64, limit: u64, max: usize) -> Vec<u64> {
    let from = *position;
    *position = limit.min(from + max as u64);
    (from..*position).collect()
}

fn act(ring: &mut Ring, twin: &mut Twin, step: &Step) {
    let producer = ring.producers.last();
    match (step, producer) {
        (Step::Publish, Some(producer)) => {
            let (number, expected) = (twin.published, twin.publish(1));
            let answer = producer.try_publish(number).map(|()| 1).map_err(|refused| {
                assert_eq!(refused.value, number);
                refused.reason
            });
            assert_eq!(answer, expected);
        }
        (Step::PublishBatch(count), Some(producer)) => {
            let mut values: VecDeque<_> = (twin.published..).take(*count).collect();
            let expected = twin.publish(*count);
            assert_eq!(producer.try_publish_batch(&mut values), expected);
            assert!(values.iter().copied().eq((twin.published..).take(count - expected.unwrap_or(0))));
        }
        (Step::PublishInPlace(count), Some(producer)) => {
            let mut numbers = twin.published..;
            let answer = producer.try_publish_each(*count, |slot| *slot = numbers.next());
            assert_eq!(answer, twin.publish(*count));
        }
        (Step::ReadFirst(max), _) => {
            let mut seen = Vec::new();
            ring.first.try_read(*max, |number, _, _| seen.extend(*number)).unwrap();
            assert_eq!(seen, pass(&mut twin.first, twin.published, *max));
        }
        (Step::ReadSecond(max), _) => {
            let mut seen = Vec::new();
            ring.second.try_read(*max, |number, _, _| seen.extend(*number)).unwrap();
            assert_eq!(seen, pass(&mut twin.second, twin.first, *max));
        }
        (Step::Take { worker, max }, _) => {
            let mut taken = Vec::new();
            ring.workers[*worker].try_take(&mut taken, *max).unwrap();
            assert_eq!(taken, pass(&mut twin.taken, twin.second, *max));
        }
        (Step::AddProducer, Some(producer)) => ring.producers.push(producer.clone()),
        (Step::DropProducer, Some(_)) => {
            ring.producers.pop();
            twin.closed |= ring.producers.is_empty();
        }
        (Step::Close, Some(producer)) => {
            producer.close();
            twin.closed = true;
        }
        (_, None) => {}
    }
    check_state(ring, twin);
}

fn check_state(ring: &Ring, twin: &Twin) {
    if let Some(producer) = ring.producers.last() {
        let room = if twin.closed { 0 } else { twin.capacity - (twin.published - twin.taken) };
        assert_eq!(producer.remaining_capacity() as u64, room);
    }
    let ended = |position| twin.closed && position == twin.published;
    assert_eq!(ring.first.is_ended(), ended(twin.first));
    assert_eq!(ring.second.is_ended(), ended(twin.second));
    for worker in &ring.workers {
        assert_eq!(worker.is_ended(), ended(twin.taken));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_ring_does_what_a_list_and_five_counters_do(
        order in 0..8_u32,
        steps in prop::collection::vec(step(), 1..150),
    ) {
        let capacity = 1 << order;
        let mut ring = Ring::new(capacity);
        let mut twin = Twin { capacity: capacity as u64, ..Twin::default() };
        for step in &steps {
            act(&mut ring, &mut twin, step);
        }
    }
}
