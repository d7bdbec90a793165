//! What happens when the broker is killed, refuses, or takes a queue away.

// Test code: an expectation that does not hold panics.
#![allow(clippy::expect_used)]

mod support;

use bytes::Bytes;
use conformance::{PATIENCE, eventually, unique, within};
use ports::{
    Bus, Kind,
    bus::{Delivery, Intake, ServiceQueue},
};
use rabbitmq::{Options, RabbitBus};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use support::{Broker, delete_queue, put, ready_messages};
use tokio::task::JoinHandle;

const TTL: Duration = Duration::from_secs(10);
/// A killed broker needs a while to be there again.
const RESTART: Duration = Duration::from_secs(90);

fn body(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Answers every request with its own body.
async fn echo(bus: &RabbitBus, queue: &ServiceQueue) {
    let mut requests = bus.serve(queue, 8).await.expect("served");
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let body = request.body.clone();
            request.reply.send(body);
        }
    });
}

fn service() -> ServiceQueue {
    ServiceQueue {
        service: unique("service"),
        version: "1".to_owned(),
    }
}

/// Publishes numbers in order, three to a call, each again until it is confirmed.
fn publisher(bus: Arc<RabbitBus>, group: String, confirmed: Arc<AtomicU32>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let first = confirmed.load(Ordering::SeqCst);
            let messages = (first..first + 3).map(|it| body(&it.to_string()));
            match bus.publish(&group, 0, messages.collect()).await {
                Ok(()) => confirmed.store(first + 3, Ordering::SeqCst),
                Err(error) => assert!(error.retryable(), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    })
}

async fn number(deliveries: &mut Intake<Delivery>) -> u32 {
    let delivery = deliveries.next().await.expect("the intake is open");
    let number = std::str::from_utf8(&delivery.body).expect("text").parse();
    delivery.ack.done();
    number.expect("a number")
}

