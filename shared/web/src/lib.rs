//! What every HTTP route of every service has in common: problems, answers with effects, input that reports every
//! fault at once, paging and entity tags.

mod answer;
mod etag;
pub mod input;
mod listing;
mod page;
mod params;
mod principal;
mod problem;

pub use answer::{Answer, Body, CONTINUATION, DRY_RUN, Effects, is_dry_run};
pub use etag::{EntityTag, Precondition};
pub use input::{Fault, Faults, Object};
pub use listing::Listing;
pub use page::{Paging, list_answer};
pub use params::Params;
pub use principal::{Principal, RESOURCES, Scope, Scopes};
pub use problem::{Problem, ProblemKind};
