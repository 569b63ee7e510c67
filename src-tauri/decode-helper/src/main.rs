//! `rustcare-decode-helper`: reads requests on standard input, answers on standard output, and can do nothing else.
//!
//! It is started by the core (crate `rustcare-imaging`) and is of no use by hand.

use std::io::{stdin, stdout};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use rustcare_decode_helper::answer::answer;
use rustcare_decode_helper::fence;
use rustcare_decode_helper::framing::{FramingError, read_message, write_message};
use rustcare_decode_helper::protocol::{
    Hello, MAX_FILE_BYTES, PROTOCOL_VERSION, Refusal, RefusalCode, Reply, Request,
};

fn main() -> ExitCode {
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global();
    if alone.is_err() {
        return ExitCode::FAILURE;
    }
    let fences = fence::raise();
    // A panic's own message could hold a value of the file.
    std::panic::set_hook(Box::new(|_| {}));
    match serve(&Hello { protocol: PROTOCOL_VERSION, fences }) {
        Ok(()) | Err(FramingError::Closed) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(hello: &Hello) -> Result<(), FramingError> {
    let (mut requests, mut replies) = (stdin().lock(), stdout().lock());
    write_message(&mut replies, hello, &[])?;
    loop {
        let (request, file) = read_message::<Request>(&mut requests, MAX_FILE_BYTES)?;
        let (reply, body) = catch_unwind(AssertUnwindSafe(|| answer(&request, &file))).unwrap_or_else(|_| {
            let reason = "the file could not be read: the decoder failed on it".to_owned();
            (Reply::Refused(Refusal { code: RefusalCode::Internal, reason }), Vec::new())
        });
        write_message(&mut replies, &reply, &body)?;
    }
}
