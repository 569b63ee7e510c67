//! Staff and roles.

use std::sync::Arc;

use rustcare_model::reason::Reason;
use rustcare_vault::vault::DirectoryKey;
use rustcare_vault::{Role, table::setting};

use crate::access::sign_in::secret;
use crate::choke_point::{Call, Told};
use crate::contract::admin::{
    AddStaff, MatrixRow, OnePerson, PermissionMatrix, SetStaffRoles, Staff, StaffMember,
};
use crate::contract::{self, Empty};
use crate::problem::{Problem, ProblemCode};

fn directory_key(call: &Call<'_>) -> Result<DirectoryKey, Problem> {
    call.actor()?
        .directory_key
        .clone()
        .ok_or_else(|| Problem::new(ProblemCode::NotPermitted, Reason::AdministratorSinceSignIn))
}

pub fn list_staff(call: &mut Call<'_>, _: Empty) -> Result<Staff, Problem> {
    let header = call.vault()?.header();
    call.read(|t, _| {
        let mut staff = Vec::new();
        for s in header.directory.staff {
            let last_signed_in = setting::get(t, &format!("last_signed_in/{}", s.person))?;
            staff.push(StaffMember {
                person: s.person,
                display_name: s.display_name,
                roles: s.roles.to_vec(),
                active: s.active,
                custodian: s.custodian,
                last_signed_in,
            });
        }
        Ok(Staff { staff })
    })
}

pub fn add_staff(call: &mut Call<'_>, input: AddStaff) -> Result<Empty, Problem> {
    let key = directory_key(call)?;
    let person = input.person.trim().to_lowercase();
    let actor = Arc::clone(call.actor()?);
    call.together(&about(&person), |vault, together| {
        Ok(vault.add_staff(
            &key,
            actor.secrets.as_ref(),
            &person,
            input.display_name.trim(),
            &distinct(&input.roles),
            &secret(&input.passphrase),
            call.workstation.kdf(),
            together,
        )?)
    })?;
    Ok(Empty {})
}

pub fn disable_staff(call: &mut Call<'_>, input: OnePerson) -> Result<Empty, Problem> {
    let key = directory_key(call)?;
    call.together(&about(&input.person), |vault, together| {
        Ok(vault.disable_staff(&key, &input.person, together)?)
    })?;
    call.workstation.sessions.end_all_of(&input.person);
    Ok(Empty {})
}

pub fn set_staff_roles(call: &mut Call<'_>, input: SetStaffRoles) -> Result<Empty, Problem> {
    let key = directory_key(call)?;
    let actor = Arc::clone(call.actor()?);
    call.together(&about(&input.person), |vault, together| {
        let roles = distinct(&input.roles);
        Ok(vault.set_roles(&key, actor.secrets.as_ref(), &input.person, &roles, together)?)
    })?;
    // Roles are read at sign-in: an old session must not keep old rights. One's own goes on until the next sign-in.
    if call.actor()?.person != input.person {
        call.workstation.sessions.end_all_of(&input.person);
    }
    Ok(Empty {})
}

fn distinct(roles: &[Role]) -> Vec<Role> {
    Role::ALL.into_iter().filter(|r| roles.contains(r)).collect()
}

/// A person of the staff is no patient: the sign-in name may stand in the trail.
fn about(person: &str) -> Told {
    Told { subject: Some(format!("staff/{person}")), details: None }
}

pub fn permission_matrix(_: &mut Call<'_>, _: Empty) -> Result<PermissionMatrix, Problem> {
    let rows = contract::all()
        .map(|c| MatrixRow {
            use_case: c.name.to_owned(),
            room: c.room.to_owned(),
            title: c.title.to_owned(),
            allowed: Role::ALL.into_iter().filter(|r| contract::allows(c, *r)).collect(),
        })
        .collect();
    Ok(PermissionMatrix { roles: Role::ALL.to_vec(), rows })
}
