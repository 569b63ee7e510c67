//! Where a database is, and as whom it is asked.

use std::fmt;
use std::net::IpAddr;

use rustcare_cohorts::sql::SchemaName;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use secrecy::SecretString;

use super::error::ElsewhereError;

/// Longest list of certificates that is read, in bytes: a machine's own has a quarter of a megabyte.
const LONGEST_CERTIFICATES: usize = 1 << 20;

/// Where a server is: a name, an address, or the folder of a socket on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Reads a host. A folder begins with a slash.
    ///
    /// # Errors
    /// [`ElsewhereError::BadHost`] when it is neither a name that a certificate can have, nor an address, nor a folder.
    pub fn parse(text: &str) -> Result<Self, ElsewhereError> {
        let is_folder = text.starts_with('/') && !text.chars().any(char::is_control);
        // A comma would name several hosts.
        let is_name = !text.contains(',') && ServerName::try_from(text).is_ok();
        if is_folder || is_name { Ok(Self(text.to_owned())) } else { Err(ElsewhereError::BadHost) }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is the folder of a socket.
    #[must_use]
    pub fn is_socket(&self) -> bool {
        self.0.starts_with('/')
    }

    /// Whether what is sent there stays on this machine: a socket, or a loopback address. The name `localhost` is one, too: the
    /// connection is made to what it leads to, and refused where that is no loopback address.
    #[must_use]
    pub fn is_this_machine(&self) -> bool {
        self.is_socket()
            || self.0.eq_ignore_ascii_case("localhost")
            || self.0.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Certificates of the authorities that are trusted for one connection.
#[derive(Clone, PartialEq, Eq)]
pub struct RootCertificates(String);

impl RootCertificates {
    /// Reads certificates in PEM (RFC 7468).
    ///
    /// # Errors
    /// [`ElsewhereError::BadCertificates`] when there is none, or one that cannot be read.
    pub fn parse(pem: &str) -> Result<Self, ElsewhereError> {
        if pem.len() > LONGEST_CERTIFICATES {
            return Err(ElsewhereError::BadCertificates);
        }
        let certificates = Self(pem.to_owned());
        certificates.store()?;
        Ok(certificates)
    }

    /// As they were written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn store(&self) -> Result<RootCertStore, ElsewhereError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(self.0.as_bytes()) {
            let certificate = certificate.map_err(|_| ElsewhereError::BadCertificates)?;
            roots.add(certificate).map_err(|_| ElsewhereError::BadCertificates)?;
        }
        if roots.is_empty() { Err(ElsewhereError::BadCertificates) } else { Ok(roots) }
    }
}

impl fmt::Debug for RootCertificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootCertificates({} bytes)", self.0.len())
    }
}

/// How a connection is protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// TLS; the certificate is verified against the authorities that this machine trusts.
    System,
    /// TLS; the certificate is verified against these authorities alone.
    Authorities(RootCertificates),
    /// None: only to this machine itself.
    Off,
}

/// A connection to PostgreSQL. It cannot be made so that a password would travel in the clear.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    pub(super) host: HostName,
    pub(super) port: u16,
    pub(super) database: String,
    pub(super) schema: SchemaName,
    pub(super) username: String,
    pub(super) password: SecretString,
    pub(super) encryption: Encryption,
}

impl DatabaseConfig {
    /// A connection. `port`: 1 to 65535. `schema`: the one that holds the tables of the OMOP common data model.
    ///
    /// # Errors
    /// [`ElsewhereError::PlainFarAway`] when a password would travel to another machine in the clear,
    /// [`ElsewhereError::SocketEncrypted`] where encryption is asked for and PostgreSQL has none,
    /// [`ElsewhereError::BadPort`], [`ElsewhereError::BadDatabase`], [`ElsewhereError::BadUsername`], [`ElsewhereError::BadSchema`].
    pub fn new(
        host: HostName,
        port: u16,
        database: &str,
        schema: &str,
        username: &str,
        password: SecretString,
        encryption: Encryption,
    ) -> Result<Self, ElsewhereError> {
        check_encryption(&host, &encryption)?;
        let is_named = |text: &str| !text.trim().is_empty() && !text.contains('\0');
        if port == 0 {
            return Err(ElsewhereError::BadPort);
        }
        if !is_named(database) {
            return Err(ElsewhereError::BadDatabase);
        }
        if !is_named(username) {
            return Err(ElsewhereError::BadUsername);
        }
        let schema = schema_name(schema)?;
        let (database, username) = (database.to_owned(), username.to_owned());
        Ok(Self { host, port, database, schema, username, password, encryption })
    }
}

/// Whether a host can be asked so.
pub(crate) fn check_encryption(host: &HostName, encryption: &Encryption) -> Result<(), ElsewhereError> {
    match encryption {
        Encryption::Off if !host.is_this_machine() => Err(ElsewhereError::PlainFarAway),
        Encryption::System | Encryption::Authorities(_) if host.is_socket() => {
            Err(ElsewhereError::SocketEncrypted)
        }
        _ => Ok(()),
    }
}

/// The name of a schema in PostgreSQL, where no catalog stands before it.
pub(crate) fn schema_name(text: &str) -> Result<SchemaName, ElsewhereError> {
    match SchemaName::parse(text) {
        Ok(schema) if !text.contains('.') => Ok(schema),
        _ => Err(ElsewhereError::BadSchema),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_travel_in_the_clear() {
        for (host, encryption, error) in [
            ("db.example.org", Encryption::Off, Some(ElsewhereError::PlainFarAway)),
            ("192.0.2.7", Encryption::Off, Some(ElsewhereError::PlainFarAway)),
            ("localhost.example.org", Encryption::Off, Some(ElsewhereError::PlainFarAway)),
            ("localhost", Encryption::Off, None),
            ("127.0.0.1", Encryption::Off, None),
            ("::1", Encryption::Off, None),
            ("/run/postgresql", Encryption::Off, None),
            ("/run/postgresql", Encryption::System, Some(ElsewhereError::SocketEncrypted)),
            ("db.example.org", Encryption::System, None),
        ] {
            let host = HostName::parse(host).unwrap();
            let made = DatabaseConfig::new(
                host.clone(),
                5432,
                "cdm",
                "cdm",
                "analyst",
                SecretString::from("heron"),
                encryption,
            );
            assert_eq!(made.as_ref().err(), error.as_ref(), "{host}");
            assert!(!format!("{made:?}").contains("heron"));
        }
    }

    #[test]
    fn what_is_no_host_schema_or_certificate_is_refused() {
        for bad in ["", "a b", "db.example.org,other", "http://db", "db:5432", "-db", "/run/\u{7}"] {
            assert_eq!(HostName::parse(bad), Err(ElsewhereError::BadHost), "{bad}");
        }
        for bad in ["", "lake.cdm", "cdm; DROP TABLE person", "5cdm"] {
            assert_eq!(schema_name(bad), Err(ElsewhereError::BadSchema), "{bad}");
        }
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for bad in ["", "heron", key, broken] {
            assert_eq!(RootCertificates::parse(bad), Err(ElsewhereError::BadCertificates), "{bad}");
        }
    }
}
