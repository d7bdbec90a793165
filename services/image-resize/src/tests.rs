mod handling;
mod openapi;
mod world;
