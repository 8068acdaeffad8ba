//! [`Shown`]: how far a copy is, on standard error.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How often it is told where there is no terminal.
const TOLD: Duration = Duration::from_secs(10);
const BAR: &str = "{prefix:>9} {wide_bar} {human_pos}/{human_len}  {per_sec}  {eta} left";

/// Shows how far a copy is: a bar on a terminal, a line now and then elsewhere.
#[derive(Debug)]
pub struct Shown {
    bar: ProgressBar,
    told: Mutex<Instant>,
}

impl Shown {
    /// Nothing has begun yet.
    #[must_use]
    pub fn new() -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template(BAR) {
            bar.set_style(style);
        }
        Self { bar, told: Mutex::new(Instant::now()) }
    }

    /// A step begins that goes through about so many records.
    pub(super) fn begin(&self, step: &'static str, records: u64) {
        self.bar.reset();
        self.bar.set_prefix(step);
        self.bar.set_length(records);
        tracing::info!(step, records, "begins");
    }

    /// It went through so many more.
    pub(super) fn went_on(&self, records: u64) {
        self.bar.inc(records);
        let mut told = self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if self.bar.is_hidden() && told.elapsed() > TOLD {
            *told = Instant::now();
            let (records, of) = (self.bar.position(), self.bar.length().unwrap_or(0));
            tracing::info!(
                step = self.bar.prefix(),
                records,
                of,
                per_second = self.bar.per_sec().round(),
                "goes on"
            );
        }
    }

    /// It is over, well or not.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Shown {
    fn default() -> Self {
        Self::new()
    }
}
