//! The pool outlives its helpers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "this is a test; only its helpers fall outside the lint's exemption"
)]

mod helper_program;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use helper_program::builder::FileBuilder;
use helper_program::pool;
use rustcare_imaging::pool::{DecodeError, DecodePool, PoolSettings};
use rustcare_imaging::{Display, RefusalCode};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn a_file_is_described_decoded_and_rendered() {
    let pool = pool(2, LIMIT);
    let file = FileBuilder::new().build();
    let described = pool.describe(&file).unwrap();
    assert_eq!(described.patient.name.as_deref(), Some("Canary^Patient"));
    assert_eq!(described.display, Display::Yes);
    let frame = pool.frame(&file, 0).unwrap();
    assert_eq!((frame.header().rows, frame.header().columns), (3, 4));
    assert_eq!((frame.header().minimum, frame.header().maximum), (0, 1100));
    let expected: Vec<u8> = (0..12_u16).flat_map(|value| (value * 100).to_le_bytes()).collect();
    assert_eq!(frame.pixels(), expected);
    assert!(pool.thumbnail(&file, 0).unwrap().starts_with(b"\x89PNG"));
    let absent = pool.frame(&file, 1);
    assert!(matches!(absent, Err(DecodeError::Refused(refusal)) if refusal.code == RefusalCode::NoSuchFrame));
}

#[test]
fn requests_of_many_threads_are_served() {
    let pool = pool(2, LIMIT);
    let file = FileBuilder::new().build();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    pool.frame(&file, 0).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_program_that_is_no_helper_is_told() {
    for program in ["/bin/true", "/no/such/program"] {
        let settings =
            PoolSettings { time_limit: Duration::from_secs(2), ..PoolSettings::new(PathBuf::from(program)) };
        assert!(matches!(DecodePool::new(settings), Err(DecodeError::Start(_))), "{program}");
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_helper_that_goes_wrong_costs_one_request_and_less_than_a_second() {
    use rustcare_decode_helper::protocol::Misbehaviour;

    let limit = Duration::from_millis(700);
    let pool = pool(1, limit);
    let file = FileBuilder::new().build();
    let cases = [
        Misbehaviour::Spin,
        Misbehaviour::Allocate,
        Misbehaviour::OverflowStack,
        Misbehaviour::Abort,
        Misbehaviour::Panic,
    ];
    for how in cases {
        let outcome = pool.misbehave(how);
        match how {
            Misbehaviour::Spin => assert!(matches!(outcome, Err(DecodeError::TimedOut)), "{outcome:?}"),
            Misbehaviour::Panic => assert!(matches!(outcome, Err(DecodeError::Refused(_))), "{outcome:?}"),
            _ => assert!(matches!(outcome, Err(DecodeError::Died)), "{how:?}: {outcome:?}"),
        }
        let began = Instant::now();
        pool.describe(&file).unwrap();
        println!("{how:?}: next request after {:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(1));
    }
}
