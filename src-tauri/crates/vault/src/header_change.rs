//! Changes of the header: certain with the transaction that holds their entry, and then in the file.
//!
//! The header is a file and its entry a row, so the two cannot be one write. The new header is made durable beside the
//! old one, then goes into the database *together with the entry*, and only then takes the old one's place. A crash
//! before the commit leaves nothing of both; a crash after it is made good at the next opening.

use std::fs;
use std::path::Path;

use rusqlite::Transaction;

use crate::error::{VaultError, VaultResult};
use crate::header::{FILE_NAME, VaultHeader, decode, encode, sync_folder, write_beside};
use crate::keys::{Key, RecordsKey, SecretsKey};
use crate::recovery::RecoveryKey;
use crate::sealing;
use crate::table::setting;
use crate::vault::{DirectoryKey, Vault};

/// Newest version of the staff directory, so that an older one that is put back is noticed.
const DIRECTORY_VERSION: &str = "directory_version";
/// The header that is certain and may not be in the file yet.
const COMING_HEADER: &str = "coming_header";

/// What commits together with a change of the header: its entry in the trail, a setting that goes with it.
pub type Together<'a> = &'a dyn Fn(&Transaction<'_>) -> VaultResult<()>;

impl Vault {
    /// Changes the header and runs `together` in the transaction that makes the change certain.
    pub(crate) fn change_header<T>(
        &self,
        together: Together<'_>,
        change: impl FnOnce(&mut VaultHeader) -> VaultResult<T>,
    ) -> VaultResult<T> {
        let _one = self.changing.lock();
        let mut next = self.header();
        let answer = change(&mut next)?;
        let text = next.to_text()?;
        let beside = write_beside(self.folder(), FILE_NAME, text.as_bytes())?;
        let certain = self.write(|t| {
            together(t)?;
            setting::put(t, DIRECTORY_VERSION, &next.directory.version.to_string())?;
            setting::put(t, COMING_HEADER, &text)
        });
        if let Err(refused) = certain {
            let _ = fs::remove_file(&beside);
            return Err(refused);
        }
        self.hold_header(next);
        // The change stands from here on: what goes wrong with the file now is made good at the next opening.
        if take_place(self.folder(), &beside).is_ok() {
            let _ = self.write(|t| setting::remove(t, COMING_HEADER));
        }
        Ok(answer)
    }

    /// Puts a header in its place that was certain when the program ended, and refuses an older staff directory.
    pub(crate) fn finish_header_change(&self) -> VaultResult<()> {
        let (coming, newest) = self.read(|t| {
            Ok::<_, VaultError>((setting::get(t, COMING_HEADER)?, setting::get(t, DIRECTORY_VERSION)?))
        })?;
        if let Some(text) = coming {
            let header = VaultHeader::from_text(&text)?;
            header.write(self.folder())?;
            self.hold_header(header);
            self.write(|t| setting::remove(t, COMING_HEADER))?;
        }
        let newest = newest.and_then(|v| v.parse::<u64>().ok());
        if newest.is_some_and(|version| self.header().directory.version < version) {
            return Err(VaultError::Damaged("an older staff directory was put back"));
        }
        Ok(())
    }

    /// Changes what the sign-in card shows.
    ///
    /// # Errors
    /// [`VaultError::Io`], whatever `together` returns.
    pub fn rename(&self, clinic_name: &str, language: &str, together: Together<'_>) -> VaultResult<()> {
        self.change_header(together, |header| {
            header.clinic_name = clinic_name.to_owned();
            header.language = language.to_owned();
            Ok(())
        })
    }

    /// Makes a new recovery key; the sheet that was printed before opens nothing any more.
    ///
    /// # Errors
    /// I/O, whatever `together` returns.
    pub fn renew_recovery(
        &self,
        by: &DirectoryKey,
        secrets: &SecretsKey,
        together: Together<'_>,
    ) -> VaultResult<RecoveryKey> {
        let recovery = RecoveryKey::random()?;
        self.change_header(together, |header| {
            header.recovery_slot = recovery_slot(header, &recovery, &self.records, secrets, by)?;
            Ok(())
        })?;
        Ok(recovery)
    }
}

fn take_place(folder: &Path, beside: &Path) -> VaultResult<()> {
    fs::rename(beside, folder.join(FILE_NAME)).map_err(VaultError::io("rename the header"))?;
    sync_folder(folder)
}

/// Both vault keys and the directory key, sealed under the printed words.
pub(crate) fn recovery_slot(
    header: &VaultHeader,
    recovery: &RecoveryKey,
    records: &RecordsKey,
    secrets: &SecretsKey,
    directory: &DirectoryKey,
) -> VaultResult<String> {
    let all = [records.0.as_bytes().as_slice(), secrets.0.as_bytes(), directory.0.as_bytes()].concat();
    let all = zeroize::Zeroizing::new(all);
    Ok(encode(&sealing::seal(&recovery.sealing_key(), &header.binding("-", "recovery"), &all)?))
}

/// The three keys that the printed words open.
///
/// # Errors
/// [`VaultError::WrongRecoveryWords`] for the words of another vault or of an older sheet.
pub(crate) fn open_recovery_slot(
    header: &VaultHeader,
    recovery: &RecoveryKey,
) -> VaultResult<(RecordsKey, SecretsKey, DirectoryKey)> {
    let slot = decode(&header.recovery_slot)?;
    let all = sealing::open(&recovery.sealing_key(), &header.binding("-", "recovery"), &slot)
        .map_err(|_| VaultError::WrongRecoveryWords)?;
    let key = |at: usize| Key::from_slice(all.get(at * 32..at * 32 + 32).unwrap_or(&[]));
    Ok((RecordsKey(key(0)?), SecretsKey(key(1)?), DirectoryKey(key(2)?)))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::header::Role;
    use crate::kdf::KdfParameters;
    use crate::vault::{NewVault, Unlocked};

    const PASSPHRASE: &str = "velvet otter cold tram";

    fn made(folder: &Path) -> Unlocked {
        made_with_sheet(folder).0
    }

    fn made_with_sheet(folder: &Path) -> (Unlocked, RecoveryKey) {
        let new = NewVault {
            clinic_name: "Riverside".into(),
            language: "en".into(),
            practice: false,
            person: "amina".into(),
            display_name: "Amina".into(),
            roles: vec![Role::Administrator],
            passphrase: SecretString::from(PASSPHRASE),
            kdf: KdfParameters::STANDARD,
        };
        let (unlocked, sheet) = Vault::create(folder, new).unwrap();
        let key = unlocked.directory_key.clone().unwrap();
        let other = SecretString::from("quiet harbour lamp stone");
        unlocked
            .vault
            .add_staff(&key, None, "tom", "Tom", &[Role::Nurse], &other, KdfParameters::STANDARD, &|_| Ok(()))
            .unwrap();
        (unlocked, sheet)
    }

    /// As a crash between commit and rename leaves it: the header of `before`, and what came after in the database.
    fn cut_off(folder: &Path, unlocked: Unlocked, before: &[u8]) -> String {
        let after = fs::read_to_string(folder.join(FILE_NAME)).unwrap();
        unlocked.vault.write(|t| setting::put(t, COMING_HEADER, &after)).unwrap();
        drop(unlocked);
        fs::write(folder.join(FILE_NAME), before).unwrap();
        after
    }

    fn unlock(folder: &Path, person: &str, passphrase: &str) -> VaultResult<Unlocked> {
        Vault::unlock(folder, person, &SecretString::from(passphrase))
    }

    #[test]
    fn a_change_whose_entry_does_not_commit_is_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let unlocked = made(folder.path());
        let key = unlocked.directory_key.clone().unwrap();
        let refused = unlocked.vault.disable_staff(&key, "tom", &|_| Err(VaultError::Full));
        assert!(matches!(refused, Err(VaultError::Full)));
        assert!(unlocked.vault.header().active("tom").is_some());
        assert!(!folder.path().join(".vault.toml.new").exists());
        drop(unlocked);
        assert!(unlock(folder.path(), "tom", "quiet harbour lamp stone").is_ok());
    }

    #[test]
    fn a_change_that_was_certain_when_the_power_went_is_made_good_at_the_next_opening() {
        let folder = tempfile::tempdir().unwrap();
        let unlocked = made(folder.path());
        let key = unlocked.directory_key.clone().unwrap();
        let before = fs::read(folder.path().join(FILE_NAME)).unwrap();
        unlocked.vault.disable_staff(&key, "tom", &|_| Ok(())).unwrap();
        let after = cut_off(folder.path(), unlocked, &before);

        // Even the person whose keys were taken away opens the vault with the old file, and gets nothing.
        let gone = unlock(folder.path(), "tom", "quiet harbour lamp stone");
        assert!(matches!(gone, Err(VaultError::WrongPassphrase)));
        assert_eq!(fs::read_to_string(folder.path().join(FILE_NAME)).unwrap(), after);
        let again = unlock(folder.path(), "amina", PASSPHRASE).unwrap();
        assert!(again.vault.header().active("tom").is_none());
        let coming = again.vault.read(|t| setting::get(t, COMING_HEADER)).unwrap();
        assert_eq!(coming, None);
    }

    fn recover(folder: &Path, sheet: &RecoveryKey, person: &str) -> VaultResult<Unlocked> {
        let (words, new) = (sheet.words().unwrap().join(" "), SecretString::from("copper meadow slow piano"));
        Vault::recover(folder, &words, person, &new, KdfParameters::STANDARD, &|_| Ok(()))
    }

    #[test]
    fn recovery_gives_the_roles_of_a_change_that_was_on_its_way_and_nothing_to_who_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (unlocked, sheet) = made_with_sheet(folder.path());
        let (key, secrets) = (unlocked.directory_key.clone().unwrap(), unlocked.secrets.clone());
        let before = fs::read(folder.path().join(FILE_NAME)).unwrap();
        unlocked.vault.set_roles(&key, secrets.as_ref(), "tom", &[Role::FrontDesk], &|_| Ok(())).unwrap();
        cut_off(folder.path(), unlocked, &before);
        let tom = recover(folder.path(), &sheet, "tom").unwrap();
        assert_eq!(tom.staff.roles.as_slice(), [Role::FrontDesk]);
        assert!(tom.secrets.is_some());
        let before = fs::read(folder.path().join(FILE_NAME)).unwrap();
        tom.vault.disable_staff(&key, "tom", &|_| Ok(())).unwrap();
        cut_off(folder.path(), tom, &before);
        assert!(matches!(recover(folder.path(), &sheet, "tom"), Err(VaultError::NoSuchPerson)));
    }

    #[test]
    fn an_older_sheet_opens_nothing_while_the_new_one_is_on_its_way() {
        let folder = tempfile::tempdir().unwrap();
        let (unlocked, old) = made_with_sheet(folder.path());
        let (key, secrets) = (unlocked.directory_key.clone().unwrap(), unlocked.secrets.clone().unwrap());
        let before = fs::read(folder.path().join(FILE_NAME)).unwrap();
        let new = unlocked.vault.renew_recovery(&key, &secrets, &|_| Ok(())).unwrap();
        cut_off(folder.path(), unlocked, &before);
        assert!(matches!(recover(folder.path(), &old, "amina"), Err(VaultError::WrongRecoveryWords)));
        assert!(recover(folder.path(), &new, "amina").is_ok());
    }
}
