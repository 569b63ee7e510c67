//! What the interface shows of itself when senders encrypt: a key and a certificate made on this machine, kept in the vault.
//!
//! A clinic without a certificate authority gives the certificate to each sender, which trusts it as it is (the usual way for
//! MLLP over TLS between two systems of one house).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::ToSpan;
use jiff::civil::Date;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rusqlite::Connection;
use rustcare_vault::table::setting;
use rustcare_vault::{VaultError, VaultResult};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::contract::messages::InterfaceCertificate;

const KEY: &str = "hl7_interface_identity";
/// A certificate that nobody renews for long outlives the people who set it up; one that ends soon stops a laboratory's
/// results on some Sunday. It is renewed by a button.
const YEARS: i64 = 5;
const COMMON_NAME: &str = "RustCare HL7 interface";

/// Key, certificate and what is in it.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LineIdentity {
    certificate: String,
    key: Zeroizing<String>,
    until: Date,
    /// As the administrator wrote them, in order.
    known_as: Vec<String>,
    /// All that the certificate holds, this machine's own among them as they were when it was made.
    #[serde(default)]
    names: Vec<String>,
}

fn failed(_: rcgen::Error) -> VaultError {
    VaultError::Damaged("a certificate for the interface cannot be made")
}

impl fmt::Debug for LineIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineIdentity").field("until", &self.until).finish_non_exhaustive()
    }
}

/// Whether a text can stand in a certificate: an address, or a name as DNS writes it (RFC 1123, labels of letters, digits and
/// hyphens).
pub(super) fn is_machine_name(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.parse::<std::net::IpAddr>().is_ok() || (text.len() <= 253 && text.split('.').all(is_label))
}

impl LineIdentity {
    /// A new key and a certificate for this machine's own names and those given.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when a name cannot stand in a certificate or there is no randomness.
    pub(super) fn make(known_as: &[String], today: Date) -> VaultResult<Self> {
        Self::certified(KeyPair::generate().map_err(failed)?, known_as, today)
    }

    /// The same key with a certificate of other names.
    ///
    /// # Errors
    /// As [`LineIdentity::make`].
    pub(super) fn renamed(&self, known_as: &[String], today: Date) -> VaultResult<Self> {
        Self::certified(KeyPair::from_pem(&self.key).map_err(failed)?, known_as, today)
    }

    fn certified(key: KeyPair, known_as: &[String], today: Date) -> VaultResult<Self> {
        let names = names(known_as);
        let until = today.checked_add(YEARS.years()).unwrap_or(today);
        let mut parameters = CertificateParams::new(names.clone()).map_err(failed)?;
        let day = |date: Date| {
            rcgen::date_time_ymd(
                i32::from(date.year()),
                date.month().unsigned_abs(),
                date.day().unsigned_abs(),
            )
        };
        // A sender whose clock is a little behind takes it too.
        parameters.not_before = day(today.checked_sub(1.day()).unwrap_or(today));
        parameters.not_after = day(until);
        parameters.distinguished_name.push(DnType::CommonName, COMMON_NAME);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = parameters.self_signed(&key).map_err(failed)?.pem();
        let key = Zeroizing::new(key.serialize_pem());
        Ok(Self { certificate, key, until, known_as: known_as.to_vec(), names })
    }

    /// The one of this vault, where one was made.
    ///
    /// # Errors
    /// Database errors; [`VaultError::Damaged`].
    pub(super) fn load(connection: &Connection) -> VaultResult<Option<Self>> {
        let Some(json) = setting::get(connection, KEY)?.map(Zeroizing::new) else { return Ok(None) };
        let read = serde_json::from_str(&json);
        read.map(Some).map_err(|_| VaultError::Damaged("the interface's certificate cannot be read"))
    }

