//! Who wants a change and why ([`ChangeArgs`]), and whether a person agrees to it ([`ConsentArgs`]).

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Args;
use dlq_core::record::Change;

use crate::config::{Mistake, Mistakes, Redrive};

/// Who wants a change, and why; every changed record's history names both.
#[derive(Args, Clone, Debug, Default)]
pub struct ChangeArgs {
    /// Who wants it, for the records' history; redrive.actor of the configuration if not given
    #[arg(long, value_name = "WHO")]
    pub actor: Option<String>,

    /// Why, for the records' history
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
}

impl ChangeArgs {
    /// A change of its own name.
    #[must_use]
    pub fn change(&self, config: &Redrive) -> Change {
        let change = Change::by(self.actor.as_ref().unwrap_or(&config.actor));
        Change { reason: self.reason.as_deref().map(Into::into), ..change }
    }
}

/// Whether a person agrees.
#[derive(Args, Clone, Debug, Default)]
pub struct ConsentArgs {
    /// Do it without asking; needed where nobody sits at a terminal
    #[arg(long, short, conflicts_with = "dry_run")]
    pub yes: bool,

    /// Show what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl ConsentArgs {
    /// Asks the person at the terminal. A script cannot answer: it has to say `--yes` beforehand.
    ///
    /// # Errors
    /// [`Mistakes`] where there is no terminal and no `--yes`; or the terminal fails.
    pub fn given(&self, verb: &str, question: &str) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        let stdin = io::stdin();
        if !stdin.is_terminal() {
            let problem = format!(
                "{question} There is no terminal at which to ask; allowed: --yes, or --dry-run to look first"
            );
            return Err(Mistakes::from(Mistake::about(format!("dlq {verb}"), problem)).into());
        }
        anstream::eprint!("{question} [y/N] ");
        io::stderr().flush()?;
        Ok(is_yes(stdin.lock())?)
    }
}

fn is_yes(mut answers: impl BufRead) -> io::Result<bool> {
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Sources};

    #[test]
    fn only_yes_is_yes() {
        for (answer, yes) in
            [("y\n", true), ("yes", true), (" Y \n", true), ("\n", false), ("", false), ("yo", false)]
        {
            assert_eq!(is_yes(answer.as_bytes()).unwrap(), yes, "{answer:?}");
        }
    }

    #[test]
    fn the_actor_is_the_flag_or_the_configuration() {
        let config = Config::load(&Sources::default()).unwrap().config.redrive;
        assert_eq!(&*ChangeArgs::default().change(&config).actor, "operator");
        let named = ChangeArgs { actor: Some("anna".to_owned()), reason: Some("fixed".to_owned()) };
        let change = named.change(&config);
        assert_eq!((&*change.actor, change.reason.as_deref()), ("anna", Some("fixed")));
    }
}
