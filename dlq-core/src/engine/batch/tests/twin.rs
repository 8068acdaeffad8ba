//! Random sequences beside a naive twin: the same batches at the same time; and in whatever happens, one fate each.

use proptest::prelude::*;
use tokio::time::{Instant, sleep};

use super::*;

#[derive(Clone, Copy, Debug)]
enum Action {
    Submit,
    TrySubmit,
    SubmitBatch(u32),
    Wait(u32),
}

/// Waits are multiples of 4 ms and the linger is 10 ms, so no deadline falls on the end of a wait.
fn actions() -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        Just(Action::Submit),
        Just(Action::TrySubmit),
        (0_u32..20).prop_map(Action::SubmitBatch),
        (1_u32..5).prop_map(|fours| Action::Wait(fours * 4)),
    ];
    proptest::collection::vec(action, 0..40)
}

/// The batches that one worker before a quick sink should write, and when, in milliseconds: item by item.
#[derive(Default)]
struct Twin {
    now: u32,
    batch: Vec<u32>,
    due: u32,
    written: Vec<(u32, Vec<u32>)>,
}

impl Twin {
    fn push(&mut self, item: u32) {
        if self.batch.is_empty() {
            self.due = self.now + 10;
        }
        self.batch.push(item);
        if self.batch.len() == 4 {
            self.write(self.now);
        }
    }

    fn wait(&mut self, millis: u32) {
        self.now += millis;
        if !self.batch.is_empty() && self.due <= self.now {
            self.write(self.due);
        }
    }

    fn write(&mut self, at: u32) {
        self.written.push((at, std::mem::take(&mut self.batch)));
    }
}

fn paused(test: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(test)
}

proptest! {
    #[test]
    fn the_batches_are_those_of_the_twin(actions in actions()) {
        paused(async {
            let start = Instant::now();
            let written = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&written);
            let sink = Sink(move |items: Vec<u32>| {
                let at = u32::try_from(start.elapsed().as_millis()).unwrap();
                noted.lock().unwrap().push((at, items.clone()));
                std::future::ready(taken(items))
            });
            let processor = Processor::start(SMALL, sink).unwrap();
            let (mut twin, mut next) = (Twin::default(), 0..);
            for action in actions {
                match action {
                    Action::Submit => {
                        let item = next.next().unwrap();
                        processor.submit(item).await.unwrap();
                        twin.push(item);
                    }
                    Action::TrySubmit => {
                        let item = next.next().unwrap();
                        if processor.try_submit(item).is_ok() {
                            twin.push(item);
                        }
                    }
                    Action::SubmitBatch(many) => {
                        let items: Vec<u32> = next.by_ref().take(many as usize).collect();
                        processor.submit_batch(items.clone()).await.unwrap();
                        items.into_iter().for_each(|item| twin.push(item));
                    }
                    Action::Wait(millis) => {
                        sleep(Duration::from_millis(millis.into())).await;
                        twin.wait(millis);
                    }
                }
            }
            prop_assert!(processor.stop(LONG).await.is_empty());
            if !twin.batch.is_empty() {
                twin.write(twin.now);
            }
            prop_assert_eq!(&*written.lock().unwrap(), &twin.written);
            Ok(())
        })?;
    }

    #[test]
    fn whatever_the_sink_does_every_item_has_exactly_one_fate(
        moods in proptest::collection::vec(0_u32..6, 1..20), workers in 1_usize..4, items in 0_u32..120, patience in 0_u64..100,
    ) {
        paused(async {
            let turn = std::sync::atomic::AtomicUsize::new(0);
            let sink = Sink(move |items: Vec<u32>| {
                let turn = turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                let mood = moods[turn % moods.len()];
                moody(mood, items)
            });
            let heard = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&heard);
            let listener = move |finished: &Finished<'_, u32, u32, &'static str>| {
                assert_eq!(finished.items.len(), finished.fates.len());
                noted.lock().unwrap().extend_from_slice(finished.items);
            };
            let config = BatchConfig { workers, ..SMALL };
            let processor = Processor::start_with_listener(config, sink, listener).unwrap();
            let submits = processor.submit_batch_with_tickets((0..items).collect());
            let stops = async {
                sleep(Duration::from_millis(patience)).await;
                processor.stop(Duration::from_millis(20)).await
            };
            let (submitted, left) = tokio::join!(submits, stops);
            let (tickets, rest) = submitted.map_or_else(|midway| (midway.tickets, midway.rest), |all| (all, Vec::new()));
            prop_assert_eq!(tickets.len() + rest.len(), items as usize);
            let mut fates = Vec::new();
            for ticket in tickets {
                fates.push(ticket.await);
            }
            let stopped = fates.iter().filter(|fate| **fate == Err(ItemError::HandedBack)).count();
            prop_assert_eq!(stopped, left.len());
            for (item, fate) in (0..).zip(&fates) {
                prop_assert!(fate.as_ref().map_or(true, |answer| *answer == item), "{} for {}", answer_of(fate), item);
            }
            let mut accounted = [heard.lock().unwrap().clone(), left.waiting, left.in_doubt, rest].concat();
            accounted.sort_unstable();
            prop_assert_eq!(accounted, (0..items).collect::<Vec<_>>());
            prop_assert_eq!(processor.stats().items, heard.lock().unwrap().len() as u64);
            Ok(())
        })?;
    }
}

fn answer_of(fate: &Fate<u32, &'static str>) -> String {
    format!("{fate:?}")
}

async fn moody(mood: u32, items: Vec<u32>) -> Answers {
    match mood {
        0 => sleep(Duration::from_millis(15)).await,
        1 => panic!("as a test"),
        2 => return Vec::new(),
        3 => {
            return items.into_iter().map(|item| if item % 2 == 0 { Ok(item) } else { Err("odd") }).collect();
        }
        4 => std::future::pending().await,
        _ => {}
    }
    taken(items)
}
