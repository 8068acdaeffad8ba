//! NServiceBus, a message bus for .NET: its error queue, bridged.
//!
//! All is text. The queue that failed is no topic: the origin is not told. Of its retries only the delayed ones are
//! counted, so attempts are unknown.

use super::hops;
use super::rule::Field::{CauseClass, Class, Component, Message, StackTrace};
use super::rule::{Dialect, HeaderRule, Repeats, Strip};
use super::value::Encoding::Text;

pub(super) const DIALECT: Dialect = Dialect {
    name: "nservicebus",
    marks: &[&["NServiceBus.FailedQ"]],
    headers: &[
        HeaderRule("NServiceBus.FailedQ", Component, Text),
        HeaderRule("NServiceBus.ExceptionInfo.ExceptionType", Class, Text),
        HeaderRule("NServiceBus.ExceptionInfo.InnerExceptionType", CauseClass, Text),
        HeaderRule("NServiceBus.ExceptionInfo.Message", Message, Text),
        HeaderRule("NServiceBus.ExceptionInfo.StackTrace", StackTrace, Text),
    ],
    repeats: Repeats::Replaced,
    keeps_timestamp: false,
    strip: Strip {
        prefixes: &["NServiceBus.ExceptionInfo.", "NServiceBus.Retries"],
        names: &["NServiceBus.TimeOfFailure", "ServiceControl.EditOf"],
    },
    read: hops::read,
};