    /// Keeps it in the encrypted database.
    ///
    /// # Errors
    /// Database errors.
    pub(super) fn put(&self, connection: &Connection) -> VaultResult<()> {
        let json = serde_json::to_string(self)
            .map_err(|_| VaultError::Damaged("the interface's certificate cannot be written"))?;
        setting::put(connection, KEY, &Zeroizing::new(json))
    }

    /// Whether its certificate was made for these names, in whatever order.
    pub(super) fn is_known_as(&self, known_as: &[String]) -> bool {
        let set = |names: &[String]| names.iter().map(|n| n.to_lowercase()).collect::<BTreeSet<_>>();
        set(&self.known_as) == set(known_as)
    }

    fn chain(&self) -> VaultResult<CertificateDer<'static>> {
        CertificateDer::from_pem_slice(self.certificate.as_bytes())
            .map_err(|_| VaultError::Damaged("the interface's certificate cannot be read"))
    }

    /// What an administrator gives to a sender.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub(super) fn shown(&self, today: Date) -> VaultResult<InterfaceCertificate> {
        let digest = <sha2::Sha256 as sha2::Digest>::digest(self.chain()?.as_ref());
        let pairs: Vec<String> = digest.iter().map(|byte| format!("{byte:02X}")).collect();
        Ok(InterfaceCertificate {
            pem: self.certificate.clone(),
            fingerprint: pairs.join(":"),
            until: self.until.to_string(),
            days_left: (self.until - today).get_days(),
            names: self.names.clone(),
        })
    }

    /// How connections are encrypted: TLS 1.2 or 1.3 with the suites that `rustls` holds safe.
    ///
    /// # Errors
    /// [`VaultError::Damaged`].
    pub(super) fn server(&self) -> VaultResult<Arc<ServerConfig>> {
        let damaged = || VaultError::Damaged("the interface's certificate cannot be used");
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|_| damaged())?;
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|_| damaged())?
            .with_no_client_auth()
            .with_single_cert(vec![self.chain()?], key)
            .map_err(|_| damaged())?;
        Ok(Arc::new(config))
    }
}

/// This machine's own names, then those given, each once.
fn names(known_as: &[String]) -> Vec<String> {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    for name in std::iter::once(&host).filter(|host| is_machine_name(host)).chain(known_as) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_machines() {
        for right in ["clinic-1", "ris.clinic.example", "192.168.1.4", "fe80::1", "a"] {
            assert!(is_machine_name(right), "{right}");
        }
        for wrong in ["", "a b", "-a", "a-", "a..b", "ü", "x_y", &"a".repeat(64), "http://a"] {
            assert!(!is_machine_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_certificate_holds_its_names_and_no_key_is_printed() {
        let today = jiff::civil::date(2026, 11, 27);
        let identity =
            LineIdentity::make(&["ris.clinic.example".into(), "192.168.1.4".into()], today).unwrap();
        let shown = identity.shown(today).unwrap();
        assert_eq!(shown.until, "2031-11-27");
        assert_eq!(shown.fingerprint.len(), 32 * 3 - 1);
        assert!(shown.names.iter().any(|n| n == "192.168.1.4"));
        assert!(!format!("{identity:?}").contains("PRIVATE"));
        assert!(!shown.pem.contains("PRIVATE"));
        identity.server().unwrap();
        let other = LineIdentity::make(&[], today).unwrap();
        assert_ne!(other.shown(today).unwrap().fingerprint, shown.fingerprint);
        assert_eq!(shown.days_left, 5 * 365 + 1);

        // Other names: another certificate of the same key. The same names in another order: the same.
        assert!(identity.is_known_as(&["192.168.1.4".into(), "RIS.clinic.example".into()]));
        let renamed = identity.renamed(&["other.example".into()], today).unwrap();
        assert_eq!(*renamed.key, *identity.key);
        assert!(renamed.shown(today).unwrap().names.iter().any(|n| n == "other.example"));
        assert!(!renamed.shown(today).unwrap().names.iter().any(|n| n == "192.168.1.4"));
    }
}
