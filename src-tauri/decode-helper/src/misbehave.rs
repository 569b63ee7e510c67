//! Going wrong on purpose, so that tests see the fences hold. Absent from release builds.

use crate::protocol::{Misbehaviour, Refusal, RefusalCode};

/// Does what is told; returns only where the act was refused or had no effect.
pub fn misbehave(how: Misbehaviour) -> Refusal {
    let refused = match how {
        Misbehaviour::Abort => std::process::abort(),
        Misbehaviour::OverflowStack => overflow(1) == 0,
        Misbehaviour::Allocate => {
            let filled = vec![1_u8; 8 << 30];
            std::hint::black_box(&filled).is_empty()
        }
        Misbehaviour::Spin => loop {
            std::hint::spin_loop();
        },
        #[expect(clippy::panic, reason = "the panic is what the test asks for")]
        Misbehaviour::Panic => panic!("asked to"),
        Misbehaviour::OpenFile => std::fs::File::open("/etc/passwd").is_err(),
        Misbehaviour::Connect => std::net::UdpSocket::bind("127.0.0.1:0").is_err(),
        Misbehaviour::StartProgram => std::process::Command::new("/bin/true").spawn().is_err(),
    };
    let (code, reason) = match refused {
        true => (RefusalCode::Fenced, "a fence refused the act"),
        false => (RefusalCode::Internal, "no fence refused the act"),
    };
    Refusal { code, reason: reason.to_owned() }
}

#[expect(unconditional_recursion, reason = "the overflow is what the test asks for")]
fn overflow(depth: u64) -> u64 {
    let page = std::hint::black_box([depth; 512]);
    overflow(depth + 1) + page[1]
}
