//! [`Live`]: what happens, while it happens: one line that changes on a terminal, one line a second elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar};

use super::counters::{Counter, Counters};
use crate::output::Output;

/// How often one looks whether what is waited for has come.
const LOOK: Duration = Duration::from_millis(20);
/// How often a new line is shown.
const LINE: Duration = Duration::from_secs(1);

/// Shows counts and rates.
#[derive(Debug)]
pub(super) struct Live {
    counters: Counters,
    begun: Instant,
    shown: Instant,
    before: [u64; 2],
    is_terminal: bool,
}

impl Live {
    /// Shows what these counters say, from now on.
    #[must_use]
    pub(super) fn new(counters: Counters) -> Self {
        let is_terminal = std::io::stdout().is_terminal() && std::io::stderr().is_terminal();
        let now = Instant::now();
        Self { counters, begun: now, shown: now, before: [0; 2], is_terminal }
    }

    /// Shows the counters until something is done, and where they stand then.
    ///
    /// # Errors
    /// It is not done within `limit`; or nothing can be written.
    pub(super) async fn until(
        &mut self,
        what: &str,
        limit: Duration,
        output: &mut Output<'_>,
        is_done: impl Fn() -> bool,
    ) -> anyhow::Result<()> {
        let bar = if self.is_terminal { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        bar.enable_steady_tick(LINE / 10);
        let every_line = || {
            if self.shown.elapsed() < LINE {
                return Ok(());
            }
            let line = self.line_with_rates();
            bar.set_message(line.clone());
            self.print_plain(&line, output)
        };
        wait(what, limit, is_done, every_line).await?;
        bar.finish_and_clear();
        output.line(self.line())?;
        Ok(output.to.flush()?)
    }

    fn print_plain(&self, line: &str, output: &mut Output<'_>) -> std::io::Result<()> {
        if self.is_terminal {
            return Ok(());
        }
        output.line(line)?;
        output.to.flush()
    }

    /// Where the counters stand.
    fn line(&self) -> String {
        let Counters { sent, accepted, dead, stored, sent_home, came_home } = &self.counters;
        let count = |counter: &Counter| HumanCount(counter.get());
        let mut line = format!("{:>4} s", self.begun.elapsed().as_secs());
        let named = [("sent", sent), ("accepted", accepted), ("dead letters", dead), ("captured", stored)];
        let home = [("sent home", sent_home), ("came home", came_home)];
        let home = home.into_iter().filter(|_| sent_home.get() > 0);
        for (name, counter) in named.into_iter().chain(home) {
            line.push_str(&format!("   {name} {}", count(counter)));
        }
        line
    }

    /// Where they stand, and how fast they grew since the last line.
    fn line_with_rates(&mut self) -> String {
        let now = [self.counters.sent.get(), self.counters.stored.get()];
        let millis = u64::try_from(self.shown.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        let rate = |at: usize| HumanCount((now[at] - self.before[at]) * 1000 / millis);
        let line = format!("{}   ({}/s sent, {}/s captured)", self.line(), rate(0), rate(1));
        (self.shown, self.before) = (Instant::now(), now);
        line
    }
}

/// Waits until something is done, looking at it again and again.
///
/// # Errors
/// It is not done within `limit`; or an error of `meanwhile`, which is called between two looks.
pub(super) async fn wait(
    what: &str,
    limit: Duration,
    is_done: impl Fn() -> bool,
    mut meanwhile: impl FnMut() -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let begun = Instant::now();
    while !is_done() {
        anyhow::ensure!(begun.elapsed() < limit, "{what}: that did not happen within {} s", limit.as_secs());
        tokio::time::sleep(LOOK).await;
        meanwhile()?;
    }
    Ok(())
}
