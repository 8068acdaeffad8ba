//! How the values of headers are encoded. Decoded by what the name promises, never by what the bytes look like: the
//! four bytes of the text `1024` are a valid 32-bit number, too.

use super::warnings::Excerpt;

/// How a header's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// UTF-8.
    Text,
    /// Decimal digits as text.
    Decimal,
    /// 4 bytes, big-endian, two's complement.
    Int32,
    /// 8 bytes, big-endian, two's complement.
    Int64,
    /// As [`Int32`](Self::Int32), or, from old versions, one unsigned byte.
    Int32OrByte,
    /// 1 to 8 bytes, as few as will do, big-endian, two's complement: Java's `BigInteger`.
    BigInt,
    /// A time in ISO 8601 with its distance from UTC, as text; read as milliseconds since the epoch.
    Instant,
    /// A topic as the end of a URI that begins so.
    Uri(&'static str),
}

/// A number that was read, and what was odd about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// The number; `None` where the value is malformed.
    pub(super) value: Option<i64>,
    /// What to warn of.
    pub(super) complaint: Option<String>,
}

impl Encoding {
    /// Reads a number. Digits are accepted where bytes were promised, with a complaint: something on the way may have
    /// rewritten them. Beside another that surely was rewritten, digits are digits, however many there are.
    pub(super) fn number(self, bytes: &[u8], beside_digits: bool) -> Number {
        let rewritten = beside_digits && self.digits(bytes).is_some();
        match self.promised(bytes).filter(|_| !rewritten) {
            value @ Some(_) => Number { value, complaint: None },
            None => self.rewritten(bytes),
        }
    }

    /// Whether bytes were promised, and digits are there that cannot be these bytes.
    pub(super) fn is_rewritten(self, bytes: &[u8]) -> bool {
        self.digits(bytes).is_some() && self.promised(bytes).is_none()
    }

    /// The number that digits say where bytes were promised.
    fn digits(self, bytes: &[u8]) -> Option<i64> {
        self.width().and(decimal(bytes)).filter(|_| bytes.iter().all(u8::is_ascii_digit))
    }

    fn promised(self, bytes: &[u8]) -> Option<i64> {
        match (self, bytes) {
            (Self::Int32OrByte, &[byte]) => Some(byte.into()),
            (Self::Int32 | Self::Int32OrByte, _) => Some(i32::from_be_bytes(bytes.try_into().ok()?).into()),
            (Self::BigInt, _) => big(bytes),
            (Self::Int64, _) => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
            (Self::Instant, _) => instant(bytes),
            (Self::Text | Self::Decimal | Self::Uri(_), _) => decimal(bytes),
        }
    }

    fn rewritten(self, bytes: &[u8]) -> Number {
        let value = self.digits(bytes);
        let complaint = match (self.width(), value, bytes.len()) {
            (None, ..) if self == Self::Instant => {
                format!("{} where a time with its distance from UTC was expected", Excerpt(bytes))
            }
            (None, ..) => format!("{} where a decimal number was expected", Excerpt(bytes)),
            (Some(width), None, len) if self == Self::BigInt => {
                format!("{len} bytes where 1 to {width} were expected")
            }
            (Some(width), Some(_), _) => format!("decimal digits where {width} bytes were expected"),
            (Some(width), None, 1) => format!("1 byte where {width} were expected"),
            (Some(width), None, len) => format!("{len} bytes where {width} were expected"),
        };
        Number { value, complaint: Some(complaint) }
    }

    /// The same where numbers are digits.
    pub(super) const fn as_digits(self) -> Self {
        match self {
            Self::Int32 | Self::Int64 | Self::Int32OrByte | Self::BigInt => Self::Decimal,
            other => other,
        }
    }

    const fn width(self) -> Option<usize> {
        match self {
            Self::Int32 | Self::Int32OrByte => Some(4),
            Self::Int64 | Self::BigInt => Some(8),
            Self::Text | Self::Decimal | Self::Instant | Self::Uri(_) => None,
        }
    }

    /// The name that a value says.
    ///
    /// # Errors
    /// The complaint, where it is not written as promised.
    pub(super) fn name(self, bytes: &[u8]) -> Result<&[u8], String> {
        let Self::Uri(begin) = self else { return Ok(bytes) };
        let complaint = || format!("{} where {begin}<name> was expected", Excerpt(bytes));
        bytes.strip_prefix(begin.as_bytes()).ok_or_else(complaint)
    }
}

