//! The one way from the window to the workstation.
//!
//! Instead of one hand-written command per use case there is one handler for all of them: the command's name is the use
//! case's, its arguments are the session's `token` and the `input`. Which names exist is settled before by the
//! permission layer (`build.rs`, `capabilities/main.json`); who may do what is settled after, in the workstation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rustcare_workstation::Reason;
use rustcare_workstation::{Problem, ProblemCode, Reply, Workstation};
use serde_json::Value;
use tauri::Wry;
use tauri::ipc::{Invoke, InvokeBody, InvokeResponseBody, Response};

/// The handler of every command. It returns at once; the use case runs on a thread for blocking work, never on the one
/// that draws the window.
pub fn handler(workstation: Arc<Workstation>) -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    move |invoke| {
        let workstation = Arc::clone(&workstation);
        tauri::async_runtime::spawn_blocking(move || {
            let answer = match Asked::of(&invoke) {
                Some(asked) => answer(&workstation, asked),
                None => Err(Problem::new(ProblemCode::InvalidInput, Reason::CallUnreadable)),
            };
            match answer {
                Ok(body) => invoke.resolver.resolve(Response::new(body)),
                Err(problem) => invoke.resolver.reject(problem),
            }
        });
        true
    }
}

/// A call as the window sent it.
struct Asked {
    name: String,
    token: Option<String>,
    input: Value,
}

impl Asked {
    fn of(invoke: &Invoke<Wry>) -> Option<Self> {
        let InvokeBody::Json(Value::Object(arguments)) = invoke.message.payload() else {
            return None;
        };
        let token = match arguments.get("token") {
            None | Some(Value::Null) => None,
            Some(Value::String(token)) => Some(token.clone()),
            Some(_) => return None,
        };
        let input = arguments.get("input").cloned().unwrap_or_else(|| Value::Object(serde_json::Map::new()));
        Some(Self { name: invoke.message.command().to_owned(), token, input })
    }
}

fn answer(workstation: &Arc<Workstation>, asked: Asked) -> Result<InvokeResponseBody, Problem> {
    let Asked { name, token, input } = asked;
    match catch_unwind(AssertUnwindSafe(|| workstation.call(&name, token.as_deref(), input))) {
        Ok(Ok(Reply::Json(value))) => Ok(InvokeResponseBody::Json(value.to_string())),
        Ok(Ok(Reply::Bytes(bytes))) => Ok(InvokeResponseBody::Raw(bytes)),
        Ok(Err(problem)) => Err(problem),
        Err(_) => Err(Problem::new(ProblemCode::Internal, Reason::ProgramFault)),
    }
}
