//! What bringing in, linking and looking at images does.

pub mod frame;
pub mod import;
pub mod sink;
pub mod study;

use std::sync::Arc;

use rustcare_imaging::pool::{DecodeError, DecodePool, PoolSettings};
use rustcare_model::reason::Reason;

use crate::problem::{Problem, ProblemCode};
use crate::workstation::Workstation;

impl Workstation {
    /// The warm decoders, started when the first image is touched.
    pub(crate) fn decode_pool(&self) -> Result<Arc<DecodePool>, Problem> {
        let mut held = self.decoders.lock();
        if let Some(pool) = held.as_ref() {
            return Ok(Arc::clone(pool));
        }
        let pool =
            DecodePool::new(PoolSettings::new(self.host.decode_helper())).map(Arc::new).map_err(|error| {
                Problem::new(ProblemCode::Internal, Reason::DecoderNotStarting).because(error.to_string())
            })?;
        *held = Some(Arc::clone(&pool));
        Ok(pool)
    }
}

/// What the window is told of a picture that cannot be shown.
pub(crate) fn undecodable(error: &DecodeError) -> Problem {
    Problem::new(ProblemCode::UnreadableFile, Reason::PictureNotShown).because(error.to_string())
}
