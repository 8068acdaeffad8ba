//! Lengths as a block tells them: seven bits a byte, the lowest first, and the eighth bit where more follow (LEB128).

use bytes::{BufMut, BytesMut};

const MORE: u8 = 0x80;
/// More bytes than any length takes.
const BYTES_MAX: usize = 5;

/// Appends a length.
pub(super) fn put(block: &mut BytesMut, length: u64) {
    let mut rest = length;
    while rest >= u64::from(MORE) {
        block.put_u8(rest.to_le_bytes()[0] | MORE);
        rest >>= 7;
    }
    block.put_u8(rest.to_le_bytes()[0]);
}

/// The length at the start, and what follows it; nothing where [`put`] would not have written it so.
pub(super) fn split(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first < MORE {
        return Some((u64::from(first), rest));
    }
    let end = bytes.iter().take(BYTES_MAX).position(|&byte| byte < MORE)?;
    let (told, rest) = bytes.split_at_checked(end + 1)?;
    let length = told.iter().rev().fold(0, |length, &byte| length << 7 | u64::from(byte & !MORE));
    (told.last() != Some(&0)).then_some((length, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_split_off_again() {
        for (length, bytes) in [(0, 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (1 << 32, 5)] {
            let mut block = BytesMut::new();
            put(&mut block, length);
            assert_eq!(block.len(), bytes);
            block.put_u8(7);
            assert_eq!(split(&block), Some((length, &[7][..])));
        }
    }

    #[test]
    fn each_length_is_written_in_one_way() {
        for bytes in [&[][..], &[0x80], &[0x80, 0], &[0xFF; 9], &[0x80, 0x80, 0x80, 0x80, 0x80, 1]] {
            assert_eq!(split(bytes), None, "{bytes:?}");
        }
    }
}
