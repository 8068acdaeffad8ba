//! [`Metadata`]: uForwarder's `DLQMetadata`, decoded from protobuf's wire format.

/// Times below this are in milliseconds, whatever their name promises.
const NANOSECONDS_MIN: i64 = 100_000_000_000_000;

/// What uForwarder writes in place of the key. In protobuf, what is zero or empty is not written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Metadata<'k> {
    retry_count: i64,
    /// The topic where the message failed; never empty.
    pub(super) topic: &'k [u8],
    /// Its partition there.
    pub(super) partition: i32,
    /// Its offset there.
    pub(super) offset: i64,
    timestamp: i64,
    data: &'k [u8],
}

impl<'k> Metadata<'k> {
    /// Decodes a key; nothing where it holds another field, no topic, or a number below 0.
    pub(super) fn decode(mut key: &'k [u8]) -> Option<Self> {
        let mut read = Self::default();
        while !key.is_empty() {
            // The field's number, and the way in which its value is written: 0 a number, 2 bytes.
            match varint(&mut key)? {
                0o10 => read.retry_count = number(&mut key)?,
                0o22 => read.topic = bytes(&mut key)?,
                0o30 => read.partition = number(&mut key)?.try_into().ok()?,
                0o40 => read.offset = number(&mut key)?,
                0o50 => read.timestamp = number(&mut key)?,
                0o62 => read.data = bytes(&mut key)?,
                // How many of the tries took too long.
                0o70 => _ = number(&mut key)?,
                _ => return None,
            }
        }
        (!read.topic.is_empty()).then_some(read)
    }

    /// How often delivery was tried: once, and again for every retry.
    pub(super) fn attempts(&self) -> u32 {
        let made = self.retry_count.saturating_add(1).min(i16::MAX.into());
        u32::try_from(made).unwrap_or_default()
    }

    /// The message's own timestamp, in milliseconds since the epoch. uForwarder writes milliseconds under a name that
    /// says nanoseconds.
    pub(super) fn timestamp_ms(&self) -> Option<i64> {
        let ms = if self.timestamp < NANOSECONDS_MIN { self.timestamp } else { self.timestamp / 1_000_000 };
        Some(ms).filter(|&ms| ms > 0)
    }

    /// The message's own key, unless it was null or empty.
    pub(super) fn original_key(&self) -> Option<&'k [u8]> {
        Some(self.data).filter(|key| !key.is_empty())
    }
}

/// Takes a number of 0 or more.
fn number(key: &mut &[u8]) -> Option<i64> {
    varint(key)?.try_into().ok()
}

/// Takes as many bytes as a number in front of them says.
fn bytes<'k>(key: &mut &'k [u8]) -> Option<&'k [u8]> {
    let len = varint(key)?.try_into().ok()?;
    let (taken, rest) = key.split_at_checked(len)?;
    *key = rest;
    Some(taken)
}

/// Takes a number written in groups of seven bits, the lowest first, each byte but the last marked by its highest bit.
fn varint(key: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (&byte, rest) = key.split_first()?;
        *key = rest;
        let group = u64::from(byte & 0x7F);
        if group.leading_zeros() < shift {
            return None;
        }
        value |= group << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[u8] =
        b"\x08\x02\x12\x06orders\x18\x03\x20\x2A\x28\x80\xD0\x95\xFF\xBC\x31\x32\x02k1\x38\x01";

    #[test]
    fn a_key_is_decoded() {
        let metadata = Metadata::decode(WHOLE).unwrap();
        assert_eq!((metadata.topic, metadata.partition, metadata.offset), (b"orders".as_slice(), 3, 42));
        assert_eq!((metadata.attempts(), metadata.timestamp_ms()), (3, Some(1_700_000_000_000)));
        assert_eq!(metadata.original_key(), Some(b"k1".as_slice()));
    }

    #[test]
    fn what_is_zero_is_not_written() {
        let metadata = Metadata::decode(b"\x12\x01t").unwrap();
        assert_eq!(metadata, Metadata { topic: b"t", ..Metadata::default() });
        assert_eq!((metadata.attempts(), metadata.timestamp_ms(), metadata.original_key()), (1, None, None));
    }

    #[test]
    fn times_in_nanoseconds_are_read_too() {
        let metadata = Metadata { timestamp: 1_700_000_000_000_000_000, ..Metadata::default() };
        assert_eq!(metadata.timestamp_ms(), Some(1_700_000_000_000));
    }

    #[test]
    fn what_is_not_strictly_so_is_refused() {
        let minus_one = b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
        let refused: [&[u8]; 9] = [
            b"",
            b"k1",
            b"\x18\x03\x20\x2A",
            b"\x12\x00",
            b"\x12\x01t\x40\x01",
            b"\x12\x02t",
            b"\x12\x01t\x18\x80\x80\x80\x80\x08",
            b"\x12\x01t\x20\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02",
            &[b"\x12\x01t\x20".as_slice(), minus_one].concat(),
        ];
        for key in refused {
            assert_eq!(Metadata::decode(key), None, "{key:?}");
        }
        for cut in 0..WHOLE.len() {
            let decoded = Metadata::decode(&WHOLE[..cut]);
            assert!(decoded.is_none_or(|metadata| metadata.topic == b"orders"), "{cut}");
        }
    }
}
