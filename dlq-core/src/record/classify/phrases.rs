//! What messages say, whatever the class: the built-in rules for messages, found in one pass.

use regex::RegexSet;

use crate::record::ErrorType::{
    self, Authentication, PermanentFailure, ResourceExhausted, Serialization, TransientNetwork,
    TransientService, Validation,
};

/// Many phrases, searched for at once.
#[derive(Debug)]
pub(super) struct Phrases {
    set: RegexSet,
    /// The type of each expression of the set.
    kinds: Vec<ErrorType>,
}

impl Phrases {
    pub(super) fn new() -> Self {
        let phrases = PHRASES.iter().map(|(kind, phrases)| (*kind, phrases.join("|")));
        let statuses = HTTP_STATUS.iter().map(|(kind, codes)| (*kind, http_status(codes)));
        let (kinds, expressions): (Vec<_>, Vec<_>) = phrases.chain(statuses).unzip();
        let expressions = expressions.iter().map(|expression| format!("(?i-u){expression}"));
        let set = RegexSet::new(expressions).expect("constants that every test of this module compiles");
        Self { set, kinds }
    }

    /// The answer of the first expression that stands in the message.
    pub(super) fn find(&self, message: &str) -> Option<ErrorType> {
        self.set.matches(message).iter().next().and_then(|place| self.kinds.get(place).copied())
    }
}

/// `HTTP/1.1 503`, `status code: 503`, `503 Service Unavailable`, `503 Server Error`; a bare number may count anything.
fn http_status(codes: &str) -> String {
    const BEFORE: &str = r"\bhttp(?:/[0-9.]+)?|\bstatus|(?:status|response)[ _-]?code|not indicate success";
    format!(r#"(?:{BEFORE})[ :=("'\[]{{1,3}}{codes}\b|\b{codes} (?:{HTTP_REASONS})"#)
}

const HTTP_STATUS: [(ErrorType, &str); 6] = [
    (Authentication, "(?:401|403|407|511)"),
    (ResourceExhausted, "(?:429|507)"),
    (TransientNetwork, "(?:408|502|504)"),
    (TransientService, "(?:423|425|5[0-9][0-9])"),
    (Validation, "(?:400|422)"),
    (PermanentFailure, "(?:404|405|406|409|410|411|412|413|414|415|431|451)"),
];

const HTTP_REASONS: &str = "client error|server error|bad request|unauthorized|forbidden|not found|method not allowed\
    |not acceptable|request timeout|conflict|gone|length required|precondition|payload too|content too|uri too\
    |unsupported media|unprocessable|locked|too early|too many|internal server|not implemented|bad gateway\
    |service unavailable|gateway time|insufficient storage";

/// Parts of messages, in any case. Phrases, not words: a word may be a name in the letter.
const PHRASES: [(ErrorType, &[&str]); 6] = [
    (
        ResourceExhausted,
        &[
            "too many requests",
            "rate limit exceeded",
            "quota exceeded",
            "no space left on device",
            "too many open files",
            "cannot allocate memory",
            "java heap space",
            "too many connections",
            "too many clients",
            "remaining connection slots",
            "unable to create native thread",
            "unable to create new native thread",
        ],
    ),
    (
        TransientService,
        &[
            "service unavailable",
            "internal server error",
            "deadlock detected",
            "deadlock found",
            "lock wait timeout exceeded",
            "could not serialize access",
            "database is locked",
            "deadlocked on lock",
            "read-only transaction",
            "the database system is starting up",
            "the database system is shutting down",
        ],
    ),
    (
        TransientNetwork,
        &[
            "connection refused",
            "connection to [!-~]+ refused",
            "connection reset",
            "connection timed out",
            "connect timed out",
            "read timed out",
            "request timed out",
            "operation timed out",
            "broken pipe",
            "no route to host",
            "network is unreachable",
            "name or service not known",
            "temporary failure in name resolution",
            "communications link failure",
            "bad gateway",
            "gateway timeout",
            "gateway time-out",
            // Go
            "i/o timeout",
            "context deadline exceeded",
            "no such host",
        ],
    ),
    // How parsers of Go, Rust, Python and JavaScript complain, where no class is told.
    (
        Serialization,
        &[
            "unexpected end of json input",
            "looking for beginning of value",
            "json: cannot unmarshal",
            "expected [ -~]+ at line [0-9]+ column [0-9]",
            "missing field `",
            "expecting value: line [0-9]",
            "unexpected token [ -~]+ in json",
            "is not valid json",
        ],
    ),
    (
        Authentication,
        &[
            "401 unauthorized",
            "403 forbidden",
            "authentication failed",
            "access denied for user",
            "invalid credentials",
            "token has expired",
        ],
    ),
    (
        PermanentFailure,
        &[
            "duplicate key value",
            "duplicate entry",
            "unique constraint",
            "violates foreign key constraint",
            "violates not-null constraint",
            "violates check constraint",
        ],
    ),
];