async fn reaches(confirmed: &AtomicU32, count: u32) {
    eventually(RESTART, "messages are confirmed", async || {
        (confirmed.load(Ordering::SeqCst) >= count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_every_confirmed_message_arrives_and_calls_work_again() {
    let broker = Broker::start();
    let bus = broker.bus(Options::default()).await;
    let (group, queue, held) = (unique("group"), service(), service());
    bus.declare_group(&group, 2).await.expect("declared");
    echo(&bus, &queue).await;
    let mut holding = bus.serve(&held, 1).await.expect("served");
    let mut bounded = bus.subscribe(&group, 1, 3).await.expect("subscribed");
    let mut deliveries = bus.subscribe(&group, 0, 50).await.expect("subscribed");
    let confirmed = Arc::new(AtomicU32::new(0));
    let publishing = publisher(bus.clone(), group.clone(), confirmed.clone());
    let consuming = tokio::spawn(async move {
        let mut seen = BTreeSet::new();
        loop {
            seen.insert(number(&mut deliveries).await);
            if seen.len() == 3_000 {
                return seen;
            }
        }
    });
    let in_flight = tokio::spawn({
        let (bus, held) = (bus.clone(), held.clone());
        async move { (bus.call(&held, body("held"), RESTART).await, Instant::now()) }
    });
    let request = within("the request arrives", holding.next()).await;
    reaches(&confirmed, 600).await;

    let killed = Instant::now();
    broker.slay();
    let (outcome, failed) = within("the call fails", in_flight).await.expect("no panic");
    assert_eq!(outcome.expect_err("no broker").kind(), Kind::Unavailable);
    assert!(failed - killed < TTL, "the caller was kept waiting");
    drop(request);
    broker.start_again();

    reaches(&confirmed, 3_000).await;
    publishing.abort();
    let seen = within("everything confirmed arrives", consuming)
        .await
        .expect("no panic");
    assert_eq!(seen, (0..3_000).collect());
    eventually(RESTART, "calls work again", async || {
        bus.call(&queue, body("again"), TTL).await.ok()
    })
    .await;
    prefetch_is_still_bounded(&broker, &bus, &group, &mut bounded).await;
    bus.close().await;
}

#[test]
fn a_reply_outlives_the_thread_that_sent_it() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let broker = Broker::start();
    let bus = runtime.block_on(broker.bus(Options::default()));
    let queue = service();
    let mut requests = runtime.block_on(bus.serve(&queue, 1)).expect("served");
    for round in ["first", "second"] {
        let call = runtime.spawn({
            let (bus, queue) = (bus.clone(), queue.clone());
            async move { bus.call(&queue, body(round), TTL).await }
        });
        let request = runtime.block_on(requests.next()).expect("a request");
        // A thread without a runtime.
        let answering = std::thread::spawn(move || request.reply.send(request.body));
        answering.join().expect("no panic");
        let answer = runtime.block_on(call).expect("no panic");
        assert_eq!(answer.expect("answered"), round);
    }
    runtime.block_on(bus.close());
}

async fn prefetch_is_still_bounded(
    broker: &Broker,
    bus: &RabbitBus,
    group: &str,
    bounded: &mut Intake<Delivery>,
) {
    let messages = (0..20).map(|it| body(&it.to_string())).collect();
    bus.publish(group, 1, messages).await.expect("published");
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(within("as much as the prefetch", bounded.next()).await);
    }
    let (_connection, channel) = broker.channel().await;
    let queue = format!("sb.ev.{group}.1");
    eventually(PATIENCE, "the rest waits in the broker", async || {
        (ready_messages(&channel, &queue).await == 17).then_some(())
    })
    .await;
    assert!(
        bounded.receiver.try_recv().is_err(),
        "more than the prefetch"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_under_its_users_is_made_again() {
    let broker = Broker::start();
    let bus = broker.bus(Options::default()).await;
    let (group, queue) = (unique("group"), service());
    bus.declare_group(&group, 2).await.expect("declared");
    echo(&bus, &queue).await;
    let mut deliveries = bus.subscribe(&group, 0, 5).await.expect("subscribed");
    let (_connection, channel) = broker.channel().await;

    let requests = format!("sb.rq.{}.{}", queue.service, queue.version);
    delete_queue(&channel, &requests).await;
    delete_queue(&channel, &format!("sb.ev.{group}.0")).await;
    eventually(PATIENCE, "requests are served again", async || {
        bus.call(&queue, body("x"), TTL).await.ok()
    })
    .await;
    eventually(PATIENCE, "the partition takes messages again", async || {
        bus.publish(&group, 0, vec![body("7")]).await.ok()
    })
    .await;
    assert_eq!(within("it arrives", number(&mut deliveries)).await, 7);

    // What is no batch is dropped, and whoever listens goes on.
    put(&channel, &requests, b"no batch").await;
    let answer = bus.call(&queue, body("x"), TTL).await;
    assert_eq!(answer.expect("served"), "x");

    // Nobody consumes from this one, so only its publisher can notice, and has to be told the truth.
    bus.publish(&group, 1, vec![body("1")])
        .await
        .expect("published");
    delete_queue(&channel, &format!("sb.ev.{group}.1")).await;
    for messages in [vec![body("2")], vec![body("3"), body("4")]] {
        let error = bus
            .publish(&group, 1, messages)
            .await
            .expect_err("no queue");
        assert_eq!(error.kind(), Kind::NotFound);
    }
    bus.declare_group(&group, 2).await.expect("declared again");
    bus.publish(&group, 1, vec![body("2")])
        .await
        .expect("published");
    a_changed_bound_is_no_outage(&broker, &group).await;
    bus.close().await;
}

async fn a_changed_bound_is_no_outage(broker: &Broker, group: &str) {
    let options = Options {
        partition_bound: 7,
        ..Options::default()
    };
    let bus = broker.bus(options).await;
    bus.declare_group(group, 2).await.expect("used as it is");
    let mut deliveries = bus.subscribe(group, 1, 5).await.expect("subscribed");
    assert_eq!(within("it arrives", number(&mut deliveries)).await, 2);
    bus.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocked_publishers_are_told_and_acknowledgements_still_go_through() {
    let broker = Broker::start();
    let bus = broker.bus(Options::default()).await;
    let (group, queue) = (unique("group"), service());
    bus.declare_group(&group, 1).await.expect("declared");
    echo(&bus, &queue).await;
    let messages = (0..20).map(|it| body(&it.to_string())).collect();
    bus.publish(&group, 0, messages).await.expect("published");
    let mut deliveries = bus.subscribe(&group, 0, 2).await.expect("subscribed");

    broker
        .control(&["set_vm_memory_high_watermark", "absolute", "1"])
        .await;
    // The broker blocks a connection when it next publishes; the first call may be what it notices.
    let refused = eventually(PATIENCE, "publishing is refused", async || {
        let call = bus.call(&queue, body("x"), Duration::from_secs(3));
        call.await.err().filter(|error| error.kind() == Kind::Full)
    })
    .await;
    assert!(refused.retryable());
    // With a prefetch of two, the twentieth arrives only if the broker hears the acknowledgements of the others.
    for expected in 0..20 {
        assert_eq!(
            within("the next one", number(&mut deliveries)).await,
            expected
        );
    }

    broker
        .control(&["set_vm_memory_high_watermark", "0.8"])
        .await;
    eventually(PATIENCE, "publishing works again", async || {
        bus.publish(&group, 0, vec![body("20")]).await.ok()
    })
    .await;
    bus.call(&queue, body("x"), TTL)
        .await
        .expect("served again");
    bus.close().await;
}
