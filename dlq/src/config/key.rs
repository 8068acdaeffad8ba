//! [`Key`] and [`Section`]: what the configuration file may say, as data.

use dlq_core::policy::config::Profile;

use super::kind::Kind;

/// One table of the file.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// Its name.
    pub name: &'static str,
    /// What it is about, line by line.
    pub about: &'static [&'static str],
    /// Its keys, in the order in which they are shown.
    pub keys: &'static [Key],
}

/// One key of a section.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name within the section.
    pub name: &'static str,
    /// What it does, line by line.
    pub about: &'static [&'static str],
    /// What stands where nobody sets it.
    pub preset: Preset,
    /// What it may hold.
    pub kind: Kind,
}

/// What stands where nobody sets a key.
#[derive(Clone, Copy, Debug)]
pub enum Preset {
    /// This value.
    Is(&'static str),
    /// What `capture.profile` says.
    By(fn(Profile) -> String),
    /// Nothing; what it could be is such as this.
    Unset(&'static str),
}

/// Declares a section once: the struct that is read, its documentation, and the [`Section`] from which the default
/// file, the reference page and every explanation are made.
macro_rules! section {
    ($(#[doc = $about:literal])+ $section:ident = $path:literal {
        $($(#[doc = $doc:literal])+ $key:ident: $type:ty = $preset:expr, $kind:expr;)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $section {
            $($(#[doc = $doc])+ pub $key: $type,)+
        }

        impl $section {
            /// The section as data.
            pub const SECTION: $crate::config::Section = $crate::config::Section {
                name: $path,
                about: &[$($about),+],
                keys: &[$($crate::config::Key {
                    name: stringify!($key),
                    about: &[$($doc),+],
                    preset: $preset,
                    kind: $kind,
                }),+],
            };
        }
    };
}

pub(super) use section;
