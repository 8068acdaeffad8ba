use bytes::Bytes;
use proptest::prelude::*;

use super::*;

type OwnedHeaders = Vec<(Vec<u8>, Option<Vec<u8>>)>;

fn pack(headers: &OwnedHeaders, key: Body<'_>, payload: Body<'_>) -> Content {
    let headers = headers.iter().map(|(n, v)| (n.as_slice(), v.as_deref()));
    Content::pack(headers, key, payload).unwrap()
}

fn body(bytes: &Option<Vec<u8>>, missing: bool) -> Body<'_> {
    if missing { Body::Missing } else { bytes.as_deref().into() }
}

proptest! {
    #[test]
    fn what_is_packed_comes_back_byte_for_byte(
        headers: OwnedHeaders, key: Option<Vec<u8>>, payload: Option<Vec<u8>>, missing: bool,
    ) {
        let content = pack(&headers, body(&key, missing), body(&payload, missing));
        let again = Content::from_block(content.block().clone()).unwrap();
        prop_assert_eq!(again.key(), body(&key, missing));
        prop_assert_eq!(again.payload(), body(&payload, missing));
        let read: OwnedHeaders =
            again.headers().map(|h| (h.name.to_vec(), h.value.map(<[u8]>::to_vec))).collect();
        prop_assert_eq!(read, headers);
        for header in again.headers() {
            prop_assert_eq!(again.bytes(header.span), header.value.unwrap_or_default());
        }
    }

    #[test]
    fn no_block_makes_a_reader_fail(block: Vec<u8>, version in 0u8..3) {
        let mut block = block;
        if let Some(first) = block.first_mut() { *first = version; }
        if let Ok(content) = Content::from_block(Bytes::from(block)) {
            let _ = (content.key(), content.payload(), content.headers().count(), content.aside());
        }
    }

    #[test]
    fn a_flipped_bit_changes_the_checksum(payload: Vec<u8>, at: prop::sample::Index, bit in 0u8..8) {
        let content = pack(&vec![(b"a".to_vec(), None)], Body::Null, Body::Present(&payload));
        let mut block = content.block().to_vec();
        let at = at.index(block.len());
        block[at] ^= 1 << bit;
        prop_assert_ne!(xxhash_rust::xxh3::xxh3_64(&block), content.checksum());
    }
}

/// When this fails, the layout has changed: raise `VERSION`, or stores hold blocks that are read for others.
#[test]
fn the_layout_is_what_stores_keep() {
    let mut arena = BytesMut::new();
    let mut packer = ContentPacker::new(&mut arena);
    packer.header(b"n", Some(&[7; 200])).unwrap();
    packer.header(b"null", None).unwrap();
    let content = packer.finish(Body::Present(b"k"), Body::Missing, b"aside").unwrap();
    let value = [7; 200];
    let parts: [&[u8]; 6] =
        [b"\x02\xD2\0\0\0", b"\x01\xC9\x01n", &value, b"\x04\0null", b"\x03k\x01", b"aside"];
    assert_eq!(content.block().as_ref(), parts.concat());
    assert_eq!((content.checksum(), content.body_checksum()), (10836407012686808806, 17498162814256369703));
}

#[test]
fn damage_is_told() {
    let block = |bytes: &[u8]| Content::from_block(Bytes::copy_from_slice(bytes)).unwrap_err().to_string();
    for (bytes, why) in [
        (b"\x02\0\0\0".as_slice(), "preamble"),
        (b"\x01\0\0\0\0\0\0", "version"),
        (b"\x02\x09\0\0\0\0\0", "its headers do not end"),
        (b"\x02\x03\0\0\0\x02\x01\0\0\0", "add up"),
        (b"\x02\0\0\0\0\x05k", "key or payload"),
        (b"\x02\0\0\0\0\0", "key or payload"),
    ] {
        assert!(block(bytes).contains(why), "{bytes:?}: {}", block(bytes));
    }
}

#[test]
fn null_empty_and_missing_are_three_things() {
    let none = vec![];
    let kinds = [Body::Null, Body::Present(b""), Body::Missing];
    for (i, a) in kinds.iter().enumerate() {
        for (j, b) in kinds.iter().enumerate() {
            let (a, b) = (pack(&none, Body::Null, *a), pack(&none, Body::Null, *b));
            assert_eq!(a.body_checksum() == b.body_checksum(), i == j);
        }
    }
}

#[test]
fn added_headers_leave_the_body_checksum_alone() {
    let plain = pack(&vec![], Body::Present(b"k"), Body::Present(b"v"));
    let more = pack(&vec![(b"x".to_vec(), Some(b"y".to_vec()))], Body::Present(b"k"), Body::Present(b"v"));
    assert_eq!(plain.body_checksum(), more.body_checksum());
    assert_ne!(plain.checksum(), more.checksum());
}

#[test]
fn a_message_with_other_bodies_keeps_its_headers_where_they_were() {
    let headers = vec![(b"x".to_vec(), Some(b"yz".to_vec())), (b"n".to_vec(), None)];
    let before = pack(&headers, Body::Null, Body::Present(b"v"));
    let after = before.repacked(Body::Missing, Body::Present(b"longer"), b"aside").unwrap();
    let span = before.headers().next().unwrap().span;
    assert_eq!(after.bytes(span), b"yz");
    assert!(after.headers().eq(before.headers()));
    assert_eq!((after.key(), after.payload()), (Body::Missing, Body::Present(b"longer")));
    assert_eq!(after.bytes(after.aside()), b"aside");
    assert_eq!(Content::from_block(after.block().clone()), Ok(after.clone()));
    assert_ne!(after.checksum(), before.checksum());
    assert_eq!(before.repacked(before.key(), before.payload(), b""), Ok(before));
}

#[test]
fn one_arena_carries_many_messages() {
    let mut arena = BytesMut::with_capacity(4096);
    let contents: Vec<_> = (0u8..10)
        .map(|i| {
            let mut packer = ContentPacker::new(&mut arena);
            packer.header(b"n", Some(&[i])).unwrap();
            packer.finish(Body::Present(&[i]), Body::Null, b"aside").unwrap()
        })
        .collect();
    for (i, content) in (0u8..).zip(&contents) {
        assert_eq!(content.key(), Body::Present(&[i]));
        assert_eq!(content.bytes(content.aside()), b"aside");
    }
}

#[test]
fn whatever_bit_is_flipped_the_checksum_tells() {
    let content =
        Content::pack([(&b"trace"[..], Some(&b"1"[..]))], Body::from(Some(&b"key"[..])), Body::Null).unwrap();
    let checksum = content.checksum();
    assert_eq!(Content::verified(content.block().clone(), checksum), Ok(content.clone()));
    for bit in 0..8 * content.block().len() {
        let mut block = content.block().to_vec();
        block[bit / 8] ^= 1 << (bit % 8);
        let told = Content::verified(Bytes::from(block), checksum).unwrap_err().to_string();
        assert!(told.ends_with("it does not have its checksum"), "bit {bit}: {told}");
    }
}
