//! What `capture.profile` decides where nobody else does.

use config::{Map, Value, ValueKind};
use dlq_core::policy::config::Profile;

use super::key::Preset;
use super::sections::SECTIONS;

/// Fills in every key that the profile decides about and nobody set. A profile that is none is explained elsewhere.
pub(super) fn decide(tree: &mut Map<String, Value>) {
    let profile = chosen(tree).unwrap_or_default();
    let origin = (profile != Profile::Default).then(|| format!("{ORIGIN}{profile}"));
    for section in SECTIONS {
        let Some(ValueKind::Table(table)) = tree.get_mut(section.name).map(|value| &mut value.kind) else {
            continue;
        };
        for key in section.keys {
            if let Preset::By(of) = key.preset
                && !table.contains_key(key.name)
            {
                table.insert(key.name.to_owned(), Value::new(origin.as_ref(), of(profile)));
            }
        }
    }
}

const ORIGIN: &str = "profile ";

/// The profile that decided, where a value's origin says so.
pub(super) fn of_origin(origin: &str) -> Option<Profile> {
    origin.strip_prefix(ORIGIN)?.parse().ok()
}

fn chosen(tree: &Map<String, Value>) -> Option<Profile> {
    let ValueKind::Table(capture) = &tree.get("capture")?.kind else { return None };
    capture.get("profile")?.clone().into_string().ok()?.parse().ok()
}
