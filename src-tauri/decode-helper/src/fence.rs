//! The fences that the helper puts around itself before it reads its first request.
//!
//! Each is raised as far as the system allows, and [`raise`] tells which stand: resource limits on every Unix, Landlock
//! and seccomp on Linux. The parent adds what a process cannot do to itself: the limit of wall-clock time.

use crate::protocol::Fences;

/// Raises every fence that this system has. Nothing can be opened afterwards; standard input and output stay usable.
pub fn raise() -> Fences {
    // In this order: Landlock needs a file descriptor, and the filter refuses every other fence's calls.
    let file_system = linux::close_file_system();
    let (memory, cpu_time, files) = (limits::memory(), limits::cpu_time(), limits::files());
    Fences { memory, cpu_time, files, file_system, system_calls: linux::filter_system_calls() }
}

#[cfg(unix)]
mod limits {
    use rlimit::{Resource, setrlimit};

    use crate::protocol::{ADDRESS_SPACE_BYTES, CPU_SECONDS};

    pub(super) fn memory() -> bool {
        limited(Resource::AS, ADDRESS_SPACE_BYTES)
    }

    pub(super) fn cpu_time() -> bool {
        limited(Resource::CPU, CPU_SECONDS)
    }

    /// Nothing can be written, no core dump is left, and only input, output and error output stay open.
    pub(super) fn files() -> bool {
        let limits = [(Resource::FSIZE, 0), (Resource::CORE, 0), (Resource::NOFILE, 3)];
        limits.map(|(resource, limit)| limited(resource, limit)).into_iter().all(|stands| stands)
    }

    fn limited(resource: Resource, limit: u64) -> bool {
        setrlimit(resource, limit, limit).is_ok()
    }
}

#[cfg(not(unix))]
mod limits {
    pub(super) fn memory() -> bool {
        false
    }

    pub(super) fn cpu_time() -> bool {
        false
    }

    pub(super) fn files() -> bool {
        false
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::collections::BTreeMap;

    use landlock::{
        ABI, Access, AccessFs, AccessNet, RestrictionStatus, Ruleset, RulesetAttr, RulesetError,
        RulesetStatus, Scope,
    };
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};

    /// No rule is added, so that nothing of what the kernel can handle is allowed.
    pub(super) fn close_file_system() -> bool {
        let restrict = || -> Result<RestrictionStatus, RulesetError> {
            Ruleset::default()
                .handle_access(AccessFs::from_all(ABI::V6))?
                .handle_access(AccessNet::from_all(ABI::V6))?
                .scope(Scope::from_all(ABI::V6))?
                .create()?
                .restrict_self()
        };
        restrict().is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
    }

    /// Lets through only what computing and two open pipes need; everything else fails with "not permitted".
    pub(super) fn filter_system_calls() -> bool {
        load_filter().is_some()
    }

    fn load_filter() -> Option<()> {
        let rules: BTreeMap<_, _> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let architecture = std::env::consts::ARCH.try_into().ok()?;
        let filter = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture).ok()?;
        let program: BpfProgram = filter.try_into().ok()?;
        seccompiler::apply_filter(&program).ok()
    }

    const ALLOWED: &[i64] = &[
        // the two pipes
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_lseek,
        libc::SYS_ppoll,
        // memory
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        // time, randomness for hash tables, locks within the process
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_futex,
        libc::SYS_sched_yield,
        libc::SYS_sched_getaffinity,
        // ending, by itself or by a signal
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_restart_syscall,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_tgkill,
    ];
}

#[cfg(not(target_os = "linux"))]
mod linux {
    pub(super) fn close_file_system() -> bool {
        false
    }

    pub(super) fn filter_system_calls() -> bool {
        false
    }
}
