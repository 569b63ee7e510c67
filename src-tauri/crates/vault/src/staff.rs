//! Members of staff: proved, added, disabled, given other roles; each person's slot and sealed keys.

use std::path::Path;

use jiff::Timestamp;
use rustcare_model::reason::Reason;
use secrecy::SecretString;

use crate::error::{VaultError, VaultResult};
use crate::header::{PassphraseSlot, Role, StaffEntry, VaultHeader, decode, decode_exact, encode};
use crate::header_change::Together;
use crate::kdf::{self, KdfParameters};
use crate::keys::{Key, RecordsKey, SecretsKey};
use crate::sealing::{self, KeyPair};
use crate::throttle;
use crate::vault::{DirectoryKey, Vault};

impl Vault {
    /// Adds a member of staff.
    ///
    /// # Errors
    /// [`VaultError::NameTaken`], [`VaultError::WeakPassphrase`], [`VaultError::NotCustodian`] when the new roles see
    /// secrets and the administrator holds no secrets key.
    #[allow(clippy::too_many_arguments)] // the parts of one staff record; a struct would only rename them
    pub fn add_staff(
        &self,
        by: &DirectoryKey,
        secrets: Option<&SecretsKey>,
        person: &str,
        display_name: &str,
        roles: &[Role],
        passphrase: &SecretString,
        kdf: KdfParameters,
        together: Together<'_>,
    ) -> VaultResult<()> {
        kdf::check_new_passphrase(passphrase, person)?;
        check_person_name(person)?;
        let needs_secrets = roles.iter().any(|r| r.sees_secrets());
        if needs_secrets && secrets.is_none() {
            return Err(VaultError::NotCustodian);
        }
        self.change_header(together, |header| {
            if header.directory.staff.iter().any(|s| s.person == person) {
                return Err(VaultError::NameTaken);
            }
            // A custodian who is administrator can seal both keys on; others get what their roles see.
            let custodian = roles.contains(&Role::Administrator) && secrets.is_some();
            let keys = StaffKeys {
                records: &self.records,
                secrets: if needs_secrets || custodian { secrets } else { None },
                directory: roles.contains(&Role::Administrator).then_some(by),
            };
            add_entry(header, person, display_name, roles, custodian, &keys, passphrase, kdf)?;
            header.sign_directory(&by.signing());
            Ok(())
        })
    }

    /// Takes a person's keys away. The entry stays, so that the trail's names stay explained.
    ///
    /// # Errors
    /// [`VaultError::NoSuchPerson`], [`VaultError::LastOfKind`].
    pub fn disable_staff(&self, by: &DirectoryKey, person: &str, together: Together<'_>) -> VaultResult<()> {
        self.change_header(together, |header| {
            refuse_if_last(header, person, true, true)?;
            let entry = header
                .directory
                .staff
                .iter_mut()
                .find(|s| s.active && s.person == person)
                .ok_or(VaultError::NoSuchPerson)?;
            entry.active = false;
            entry.custodian = false;
            entry.sealed_records_key.clear();
            entry.sealed_secrets_key = None;
            entry.sealed_directory_key = None;
            header.slots.retain(|s| s.person != person);
            header.sign_directory(&by.signing());
            Ok(())
        })
    }

    /// Gives a person other roles, sealing or taking keys as they need.
    ///
    /// # Errors
    /// [`VaultError::NoSuchPerson`], [`VaultError::LastOfKind`], [`VaultError::NotCustodian`].
    pub fn set_roles(
        &self,
        by: &DirectoryKey,
        secrets: Option<&SecretsKey>,
        person: &str,
        roles: &[Role],
        together: Together<'_>,
    ) -> VaultResult<()> {
        self.change_header(together, |header| {
            let administrator = roles.contains(&Role::Administrator);
            if !administrator {
                refuse_if_last(header, person, true, true)?;
            }
            let binding = |what: &str| header.binding(person, what);
            let (secrets_binding, directory_binding) = (binding("secrets"), binding("directory"));
            let entry = header
                .directory
                .staff
                .iter_mut()
                .find(|s| s.active && s.person == person)
                .ok_or(VaultError::NoSuchPerson)?;
            let public: [u8; 32] = decode_exact(&entry.public_key)?;
            entry.roles = roles.iter().copied().collect();
            entry.custodian = administrator && (entry.custodian || secrets.is_some());
            if entry.custodian || roles.iter().any(|r| r.sees_secrets()) {
                if entry.sealed_secrets_key.is_none() {
                    let secrets = secrets.ok_or(VaultError::NotCustodian)?;
                    let sealed = sealing::seal_to(&public, &secrets_binding, secrets.0.as_bytes())?;
                    entry.sealed_secrets_key = Some(encode(&sealed));
                }
            } else {
                entry.sealed_secrets_key = None;
            }
            entry.sealed_directory_key = if administrator {
                Some(encode(&sealing::seal_to(&public, &directory_binding, by.0.as_bytes())?))
            } else {
                None
            };
            header.sign_directory(&by.signing());
            Ok(())
        })
    }

    /// Changes a person's own passphrase: one slot is written again, nothing is re-encrypted.
    ///
    /// # Errors
    /// [`VaultError::WrongPassphrase`], [`VaultError::WeakPassphrase`], [`VaultError::Throttled`].
    pub fn change_passphrase(
        &self,
        person: &str,
        old: &SecretString,
        new: &SecretString,
        kdf: KdfParameters,
        together: Together<'_>,
    ) -> VaultResult<()> {
        kdf::check_new_passphrase(new, person)?;
        let header = self.header();
        let seed = prove(self.folder(), &header, person, old)?.seed;
        self.change_header(together, |header| {
            let public = header.active(person).ok_or(VaultError::NoSuchPerson)?.public_key.clone();
            let slot = make_slot(header, person, &public, &seed, new, kdf)?;
            header.slots.retain(|s| s.person != person);
            header.slots.push(slot);
            Ok(())
        })
    }
}

