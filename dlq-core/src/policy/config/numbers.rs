//! [`numbers!`]: a configuration declared once.

/// Declares a configuration: the struct with a getter for each number, its builder with a setter for each, and how both are
/// read from JSON and the like. The type brings `DEFAULT` and `RULES` itself.
macro_rules! numbers {
    ($(#[doc = $about:literal])+ $config:ident, $builder:ident {
        $($(#[doc = $doc:literal])+ $(#[serde($($serde:tt)+)])? $field:ident: $type:ty,)+
    }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "Unchecked")]
        pub struct $config {
            $($(#[serde($($serde)+)])? pub(super) $field: $type,)+
        }

        #[doc = concat!("Builds a [`", stringify!($config), "`]; what is not set is as where it began.")]
        #[derive(Clone, Copy, Debug)]
        #[must_use]
        pub struct $builder($config);

        impl From<$config> for $builder {
            fn from(config: $config) -> Self {
                Self(config)
            }
        }

        impl $builder {
            $($(#[doc = $doc])+
            pub const fn $field(mut self, $field: $type) -> Self {
                self.0.$field = $field;
                self
            })+

            /// The configuration.
            ///
            /// # Errors
            /// Every value that is not allowed: its field, the value, and what is allowed.
            pub fn build(self) -> Result<$config, $crate::policy::config::InvalidConfig> {
                $crate::policy::config::validate::check(&self.0, $config::RULES)?;
                Ok(self.0)
            }
        }

        impl $config {
            /// A configuration of your own, beginning from [`DEFAULT`](Self::DEFAULT). To begin from another one, use
            /// `Builder::from`.
            pub const fn builder() -> $builder {
                $builder(Self::DEFAULT)
            }

            $($(#[doc = $doc])+
            #[must_use]
            pub const fn $field(&self) -> $type {
                self.$field
            })+
        }

        impl Default for $config {
            fn default() -> Self {
                Self::DEFAULT
            }
        }

        /// The same as it is read, before anything is checked.
        #[derive(serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Unchecked {
            $($(#[serde($($serde)+)])? $field: $type,)+
        }

        impl Default for Unchecked {
            fn default() -> Self {
                let $config { $($field),+ } = $config::DEFAULT;
                Self { $($field),+ }
            }
        }

        impl TryFrom<Unchecked> for $config {
            type Error = $crate::policy::config::InvalidConfig;

            fn try_from(Unchecked { $($field),+ }: Unchecked) -> Result<Self, Self::Error> {
                $builder(Self { $($field),+ }).build()
            }
        }
    };
}

pub(super) use numbers;
