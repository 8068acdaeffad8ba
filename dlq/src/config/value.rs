//! Values that are written with a unit: [`Timespan`] and [`ByteCount`].

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;

/// A length of time, written such as `200ms`, `5s`, `1h 30m` or `7d`; a day has 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Timespan(pub Duration);

/// The text is no length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no length of time; allowed: numbers with units, such as 200ms, 5s, 1h 30m or 7d")]
pub struct InvalidTimespan {
    value: String,
}

impl FromStr for Timespan {
    type Err = InvalidTimespan;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let span = text.parse::<jiff::Span>().ok();
        let signed = span.and_then(|span| span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok());
        let duration = signed.and_then(|signed| Duration::try_from(signed).ok());
        duration.map(Self).ok_or_else(|| InvalidTimespan { value: text.to_owned() })
    }
}

impl TryFrom<String> for Timespan {
    type Error = InvalidTimespan;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Timespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signed = jiff::SignedDuration::try_from(self.0).unwrap_or(jiff::SignedDuration::MAX);
        write!(f, "{signed:#}")
    }
}

/// A number of bytes, written such as `64MiB`, `10kB` or `4096`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct ByteCount(pub u64);

/// The text is no number of bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{value:?} is no size; allowed: a number of bytes, with or without a unit, such as 64MiB, 10kB or 4096"
)]
pub struct InvalidByteCount {
    value: String,
}

impl FromStr for ByteCount {
    type Err = InvalidByteCount;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = text.parse::<bytesize::ByteSize>();
        parsed.map(|size| Self(size.as_u64())).map_err(|_| InvalidByteCount { value: text.to_owned() })
    }
}

impl TryFrom<String> for ByteCount {
    type Error = InvalidByteCount;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", bytesize::ByteSize(self.0).display().iec())
    }
}

/// An address and a port of this machine, written such as `127.0.0.1:9099`; or none, an empty text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Listen(pub Option<SocketAddr>);

impl Listen {
    /// Where one listens unless told otherwise.
    pub const USUAL: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9099);
}

/// The text is no address with a port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no IP address with a port; allowed: such as 127.0.0.1:9099 or [::1]:9099, or \"\"")]
pub struct InvalidListen {
    value: String,
}

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Self(None));
        }
        text.parse().map(|address| Self(Some(address))).map_err(|_| InvalidListen { value: text.to_owned() })
    }
}

impl TryFrom<String> for Listen {
    type Error = InvalidListen;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_units() {
        for (text, millis) in [("200ms", 200), ("0s", 0), ("1h 30m", 5_400_000), ("7d", 604_800_000)] {
            assert_eq!(text.parse(), Ok(Timespan(Duration::from_millis(millis))), "{text}");
        }
        for text in ["", "5", "5 parsecs", "-1s", "1 month"] {
            assert!(text.parse::<Timespan>().is_err(), "{text}");
        }
        assert_eq!(Timespan(Duration::from_millis(1_200)).to_string(), "1s 200ms");
    }

    #[test]
    fn sizes_have_a_unit_or_are_bytes() {
        for (text, bytes) in [("64MiB", 64 << 20), ("10kB", 10_000), ("4096", 4096), ("1.5 KiB", 1536)] {
            assert_eq!(text.parse(), Ok(ByteCount(bytes)), "{text}");
        }
        for text in ["", "MiB", "-1", "64 mibs"] {
            assert!(text.parse::<ByteCount>().is_err(), "{text}");
        }
    }

    #[test]
    fn one_listens_at_an_ip_address_with_a_port_or_not_at_all() {
        for (text, address) in
            [("", None), ("127.0.0.1:9099", Some("127.0.0.1:9099")), ("[::1]:0", Some("[::1]:0"))]
        {
            let address = address.map(|address| address.parse().unwrap());
            assert_eq!(text.parse(), Ok(Listen(address)), "{text}");
        }
        for text in ["9099", ":9099", "localhost:9099", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }
}