pub(crate) struct StaffKeys<'a> {
    pub records: &'a RecordsKey,
    pub secrets: Option<&'a SecretsKey>,
    pub directory: Option<&'a DirectoryKey>,
}

pub(crate) struct Proved {
    pub staff: StaffEntry,
    pub seed: Key,
    pub records: RecordsKey,
    pub secrets: Option<SecretsKey>,
    pub directory: Option<DirectoryKey>,
}

/// Proves a passphrase. Unknown, disabled and wrong take the same time and get the same answer.
pub(crate) fn prove(
    folder: &Path,
    header: &VaultHeader,
    person: &str,
    passphrase: &SecretString,
) -> VaultResult<Proved> {
    let now = Timestamp::now();
    let entry = header.active(person);
    // Names that are nobody's share one count, so that guessing names does not fill the disk.
    let counted = if entry.is_some() { person } else { throttle::NOBODY };
    throttle::check(folder, counted, now)?;
    let slot = header.slot(person);
    let (salt, kdf) = match slot {
        Some(slot) => (decode_exact(&slot.salt)?, slot.kdf),
        None => ([0; 16], header.slots.first().map_or(KdfParameters::STANDARD, |s| s.kdf)),
    };
    let key = kdf::derive(passphrase, &salt, kdf)?;
    let opened = match (entry, slot) {
        (Some(entry), Some(slot)) => {
            let binding = header.binding(person, &entry.public_key);
            sealing::open(&key, &binding, &decode(&slot.sealed_seed)?).ok().map(|seed| (entry, seed))
        }
        _ => None,
    };
    let Some((entry, seed)) = opened else {
        throttle::count_failure(folder, counted, now)?;
        return Err(VaultError::WrongPassphrase);
    };
    throttle::forget(folder, person)?;
    let seed = Key::from_slice(&seed)?;
    let pair = KeyPair::from_seed(&seed);
    let open = |sealed: &str, what: &str| {
        Key::from_slice(&pair.open(&header.binding(person, what), &decode(sealed)?)?)
    };
    Ok(Proved {
        records: RecordsKey(open(&entry.sealed_records_key, "records")?),
        secrets: entry
            .sealed_secrets_key
            .as_deref()
            .map(|s| open(s, "secrets").map(SecretsKey))
            .transpose()?,
        directory: entry
            .sealed_directory_key
            .as_deref()
            .map(|s| open(s, "directory").map(DirectoryKey))
            .transpose()?,
        staff: entry.clone(),
        seed,
    })
}

#[allow(clippy::too_many_arguments)] // the parts of one staff record
pub(crate) fn add_entry(
    header: &mut VaultHeader,
    person: &str,
    display_name: &str,
    roles: &[Role],
    custodian: bool,
    keys: &StaffKeys<'_>,
    passphrase: &SecretString,
    kdf: KdfParameters,
) -> VaultResult<StaffEntry> {
    let seed = Key::random()?;
    let public = KeyPair::from_seed(&seed).public();
    let seal = |key: &Key, what: &str| {
        sealing::seal_to(&public, &header.binding(person, what), key.as_bytes()).map(|s| encode(&s))
    };
    let entry = StaffEntry {
        person: person.to_owned(),
        display_name: display_name.to_owned(),
        roles: roles.iter().copied().collect(),
        custodian,
        active: true,
        public_key: encode(&public),
        sealed_records_key: seal(&keys.records.0, "records")?,
        sealed_secrets_key: keys.secrets.map(|k| seal(&k.0, "secrets")).transpose()?,
        sealed_directory_key: keys.directory.map(|k| seal(&k.0, "directory")).transpose()?,
    };
    let slot = make_slot(header, person, &entry.public_key, &seed, passphrase, kdf)?;
    header.slots.push(slot);
    header.directory.staff.push(entry.clone());
    Ok(entry)
}

fn make_slot(
    header: &VaultHeader,
    person: &str,
    public: &str,
    seed: &Key,
    passphrase: &SecretString,
    kdf: KdfParameters,
) -> VaultResult<PassphraseSlot> {
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|_| VaultError::Damaged("no random numbers from the system"))?;
    let key = kdf::derive(passphrase, &salt, kdf)?;
    let sealed = sealing::seal(&key, &header.binding(person, public), seed.as_bytes())?;
    Ok(PassphraseSlot { person: person.to_owned(), kdf, salt: encode(&salt), sealed_seed: encode(&sealed) })
}

fn refuse_if_last(
    header: &VaultHeader,
    person: &str,
    administrator: bool,
    custodian: bool,
) -> VaultResult<()> {
    let others = |has: fn(&StaffEntry) -> bool| {
        header.directory.staff.iter().any(|s| s.active && s.person != person && has(s))
    };
    let own = header.active(person).ok_or(VaultError::NoSuchPerson)?;
    if administrator
        && own.roles.contains(&Role::Administrator)
        && !others(|s| s.roles.contains(&Role::Administrator))
    {
        return Err(VaultError::LastOfKind("administrator"));
    }
    if custodian && own.custodian && !others(|s| s.custodian) {
        return Err(VaultError::LastOfKind("key custodian"));
    }
    Ok(())
}

pub(crate) fn check_person_name(person: &str) -> VaultResult<()> {
    let fits = (2..=40).contains(&person.len())
        && person.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b));
    if fits { Ok(()) } else { Err(VaultError::WeakPassphrase(Reason::SignInNameForm)) }
}
