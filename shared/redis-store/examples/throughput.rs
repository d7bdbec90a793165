use ports::{store::*, *};
use std::sync::atomic::{AtomicU64, Ordering};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    let store: Arc<dyn Store> = redis_store::connect(
        &a[1],
        redis_store::Options {
            allow_unsafe: true,
            outbox_quota: 10_000_000,
            ..Default::default()
        },
    )
    .await
    .unwrap();
    for callers in [64usize, 256] {
        for kind in ["put", "cond", "event", "get"] {
            let n = Arc::new(AtomicU64::new(0));
            let end = Instant::now() + Duration::from_secs(4);
            let t0 = Instant::now();
            let hs: Vec<_> = (0..callers)
                .map(|c| {
                    let (store, n) = (store.clone(), n.clone());
                    tokio::spawn(async move {
                        let tenant = Tenant::parse(&format!("t{}", c % 16)).unwrap();
                        let mut i = 0u64;
                        while Instant::now() < end {
                            let key = format!("things/{c:04}-{:06}", i % 2000);
                            i += 1;
                            if kind == "get" {
                                store.get(&tenant, &key, Read::Strong).await.unwrap();
                            } else {
                                let mut b = Batch::new();
                                b.put(key, vec![b'x'; 300]);
                                if kind == "cond" {
                                    b.expect(format!("things/none-{c}"), None);
                                }
                                if kind == "event" {
                                    b.event(Event {
                                        id: format!("{c}-{i}"),
                                        event_type: "contact.created.v1".into(),
                                        source: "/phonebook".into(),
                                        subject: format!("con_{c}"),
                                        time: Timestamp(1),
                                        traceparent: None,
                                        data: vec![b'1'; 300].into(),
                                        to: None,
                                    });
                                }
                                store.commit(&tenant, b).await.unwrap();
                            }
                            n.fetch_add(1, Ordering::Relaxed);
                        }
                    })
                })
                .collect();
            for h in hs {
                h.await.unwrap();
            }
            println!(
                "{kind} x{callers}: {:.0}/s",
                n.load(Ordering::Relaxed) as f64 / t0.elapsed().as_secs_f64()
            );
        }
    }
}
