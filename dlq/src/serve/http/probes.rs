//! Whether it lives, whether it may be given work, whether it has begun. They write no logs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use super::Shown;

/// Whoever can answer lives. It asks nothing: a restart would not bring back a storage or a broker that is away.
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether records that arrive now would be stored, and if not, what is missing.
pub(super) async fn ready(State(shown): State<Shown>) -> impl IntoResponse {
    let report = shown.health.report();
    (code(report.ready), Json(report))
}

/// Whether the storage was opened and capture has begun.
pub(super) async fn started(State(shown): State<Shown>) -> impl IntoResponse {
    match shown.health.has_started() {
        true => (code(true), "started\n"),
        false => (code(false), "starting: the storage is not open yet\n"),
    }
}

const fn code(fine: bool) -> StatusCode {
    if fine { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}
