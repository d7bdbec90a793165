//! The bus's semantics against RabbitMQ: the one that the test starts, and those at `SWITCHBOARD_TEST_AMQP_URLS`
//! (separated by commas), which whoever runs the tests has started.

// Test code: an expectation that does not hold panics.
#![allow(clippy::expect_used)]

mod support;

use conformance::{
    Fixture,
    bus::{PARTITION_BOUND, REQUEST_BOUND},
};
use ports::Bus;
use rabbitmq::{Options, connect};
use std::{env, process::Command, sync::OnceLock};
use support::Broker;

/// Brokers to hold to the suite as well.
const MORE_BROKERS: &str = "SWITCHBOARD_TEST_AMQP_URLS";
/// The one broker of this run, in place of one that it starts.
const THE_BROKER: &str = "SWITCHBOARD_TEST_AMQP_URL";

fn options() -> Options {
    Options {
        partition_bound: PARTITION_BOUND,
        request_bound: REQUEST_BOUND,
        ..Options::default()
    }
}

async fn make() -> Fixture<dyn Bus> {
    let bus = match env::var(THE_BROKER) {
        Ok(url) => connect(&url, options()).await.expect("connected"),
        Err(_) => broker().bus(options()).await,
    };
    Fixture::new(bus, ())
}

/// One broker for all cases; it goes when this process, which its keeper listens to, has ended.
fn broker() -> &'static Broker {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    BROKER.get_or_init(Broker::start)
}

conformance::bus_suite!(make);

#[test]
fn the_brokers_that_the_environment_names_pass_the_suite_too() {
    let urls = env::var(MORE_BROKERS).unwrap_or_default();
    let this = env::current_exe().expect("this test");
    for (place, url) in urls.split(',').filter(|url| !url.is_empty()).enumerate() {
        let mut suite = Command::new(&this);
        suite.env_remove(MORE_BROKERS).env(THE_BROKER, url);
        let status = suite.status().expect("this test runs again");
        assert!(
            status.success(),
            "the suite fails on broker {place} of {MORE_BROKERS}"
        );
    }
}
