mod attempts;
mod handling;
mod openapi;
mod remakes;
mod renders;
mod world;
