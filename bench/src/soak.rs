//! Disturbances under load, one after another, and an account of what was promised meanwhile.

mod account;
mod caller;
mod compose;
mod contact;
mod deliveries;
mod disturbance;
mod ledger;
mod load;
mod log;
mod outage;
mod own;
mod run;
mod settling;
mod site;
mod tenant;

pub use compose::Compose;
pub use load::Pace;
pub use own::Own;
pub use run::{Plan, run};
