//! What a reference means: type and id, resolved within its bundle (FHIR R4 2.3.0.3, Resolving references in bundles).

use std::collections::HashMap;

/// The entries of one bundle by their `fullUrl`.
#[derive(Debug, Default)]
pub struct Entries<'a>(HashMap<&'a str, (&'a str, &'a str)>);

impl<'a> Entries<'a> {
    /// Notes an entry: its `fullUrl`, type and logical id.
    pub fn note(&mut self, full_url: &'a str, resource_type: &'a str, id: &'a str) {
        self.0.insert(full_url, (resource_type, id));
    }

    /// The id of the resource of `wanted` type that `reference` means; `None` when it means another type, a contained
    /// resource, or nothing that can be told.
    pub fn id_of(&self, wanted: &str, reference: &str) -> Option<String> {
        if let Some((resource_type, id)) = self.0.get(reference) {
            return (*resource_type == wanted).then(|| (*id).to_owned());
        }
        // An entry of another file, named by the identity that its own bundle gave it.
        if let Some(uuid) = reference.strip_prefix("urn:uuid:") {
            return (!uuid.is_empty()).then(|| uuid.to_owned());
        }
        let without_version = reference.split("/_history/").next().unwrap_or(reference);
        let mut parts = without_version.rsplit('/');
        let (id, resource_type) = (parts.next()?, parts.next()?);
        let plain =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        (resource_type == wanted && plain).then(|| id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_means_its_type_and_never_another() {
        let mut entries = Entries::default();
        entries.note("urn:uuid:A", "Patient", "p9");
        entries.note("urn:uuid:G", "Group", "g1");
        for (reference, id) in [
            ("urn:uuid:A", Some("p9")),
            ("urn:uuid:elsewhere", Some("elsewhere")),
            ("Patient/77", Some("77")),
            ("Patient/77/_history/88", Some("77")),
            ("http://example.org/fhir/Patient/77", Some("77")),
            ("urn:uuid:G", None),
            ("Group/88", None),
            ("Device/88", None),
            ("#88", None),
            ("88", None),
            ("", None),
        ] {
            assert_eq!(entries.id_of("Patient", reference).as_deref(), id, "{reference}");
        }
    }
}
