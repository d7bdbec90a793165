mod attempts;
mod handling;
mod openapi;
mod remakes;
mod renders;
mod world;

pub use world::picture;
