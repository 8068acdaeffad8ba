//! Each database keeps the contract.

mod common;

#[cfg(feature = "sqlite")]
mod sqlite {
    use crate::common::{Examined, InFile};

    dlq_testkit::conformance!(Examined(InFile::new()));
}

#[cfg(feature = "postgres")]
mod postgres {
    use crate::common::{Examined, InSchema};

    dlq_testkit::conformance!(Examined(InSchema::new()));
}

#[cfg(feature = "mysql")]
mod mysql {
    use crate::common::{Examined, InMysql};

    dlq_testkit::conformance!(Examined(InMysql::new()));
}
