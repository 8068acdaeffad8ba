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
    /// Reads a number. Digits are accepted where bytes were promised, with a complaint: something on the way may have rewritten them.
    pub(super) fn number(self, bytes: &[u8]) -> Number {
        match self.promised(bytes) {
            value @ Some(_) => Number { value, complaint: None },
            None => self.rewritten(bytes),
        }
    }

    fn promised(self, bytes: &[u8]) -> Option<i64> {
        match (self, bytes) {
            (Self::Int32OrByte, &[byte]) => Some(byte.into()),
            (Self::Int32 | Self::Int32OrByte, _) => Some(i32::from_be_bytes(bytes.try_into().ok()?).into()),
            (Self::Int64, _) => Some(i64::from_be_bytes(bytes.try_into().ok()?)),
            (Self::Text | Self::Decimal, _) => decimal(bytes),
        }
    }

    fn rewritten(self, bytes: &[u8]) -> Number {
        let value = self.width().and(decimal(bytes)).filter(|_| bytes.iter().all(u8::is_ascii_digit));
        let complaint = match (self.width(), value, bytes.len()) {
            (None, ..) => format!("{} where a decimal number was expected", Excerpt(bytes)),
            (Some(width), Some(_), _) => format!("decimal digits where {width} bytes were expected"),
            (Some(width), None, 1) => format!("1 byte where {width} were expected"),
            (Some(width), None, len) => format!("{len} bytes where {width} were expected"),
        };
        Number { value, complaint: Some(complaint) }
    }

    const fn width(self) -> Option<usize> {
        match self {
            Self::Int32 | Self::Int32OrByte => Some(4),
            Self::Int64 => Some(8),
            Self::Text | Self::Decimal => None,
        }
    }
}

fn decimal(bytes: &[u8]) -> Option<i64> {
    std::str::from_utf8(bytes).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::Encoding::{Decimal, Int32, Int32OrByte, Int64};
    use super::*;

    fn read(encoding: Encoding, bytes: &[u8]) -> (Option<i64>, String) {
        let Number { value, complaint } = encoding.number(bytes);
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
    fn what_cannot_be_read_is_unknown() {
        assert_eq!(read(Int64, &[0, 0, 1]), (None, "3 bytes where 8 were expected".into()));
        assert_eq!(read(Int32, b""), (None, "0 bytes where 4 were expected".into()));
        assert_eq!(read(Int32, b"+7"), (None, "2 bytes where 4 were expected".into()));
        assert_eq!(read(Decimal, b"x\n"), (None, r#""x\n" where a decimal number was expected"#.into()));
        let too_large = b"99999999999999999999";
        assert_eq!(read(Int64, too_large), (None, "20 bytes where 8 were expected".into()));
    }
}
