mod attempts;
mod handling;
mod openapi;
mod remakes;
mod renders;
mod studio;
mod world;

pub use world::{World, id, picture};
