//! The meaning of the ports, held against the embedded adapters.

#![allow(clippy::expect_used)] // in the helpers of tests, too

use conformance::Fixture;
use embedded::{Embedded, Options, open_with};
use ports::{Bus, Store};
use std::sync::Arc;
use tempfile::TempDir;

fn fresh() -> (TempDir, Embedded) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let options = Options {
        outbox_quota: conformance::store::OUTBOX_QUOTA,
        partition_bound: conformance::bus::PARTITION_BOUND as usize,
        ..Options::default()
    };
    let opened = open_with(folder.path(), options).expect("a fresh data folder opens");
    (folder, opened)
}

async fn make_store() -> Fixture<dyn Store> {
    let (folder, opened) = fresh();
    let store: Arc<dyn Store> = opened.store;
    Fixture::new(store, folder)
}

async fn make_bus() -> Fixture<dyn Bus> {
    let (folder, opened) = fresh();
    let bus: Arc<dyn Bus> = opened.bus;
    Fixture::new(bus, folder)
}

mod store {
    conformance::store_suite!(super::make_store);
}

mod bus {
    conformance::bus_suite!(super::make_bus);
}