fn instant(bytes: &[u8]) -> Option<i64> {
    let time: jiff::Timestamp = std::str::from_utf8(bytes).ok()?.parse().ok()?;
    Some(time.as_millisecond())
}

/// At most 8 bytes: a longer number is none of the times that are written so.
fn big(bytes: &[u8]) -> Option<i64> {
    let (first, count) = (*bytes.first()?, bytes.len());
    let mut wide = [if first < 0x80 { 0 } else { 0xFF }; 8];
    wide.get_mut(8_usize.checked_sub(count)?..)?.copy_from_slice(bytes);
    Some(i64::from_be_bytes(wide))
}

fn decimal(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Encoding::{BigInt, Decimal, Instant, Int32, Int32OrByte, Int64, Uri};
    use super::*;

    fn read(encoding: Encoding, bytes: &[u8]) -> (Option<i64>, String) {
        let Number { value, complaint } = encoding.number(bytes, false);
        (value, complaint.unwrap_or_default())
    }

    #[test]
    fn the_name_decides_not_the_shape() {
        assert_eq!(read(Int32, b"1024"), (Some(0x3130_3234), String::new()));
        assert_eq!(read(Decimal, b"1024"), (Some(1024), String::new()));
        assert_eq!(read(Int64, &(-1_i64).to_be_bytes()), (Some(-1), String::new()));
        assert_eq!(read(Int32OrByte, &[200]), (Some(200), String::new()));
        assert_eq!(read(Int32OrByte, &[0, 0, 0, 4]), (Some(4), String::new()));
    }

    #[test]
    fn digits_in_place_of_bytes_are_taken_with_a_warning() {
        assert_eq!(read(Int32, b"7"), (Some(7), "decimal digits where 4 bytes were expected".into()));
        assert_eq!(read(Int64, b"1024"), (Some(1024), "decimal digits where 8 bytes were expected".into()));
    }

    #[test]
    fn a_time_is_read_only_where_it_tells_its_distance_from_utc() {
        assert_eq!(read(Instant, b"2023-11-14T22:13:20.5000000Z"), (Some(1_700_000_000_500), String::new()));
        assert_eq!(read(Instant, b"2023-11-15T00:13:20+02:00"), (Some(1_700_000_000_000), String::new()));
        for text in ["2023-11-14T22:13:20", "11/14/2023 22:13:20", "1700000000000", ""] {
            let complaint = format!("{text:?} where a time with its distance from UTC was expected");
            assert_eq!(read(Instant, text.as_bytes()), (None, complaint));
        }
    }

    #[test]
    fn a_topic_is_the_end_of_its_uri() {
        let uri = Uri("kafka://topic/");
        assert_eq!(uri.name(b"kafka://topic/orders").unwrap(), b"orders");
        let complaint = r#""rabbitmq://queue/orders" where kafka://topic/<name> was expected"#;
        assert_eq!(uri.name(b"rabbitmq://queue/orders").unwrap_err(), complaint);
        assert_eq!(Decimal.name(b"orders").unwrap(), b"orders");
    }

    #[test]
    fn a_big_integer_is_as_short_as_can_be() {
        assert_eq!(
            read(BigInt, &[0x01, 0x8B, 0xCF, 0xE5, 0x68, 0x00]),
            (Some(1_700_000_000_000), String::new())
        );
        assert_eq!(read(BigInt, &[0xFF]), (Some(-1), String::new()));
        assert_eq!(read(BigInt, &[0x00, 0x80]), (Some(128), String::new()));
        assert_eq!(read(BigInt, &[]), (None, "0 bytes where 1 to 8 were expected".into()));
        assert_eq!(read(BigInt, &[1; 9]), (None, "9 bytes where 1 to 8 were expected".into()));
        let digits = "decimal digits where 8 bytes were expected".to_owned();
        assert_eq!(read(BigInt, b"1700000000000"), (Some(1_700_000_000_000), digits));
    }

    #[test]
    fn what_cannot_be_read_is_unknown() {
        assert_eq!(read(Int64, &[0, 0, 1]), (None, "3 bytes where 8 were expected".into()));
        assert_eq!(read(Int32, b""), (None, "0 bytes where 4 were expected".into()));
        assert_eq!(read(Int32, b"+7"), (None, "2 bytes where 4 were expected".into()));
        assert_eq!(read(Decimal, b"x\n"), (None, r#""x\n" where a decimal number was expected"#.into()));
        let too_large = b"99999999999999999999";
        assert_eq!(read(Int64, too_large), (None, "20 bytes where 8 were expected".into()));
    }
}
