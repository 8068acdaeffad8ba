//! From the class and the message of an exception to an [`ErrorType`].

mod builtin;

mod pattern;

mod phrases;

mod rules;

#[cfg(test)]
mod tests;

pub use pattern::{InvalidPattern, Pattern};
pub use rules::Rule;

use crate::record::ErrorType;
use builtin::{BUILTIN, Builtin};
use rules::RuleTable;

/// No more of a message is read than this, in bytes.
const MESSAGE_LENGTH_MAX: usize = 2 * 1024;

/// Tells the [`ErrorType`] of a failure; the first rule that fits counts.
///
/// The rules are asked in this order:
///
/// 1. the user's, in theirs;
/// 2. the built-in ones for classes that say what happened: `java.net.SocketTimeoutException`;
/// 3. the built-in ones for messages: `503 Service Unavailable`;
/// 4. the built-in ones for classes that say little: `java.lang.IllegalArgumentException`, `*TimeoutException`.
///
/// Where rules are about classes, all are asked for the root class first, because the cause tells more than what was
/// thrown around it, and then for the class; the user's rules for any class come after those for some. So a user's rule
/// for the wrapper beats a built-in one for the root, and a `DeserializationException` stays one when its root is a mere
/// `IllegalArgumentException`.
#[derive(Clone, Debug)]
pub struct ErrorClassifier {
    user: RuleTable,
    builtin: Option<&'static Builtin>,
}

impl ErrorClassifier {
    /// The rules that come with the house: Java, Kafka, Spring, JDBC, HTTP, .NET, Python and Rust.
    #[must_use]
    pub fn builtin() -> Self {
        Self::builder().build()
    }

    /// Begins with the built-in rules, to put others in front.
    #[must_use]
    pub fn builder() -> ErrorClassifierBuilder {
        ErrorClassifierBuilder { rules: Vec::new(), builtin: true }
    }

    /// The type of a failure; [`ErrorType::Unknown`] when no rule knows it.
    ///
    /// Give as `class` the first that is no framework's wrapper. Of a message, the first 2 KiB are read.
    #[must_use]
    pub fn classify(
        &self,
        class: Option<&str>,
        root_class: Option<&str>,
        message: Option<&str>,
    ) -> ErrorType {
        let message =
            message.map(|text| text.get(..text.floor_char_boundary(MESSAGE_LENGTH_MAX)).unwrap_or(text));
        let class = class.filter(|_| class != root_class);
        let by_classes = |table: &RuleTable| {
            root_class.into_iter().chain(class).find_map(|class| table.by_class(class, message))
        };
        let by_user = || by_classes(&self.user).or_else(|| self.user.by_message(message));
        let by_builtin = |builtin: &Builtin| {
            by_classes(&builtin.telling)
                .or_else(|| builtin.phrases.find(message?))
                .or_else(|| by_classes(&builtin.general))
        };
        by_user().or_else(|| self.builtin.and_then(by_builtin)).unwrap_or_default()
    }
}

impl Default for ErrorClassifier {
    /// The [built-in](Self::builtin) one.
    fn default() -> Self {
        Self::builtin()
    }
}

/// Collects the user's rules for an [`ErrorClassifier`].
#[derive(Clone, Debug)]
pub struct ErrorClassifierBuilder {
    rules: Vec<Rule>,
    builtin: bool,
}

impl ErrorClassifierBuilder {
    /// Adds a rule after those added before, and before the built-in ones.
    #[must_use]
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// Adds rules in their order, see [`rule`](Self::rule).
    #[must_use]
    pub fn rules(mut self, rules: impl IntoIterator<Item = Rule>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// Leaves the built-in rules out.
    #[must_use]
    pub fn without_builtin(mut self) -> Self {
        self.builtin = false;
        self
    }

    /// Sorts the rules, so that those that name a class are found through a hash map.
    #[must_use]
    pub fn build(self) -> ErrorClassifier {
        ErrorClassifier { user: RuleTable::new(self.rules), builtin: self.builtin.then(|| &*BUILTIN) }
    }
}
