//! Sinks that refuse, panic and miscount; listeners that panic.

use super::*;

/// Nines are refused; a batch with a seven in it makes the sink panic, one with an eight loses an answer.
async fn moody(items: Vec<u32>) -> Answers {
    assert!(!items.contains(&7), "seven");
    let short = items.contains(&8);
    let answer = |item| if item == 9 { Err("nine") } else { Ok(item) };
    let answers = items.iter().copied().map(answer);
    answers.skip(usize::from(short)).collect()
}

#[tokio::test(start_paused = true)]
async fn each_item_has_its_own_answer() {
    let processor = Processor::start(SMALL, Sink(moody)).unwrap();
    let tickets = processor.submit_batch_with_tickets(vec![1, 9, 2, 9]).await.unwrap();
    let fates = futures_util::future::join_all(tickets).await;
    assert_eq!(fates, [Ok(1), Err(ItemError::Sink("nine")), Ok(2), Err(ItemError::Sink("nine"))]);
    assert_eq!((processor.stats().items, processor.stats().failed), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_panics_fails_its_batch_and_the_worker_goes_on() {
    let processor = Processor::start(SMALL, Sink(moody)).unwrap();
    let tickets = processor.submit_batch_with_tickets(vec![1, 7, 2, 3, 4, 5, 6, 1]).await.unwrap();
    let fates = futures_util::future::join_all(tickets).await;
    assert_eq!(fates[..4], vec![Err(ItemError::Panicked("seven".to_owned())); 4]);
    assert_eq!(fates[4..], [Ok(4), Ok(5), Ok(6), Ok(1)]);
    assert_eq!((processor.stats().items, processor.stats().failed), (8, 4));
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_panics_before_it_begins_is_no_different() {
    struct Refusing;
    impl BatchSink<u32> for Refusing {
        type Outcome = ();
        type Error = &'static str;
        fn write(&self, _items: &[u32]) -> impl Future<Output = Vec<Result<(), &'static str>>> + Send {
            panic!("{}", "at once");
            #[expect(unreachable_code, reason = "it names the type of the future")]
            std::future::ready(Vec::new())
        }
    }
    let processor = BatchProcessor::start(SMALL, Refusing).unwrap();
    for _ in 0..3 {
        let ticket = processor.submit_with_ticket(1).await.unwrap();
        assert_eq!(ticket.await, Err(ItemError::Panicked("at once".to_owned())));
    }
}

#[tokio::test(start_paused = true)]
async fn a_sink_that_miscounts_fails_its_batch_and_no_answer_is_given_to_the_wrong_item() {
    let processor = Processor::start(SMALL, Sink(moody)).unwrap();
    let tickets = processor.submit_batch_with_tickets(vec![1, 8, 2, 3]).await.unwrap();
    let fates = futures_util::future::join_all(tickets).await;
    assert_eq!(fates, vec![Err(ItemError::Miscounted { answers: 3, items: 4 }); 4]);
    assert_eq!(fates[0].as_ref().unwrap_err().to_string(), "the sink answered for 3 of 4 items");
}

#[tokio::test(start_paused = true)]
async fn the_listener_hears_every_item_with_its_fate() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&heard);
    let listener = move |finished: &Finished<'_, u32, u32, &'static str>| {
        let pairs = finished.items.iter().copied().zip(finished.fates.iter().cloned());
        noted.lock().unwrap().extend(pairs);
    };
    let processor = Processor::start_with_listener(SMALL, Sink(moody), listener).unwrap();
    processor.submit_batch(vec![1, 9, 2, 3, 8]).await.unwrap();
    assert!(processor.stop(LONG).await.is_empty());
    let miscounted = Err(ItemError::Miscounted { answers: 0, items: 1 });
    let expected = [(1, Ok(1)), (9, Err(ItemError::Sink("nine"))), (2, Ok(2)), (3, Ok(3)), (8, miscounted)];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_panics_hurts_nobody_else() {
    let (sink, batches) = quick();
    let processor = Processor::start_with_listener(SMALL, sink, |_| panic!("as a test")).unwrap();
    for item in 0..3 {
        let ticket = processor.submit_with_ticket(item).await.unwrap();
        assert_eq!(ticket.await, Ok(item));
    }
    assert_eq!(seen(&batches), [[0], [1], [2]]);
}
