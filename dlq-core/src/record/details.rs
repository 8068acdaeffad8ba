//! The one encoding of what was captured beside the content, as every store keeps it: CBOR with numbered fields, so
//! that fields may be added and older readers still understand ([RFC 8949](https://www.rfc-editor.org/rfc/rfc8949)).

use std::borrow::Cow;

use minicbor::{Decode, Encode};

use super::captured::{Captured, Hop, HopRef, Provenance};
use super::content::Content;
use super::failure::{CapturedFailure, FailureContext};
use super::name::Name;
use super::origin::{CapturedFrom, KnownBy, Origin, SourcePartition, TopicName};
use super::span::Span;
use super::{ContentError, ErrorType, Fingerprint};
use crate::clock::Timestamp;

#[derive(Encode, Decode)]
#[cbor(map)]
struct Details<'a> {
    #[b(0)]
    from: Option<From<'a>>,
    #[b(1)]
    origin: Option<Place<'a>>,
    #[n(2)]
    known_by: Option<u8>,
    #[b(3)]
    dialects: Option<Vec<&'a str>>,
    #[b(4)]
    hops: Option<Vec<Place<'a>>>,
    #[b(5)]
    warnings: Option<Vec<&'a str>>,
    #[n(6)]
    unreadable: Option<bool>,
    #[n(7)]
    class: Option<Span>,
    #[n(8)]
    root_class: Option<Span>,
    #[n(9)]
    message: Option<Span>,
    #[n(10)]
    stack_trace: Option<Span>,
    #[n(11)]
    stage: Option<Span>,
    #[n(12)]
    component: Option<Span>,
    #[n(13)]
    attempts: Option<u32>,
    #[n(14)]
    error_type: u8,
    #[n(15)]
    fingerprint: u64,
}

#[derive(Encode, Decode)]
struct From<'a> {
    #[b(0)]
    cluster: &'a str,
    #[b(1)]
    topic: &'a str,
    #[n(2)]
    partition: i32,
    #[n(3)]
    offset: i64,
    #[n(4)]
    timestamp: Timestamp,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Place<'a> {
    #[b(0)]
    topic: Option<&'a str>,
    #[n(1)]
    partition: Option<i32>,
    #[n(2)]
    offset: Option<i64>,
    #[n(3)]
    timestamp: Option<Timestamp>,
    #[b(4)]
    consumer_group: Option<&'a str>,
    #[b(5)]
    dialect: Option<&'a str>,
}

/// Room for the details of most records, in bytes, so that their memory is asked for once.
const DETAILS_BYTES: usize = 256;

const KNOWN_BY: [KnownBy; 3] = [KnownBy::Headers, KnownBy::Configuration, KnownBy::Guess];

impl Captured {
    /// All but the content, encoded as stores keep it.
    #[must_use]
    pub fn details(&self) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(DETAILS_BYTES);
        // Writing into a Vec cannot fail.
        minicbor::encode(Details::of(self), &mut encoded).map_or_else(|_| Vec::new(), |()| encoded)
    }

    /// What a store kept: the encoded details, and the content unless it was left out.
    ///
    /// # Errors
    /// [`ContentError::Damaged`] where the details are not what was once encoded.
    pub fn from_details(details: &[u8], content: Option<Content>) -> Result<Self, ContentError> {
        let damaged = |why| ContentError::Damaged { len: details.len(), why };
        let details: Details<'_> =
            minicbor::decode(details).map_err(|_| damaged("its details cannot be read"))?;
        details.captured(content).ok_or_else(|| damaged("its details hold an impossible value"))
    }
}

