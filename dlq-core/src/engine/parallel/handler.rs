//! What is done with the items of a lane.

use tokio::task::coop::consume_budget;

use super::Run;

/// Handles turns at lanes. Usually one of [`each`], [`each_async`], [`in_runs`] and [`in_runs_async`] will do.
///
/// # Behavior
///
/// - It takes items of the [`Run`] until it has enough or none is left, and answers for each that it took.
/// - A panic fails the items that are taken and not answered, and no other; the rest of the lane comes with the next turn.
/// - No two turns at one lane overlap; turns at different lanes do.
pub trait LaneHandler<T, R>: Send + Sync + 'static {
    /// Handles a turn, of at least one item.
    fn handle(&self, run: &mut Run<'_, T, R>) -> impl Future<Output = ()> + Send;
}

/// A handler that calls `handle` with one item at a time.
pub const fn each<T, R, F>(handle: F) -> Each<F>
where
    F: Fn(T) -> R + Send + Sync + 'static,
{
    Each(handle)
}

/// A handler that awaits `handle` for one item at a time. The items of one lane never overlap.
pub const fn each_async<T, R, F, A>(handle: F) -> EachAsync<F>
where
    F: Fn(T) -> A + Send + Sync + 'static,
    A: Future<Output = R> + Send,
{
    EachAsync(handle)
}

/// A handler that calls `handle` with as many items of one lane as there are, at most `at_most` and at most a turn; one
/// answer for each, in their order.
pub const fn in_runs<T, R, F>(at_most: usize, handle: F) -> InRuns<F>
where
    F: Fn(Vec<T>) -> Vec<R> + Send + Sync + 'static,
{
    InRuns { at_most, handle }
}

/// A handler that awaits `handle` for as many items of one lane as there are, at most `at_most` and at most a turn; one
/// answer for each, in their order.
pub const fn in_runs_async<T, R, F, A>(at_most: usize, handle: F) -> InRunsAsync<F>
where
    F: Fn(Vec<T>) -> A + Send + Sync + 'static,
    A: Future<Output = Vec<R>> + Send,
{
    InRunsAsync { at_most, handle }
}

/// See [`each`].
#[derive(Clone, Copy, Debug)]
pub struct Each<F>(F);

impl<T: Send, R: Send, F> LaneHandler<T, R> for Each<F>
where
    F: Fn(T) -> R + Send + Sync + 'static,
{
    async fn handle(&self, run: &mut Run<'_, T, R>) {
        while let Some(item) = run.next() {
            run.answer((self.0)(item));
        }
    }
}

/// See [`each_async`].
#[derive(Clone, Copy, Debug)]
pub struct EachAsync<F>(F);

impl<T: Send, R: Send, F, A> LaneHandler<T, R> for EachAsync<F>
where
    F: Fn(T) -> A + Send + Sync + 'static,
    A: Future<Output = R> + Send,
{
    async fn handle(&self, run: &mut Run<'_, T, R>) {
        while let Some(item) = run.next() {
            let answer = (self.0)(item).await;
            run.answer(answer);
            consume_budget().await;
        }
    }
}

/// See [`in_runs`].
#[derive(Clone, Copy, Debug)]
pub struct InRuns<F> {
    at_most: usize,
    handle: F,
}

impl<T: Send, R: Send, F> LaneHandler<T, R> for InRuns<F>
where
    F: Fn(Vec<T>) -> Vec<R> + Send + Sync + 'static,
{
    async fn handle(&self, run: &mut Run<'_, T, R>) {
        let items = run.take(self.at_most);
        for answer in (self.handle)(items) {
            run.answer(answer);
        }
    }
}

/// See [`in_runs_async`].
#[derive(Clone, Copy, Debug)]
pub struct InRunsAsync<F> {
    at_most: usize,
    handle: F,
}

impl<T: Send, R: Send, F, A> LaneHandler<T, R> for InRunsAsync<F>
where
    F: Fn(Vec<T>) -> A + Send + Sync + 'static,
    A: Future<Output = Vec<R>> + Send,
{
    async fn handle(&self, run: &mut Run<'_, T, R>) {
        let items = run.take(self.at_most);
        for answer in (self.handle)(items).await {
            run.answer(answer);
        }
        consume_budget().await;
    }
}
