//! [`Name`]: a text that many records have in common.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The name of a cluster, a topic, a consumer group, an actor, or a reason given for many: made once, held by many, and
/// each holds one word (two were an `Arc<str>`).
///
/// ```
/// use dlq_core::record::Name;
///
/// let group = Name::from("billing");
/// assert_eq!(group.len(), 7);
/// assert_eq!(size_of::<Option<Name>>(), size_of::<usize>());
/// ```
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Name(Arc<Box<str>>);

impl Name {
    /// Whether both are held as one.
    #[must_use]
    pub fn is_shared_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Box<str>> for Name {
    fn from(name: Box<str>) -> Self {
        Self(Arc::new(name))
    }
}

impl From<&str> for Name {
    fn from(name: &str) -> Self {
        Box::<str>::from(name).into()
    }
}

impl From<String> for Name {
    fn from(name: String) -> Self {
        name.into_boxed_str().into()
    }
}

impl From<&String> for Name {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        (*name).to_owned()
    }
}

impl From<Arc<str>> for Name {
    fn from(name: Arc<str>) -> Self {
        (&*name).into()
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
