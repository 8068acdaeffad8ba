//! [`Masking`]: what must not be stored is replaced before it is.

mod edit;
mod json;
#[cfg(test)]
mod tests;

use super::Interceptor;
use crate::invalid::{Invalid, ensure};
use crate::record::{Content, DlqRecord};
use edit::{Edits, edited, payload_range, range};
use json::Found;

/// Replaces the values of named headers, and named values inside JSON payloads, of records that are submitted, before they are
/// stored. Everything else stays byte for byte as it was.
///
/// # Behavior
/// - Header names are compared without regard to ASCII case; a value that is null or empty stays so.
/// - A field is a path of member names with dots between them, such as `customer.email`; `*` is any member, or any element of
///   an array: `items.*.card`. A member whose name has dots is met by the same dots. Every member of that name is replaced,
///   however often it is there and however it is escaped, and whatever its value.
/// - A payload that begins as a JSON object or array does, but cannot be read to its end, is replaced as a whole: better
///   masked too much than too little. One that is no JSON at all is too, unless [`NotJson::Leave`] says otherwise.
/// - Where a JSON document stands behind the five bytes by which schema registries frame it, or a byte order mark, these stay.
/// - What quotes a named value elsewhere, such as an error message or the key, is not found.
///
/// Records captured from Kafka are stored as they are; masking does not touch them.
#[derive(Clone, Debug)]
pub struct Masking {
    headers: Vec<String>,
    fields: Vec<String>,
    mask: String,
    /// The mask as JSON.
    quoted: String,
    not_json: NotJson,
}

/// What becomes of a payload that is no JSON, where fields are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotJson {
    /// The mask takes its place.
    #[default]
    MaskWhole,
    /// It stays as it is.
    Leave,
}

/// Builds a [`Masking`].
#[derive(Clone, Debug)]
#[must_use]
pub struct MaskingBuilder {
    headers: Vec<String>,
    fields: Vec<String>,
    mask: String,
    not_json: NotJson,
}

impl MaskingBuilder {
    /// Replaces the values of the headers of this name; not empty.
    pub fn header(mut self, name: impl Into<String>) -> Self {
        self.headers.push(name.into());
        self
    }

    /// Replaces what stands at this path in JSON payloads: names with dots between them, none of them empty.
    pub fn field(mut self, path: impl Into<String>) -> Self {
        self.fields.push(path.into());
        self
    }

    /// What takes the place of what is masked; 1 to 64 bytes. Default `***`.
    pub fn mask(mut self, mask: impl Into<String>) -> Self {
        self.mask = mask.into();
        self
    }

    /// What becomes of a payload that is no JSON. Default: the mask takes its place.
    pub const fn not_json(mut self, then: NotJson) -> Self {
        self.not_json = then;
        self
    }

    /// The interceptor.
    ///
    /// # Errors
    /// The first value that is not allowed: its field, the value, and what is allowed.
    pub fn build(self) -> Result<Masking, Invalid> {
        let Self { headers, fields, mask, not_json } = self;
        for name in &headers {
            ensure(!name.is_empty(), "header", name, "a name that is not empty")?;
        }
        for path in &fields {
            let named = path.split('.').all(|name| !name.is_empty());
            ensure(named, "field", path, "names with dots between them, none of them empty; * is any")?;
        }
        ensure((1..=64).contains(&mask.len()), "mask", &mask, "1 to 64 bytes")?;
        let quoted = serde_json::Value::from(mask.as_str()).to_string();
        Ok(Masking { headers, fields, mask, quoted, not_json })
    }
}

impl Masking {
    /// A masking of your own, which begins with nothing to replace.
    pub fn builder() -> MaskingBuilder {
        let mask = "***".to_owned();
        MaskingBuilder { headers: Vec::new(), fields: Vec::new(), mask, not_json: NotJson::default() }
    }

    /// Everything that is to be replaced, in the order in which it stands in the content's block.
    fn edits(&self, content: &Content) -> Edits<'_> {
        let mut edits = Edits::default();
        let is_named = |name: &[u8]| self.headers.iter().any(|it| it.as_bytes().eq_ignore_ascii_case(name));
        for header in content.headers().filter(|header| !header.span.is_empty() && is_named(header.name)) {
            edits.replace(range(header.span), self.mask.as_bytes());
        }
        let payload = content.payload().bytes().unwrap_or_default();
        if self.fields.is_empty() || payload.is_empty() {
            return edits;
        }
        let whole = payload_range(content);
        match json::find(payload, &self.fields) {
            Found::At(parts) => {
                for part in parts {
                    edits.replace(whole.start + part.start..whole.start + part.end, self.quoted.as_bytes());
                }
            }
            Found::NoJson if self.not_json == NotJson::Leave => {}
            Found::NoJson | Found::Unreadable => edits.replace(whole, self.mask.as_bytes()),
        }
        edits
    }
}

impl Interceptor for Masking {
    fn before_record(&self, record: &DlqRecord) -> Option<DlqRecord> {
        let content = record.captured.content.as_ref()?;
        let edits = self.edits(content);
        (!edits.is_empty()).then(|| edited(record, content, &edits))
    }
}
