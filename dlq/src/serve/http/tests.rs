use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use dlq_core::{DlqEvent, ManualClock, Observer, Timestamp};
use serde_json::Value;
use tower::ServiceExt;

use super::*;

fn shown() -> Shown {
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_700_000_000_000)));
    Shown { health: Arc::new(Health::new(clock)), metrics: Arc::new(Metrics::new(&[])) }
}

async fn get(shown: &Shown, path: &str) -> (StatusCode, String, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let response = pages(shown.clone()).oneshot(request).await.unwrap();
    let media = response.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap().to_owned());
    let (status, body) = (response.status(), to_bytes(response.into_body(), usize::MAX).await.unwrap());
    (status, media.unwrap_or_default(), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn readiness_tells_each_check_with_its_reason_and_since_when() {
    let shown = shown();
    let (status, _, body) = get(&shown, "/readyz").await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let report: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&report["ready"], &report["storage"]["ok"]), (&false.into(), &false.into()));
    assert_eq!(report["storage"]["reason"], "not opened yet");
    assert_eq!(report["storage"]["since"], "2023-11-14T22:13:20Z");
    shown.health.start();
    shown.health.on(&DlqEvent::Assigned { partitions: 1 });
    let (status, media, body) = get(&shown, "/readyz").await;
    assert_eq!((status, media.as_str()), (StatusCode::OK, "application/json"), "{body}");
}

#[tokio::test]
async fn it_has_started_once_the_storage_is_open_and_lives_before() {
    let shown = shown();
    assert_eq!(get(&shown, "/livez").await.0, StatusCode::OK);
    assert_eq!(get(&shown, "/startupz").await.0, StatusCode::SERVICE_UNAVAILABLE);
    shown.health.start();
    assert_eq!(get(&shown, "/startupz").await.0, StatusCode::OK);
}

#[tokio::test]
async fn metrics_are_a_page_for_prometheus() {
    let shown = shown();
    shown.metrics.on(&DlqEvent::Claimed { records: 3 });
    let (status, media, body) = get(&shown, "/metrics").await;
    assert_eq!((status, media.as_str()), (StatusCode::OK, dlq_metrics::CONTENT_TYPE));
    assert!(body.contains("\ndlq_redrive_attempts_total 3\n"), "{body}");
}

#[tokio::test]
async fn there_is_nothing_else() {
    assert_eq!(get(&shown(), "/").await.0, StatusCode::NOT_FOUND);
}
