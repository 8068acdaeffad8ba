use super::*;
use crate::record::ErrorType;

const MINUTE: Duration = Duration::from_secs(60);
const START: Timestamp = Timestamp::from_millis(1_000_000);

fn decide(policy: &RetryPolicy, error_type: ErrorType, attempts: u32, after: Duration) -> Decision {
    let failure = FailureSummary { error_type, ..FailureSummary::default() };
    let tried = Tried { record: RecordId::MIN, attempts, since: START, failure: &failure };
    policy.decide(&tried, START.plus(after))
}

fn given_up(decision: Decision) -> Option<(DlqStatus, GaveUp)> {
    if let Decision::GiveUp { then, why } = decision { Some((then, why)) } else { None }
}

#[test]
fn transient_errors_are_tried_three_times_by_default() {
    let decide = |error_type, attempts| decide(&RetryPolicy::DEFAULT, error_type, attempts, Duration::ZERO);
    for error_type in ErrorType::ALL {
        let expected = (!error_type.is_transient()).then_some((DlqStatus::Failed, GaveUp::ErrorType));
        assert_eq!(given_up(decide(error_type, 1)), expected, "{error_type}");
    }
    assert_eq!(given_up(decide(ErrorType::TransientService, 3)), None);
    let exhausted = Some((DlqStatus::Failed, GaveUp::Retries));
    assert_eq!(given_up(decide(ErrorType::TransientService, 4)), exhausted);
}

#[test]
fn no_attempt_begins_too_late() {
    let policy = RetryPolicy::builder()
        .backoff(BackoffStrategy::Fixed(MINUTE))
        .max_duration(MINUTE * 5)
        .when_exhausted(Exhausted::Skip)
        .build()
        .unwrap();
    let decide = |after| given_up(decide(&policy, ErrorType::TransientNetwork, 1, after));
    assert_eq!(decide(MINUTE * 4), None);
    let too_late = Some((DlqStatus::Skipped, GaveUp::Duration));
    assert_eq!(decide(MINUTE * 4 + Duration::from_millis(1)), too_late);
}

#[test]
fn a_predicate_has_a_say_but_not_over_the_types() {
    let policy = RetryPolicy::builder().predicate(|tried| tried.attempts < 2).build().unwrap();
    let decide = |error_type, attempts| given_up(decide(&policy, error_type, attempts, Duration::ZERO));
    assert_eq!(decide(ErrorType::TransientNetwork, 1), None);
    assert_eq!(decide(ErrorType::TransientNetwork, 2), Some((DlqStatus::Failed, GaveUp::Predicate)));
    assert_eq!(decide(ErrorType::Validation, 1), Some((DlqStatus::Failed, GaveUp::ErrorType)));
}

#[test]
fn the_long_term_ends_on_hold_and_no_retry_at_once() {
    let long = |attempts| decide(&RetryPolicy::LONG_TERM, ErrorType::Unknown, attempts, Duration::ZERO);
    assert_eq!(long(1), Decision::Retry { after: MINUTE });
    assert_eq!(long(2), Decision::Retry { after: MINUTE * 6 });
    assert_eq!(long(10), Decision::Retry { after: MINUTE * 46 });
    assert_eq!(given_up(long(11)), Some((DlqStatus::OnHold, GaveUp::Retries)));
    let never = decide(&RetryPolicy::NO_RETRY, ErrorType::TransientNetwork, 1, Duration::ZERO);
    assert_eq!(given_up(never), Some((DlqStatus::Failed, GaveUp::Retries)));
}

#[test]
fn clocks_that_leap_back_do_not_end_it() {
    let failure = FailureSummary { error_type: ErrorType::TransientNetwork, ..FailureSummary::default() };
    let tried = Tried { record: RecordId::MIN, attempts: 1, since: START, failure: &failure };
    let decision = RetryPolicy::AGGRESSIVE.decide(&tried, Timestamp::from_millis(0));
    assert_eq!(given_up(decision), None);
}