impl<'a> Details<'a> {
    fn of(captured: &'a Captured) -> Self {
        let Captured { from, origin, provenance, failure, .. } = captured;
        let context = failure.context();
        let some = |list: Vec<_>| (!list.is_empty()).then_some(list);
        let hops: Vec<_> = captured.hops().map(Place::of_hop).collect();
        Self {
            from: from.as_ref().map(|from| From {
                cluster: &from.source.cluster,
                topic: from.source.topic.as_str(),
                partition: from.source.partition,
                offset: from.offset,
                timestamp: from.timestamp,
            }),
            origin: (*origin != Origin::default()).then(|| Place::of_origin(origin)),
            known_by: origin.known_by.map(|known| known as u8),
            dialects: some(provenance.dialects.iter().map(AsRef::as_ref).collect()),
            hops: Some(hops).filter(|hops| !hops.is_empty()),
            warnings: some(provenance.warnings.iter().map(AsRef::as_ref).collect()),
            unreadable: provenance.unreadable.then_some(true),
            class: failure.class,
            root_class: failure.root_class,
            message: failure.message,
            stack_trace: failure.stack_trace,
            stage: context.stage,
            component: context.component,
            attempts: context.attempts,
            error_type: failure.error_type.code(),
            fingerprint: failure.fingerprint.as_u64(),
        }
    }

    fn captured(self, content: Option<Content>) -> Option<Captured> {
        let known_by = match self.known_by {
            None => None,
            Some(code) => Some(*KNOWN_BY.get(usize::from(code))?),
        };
        let origin = self.origin.map_or(Some(Origin::default()), |place| place.origin())?;
        let origin = Origin { known_by, ..origin };
        let hops = self.hops.unwrap_or_default().into_iter().map(Place::hop).collect::<Option<_>>()?;
        let own = |list: Option<Vec<&str>>| -> Vec<String> {
            list.unwrap_or_default().into_iter().map(str::to_owned).collect()
        };
        let provenance = Provenance {
            dialects: own(self.dialects).into_iter().map(Cow::Owned).collect(),
            warnings: own(self.warnings),
            unreadable: self.unreadable.unwrap_or(false),
            ..Provenance::default()
        };
        let context =
            FailureContext { stage: self.stage, component: self.component, attempts: self.attempts };
        Some(Captured {
            from: match self.from {
                None => None,
                Some(from) => Some(from.captured_from()?),
            },
            content,
            provenance: provenance.with_hops(hops, &origin).into(),
            origin,
            failure: CapturedFailure {
                class: self.class,
                root_class: self.root_class,
                message: self.message,
                stack_trace: self.stack_trace,
                context: context.kept(),
                error_type: ErrorType::from_code(self.error_type)?,
                fingerprint: Fingerprint::from_u64(self.fingerprint),
            },
        })
    }
}

impl From<'_> {
    fn captured_from(self) -> Option<CapturedFrom> {
        Some(CapturedFrom {
            source: SourcePartition {
                cluster: self.cluster.into(),
                topic: TopicName::new(self.topic).ok()?,
                partition: self.partition,
            }
            .into(),
            offset: self.offset,
            timestamp: self.timestamp,
        })
    }
}

impl<'a> Place<'a> {
    fn of_origin(origin: &'a Origin) -> Self {
        Self {
            topic: origin.topic.as_ref().map(TopicName::as_str),
            partition: origin.partition,
            offset: origin.offset,
            timestamp: origin.timestamp,
            consumer_group: origin.consumer_group.as_deref(),
            dialect: None,
        }
    }

    fn of_hop(hop: HopRef<'a>) -> Self {
        Self {
            topic: hop.topic.map(TopicName::as_str),
            partition: hop.partition,
            offset: hop.offset,
            timestamp: hop.timestamp,
            consumer_group: hop.consumer_group,
            dialect: Some(hop.dialect),
        }
    }

    fn origin(self) -> Option<Origin> {
        let hop = self.hop()?;
        let Hop { topic, partition, offset, timestamp, consumer_group, .. } = hop;
        Some(Origin { topic, partition, offset, timestamp, consumer_group, known_by: None })
    }

    fn hop(self) -> Option<Hop> {
        Some(Hop {
            topic: self.topic.map(TopicName::new).transpose().ok()?,
            partition: self.partition,
            offset: self.offset,
            timestamp: self.timestamp,
            consumer_group: self.consumer_group.map(Name::from),
            dialect: Cow::Owned(self.dialect.unwrap_or_default().to_owned()),
        })
    }
}
