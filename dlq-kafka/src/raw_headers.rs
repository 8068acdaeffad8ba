//! Headers as the wire has them: names as bytes.
//!
//! rdkafka reads and writes header names as `&str` and panics on others ([`BorrowedHeaders`] unwraps them), so that one
//! such record would be a crash loop. librdkafka itself has no opinion on names, except that one read from the wire
//! ends at its first NUL.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use rdkafka::message::{BorrowedHeaders, BorrowedMessage, Message, OwnedHeaders};
use rdkafka_sys as sys;

/// Gives each header of a message to `visit`, in order: its name, and its value unless that is null.
///
/// # Errors
/// The first that `visit` answers.
pub fn read<E>(
    message: &BorrowedMessage<'_>,
    mut visit: impl FnMut(&[u8], Option<&[u8]>) -> Result<(), E>,
) -> Result<(), E> {
    let Some(headers) = message.headers() else { return Ok(()) };
    for index in 0.. {
        let Some((name, value)) = header(headers, index) else { break };
        visit(name, value)?;
    }
    Ok(())
}

fn header(headers: &BorrowedHeaders, index: usize) -> Option<(&[u8], Option<&[u8]>)> {
    let (mut name, mut value, mut size): (*const c_char, *const c_void, usize) =
        (ptr::null(), ptr::null(), 0);
    // SAFETY: a `&BorrowedHeaders` is, by rdkafka's construction (`BorrowedHeaders::from_native_ptr`), the address of a
    // live `rd_kafka_headers_t` that outlives the reference. The three out-pointers are valid for writes.
    let code = unsafe {
        sys::rd_kafka_header_get_all(
            ptr::from_ref(headers).cast(),
            index,
            &raw mut name,
            &raw mut value,
            &raw mut size,
        )
    };
    if code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR || name.is_null() {
        return None;
    }
    // SAFETY: on success `name` is a NUL-terminated string owned by the headers, which live as long as the reference.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    // SAFETY: on success `value` is null, or points at `size` bytes owned by the headers, as above.
    let value = (!value.is_null()).then(|| unsafe { std::slice::from_raw_parts(value.cast::<u8>(), size) });
    Some((name, value))
}

/// Adds a header to headers that are about to be sent; a value of `None` is null.
pub fn add(headers: &mut OwnedHeaders, name: &[u8], value: Option<&[u8]>) {
    let Ok(name_len) = isize::try_from(name.len()) else { return };
    let (value, value_len) = value.map_or((ptr::null(), 0), |v| (v.as_ptr(), v.len().cast_signed()));
    let native: *mut sys::rd_kafka_headers_t = ptr::from_ref(headers.as_borrowed()).cast_mut().cast();
    // SAFETY: as above, `native` is the live `rd_kafka_headers_t` that `headers` owns alone, and it is borrowed mutably
    // here. librdkafka copies `name_len` bytes of the name and `value_len` bytes of the value; a null value is null.
    unsafe {
        sys::rd_kafka_header_add(native, name.as_ptr().cast(), name_len, value.cast(), value_len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_read_byte_for_byte() {
        let wanted: [(&[u8], Option<&[u8]>); 4] =
            [(b"plain", Some(b"v")), (b"\xFF\xFE", Some(b"")), (b"null", None), (b"plain", Some(&[0, 1]))];
        let mut headers = OwnedHeaders::new();
        for (name, value) in wanted {
            add(&mut headers, name, value);
        }
        let read: Vec<_> = (0..).map_while(|index| header(headers.as_borrowed(), index)).collect();
        assert_eq!(read, wanted);
    }
}
