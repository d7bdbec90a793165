use super::{
    account::Account,
    caller::Gateways,
    deliveries::Deliveries,
    disturbance::{self, Disturbance},
    load::{Load, Pace},
    settling::settle,
    site::Site,
    tenant::Tenant,
};
use crate::{clock::Clock, signals::interrupted, sink::Sink};
use anyhow::{Context, bail, ensure};
use rand::{SeedableRng, rngs::StdRng};
use std::{
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    task::LocalSet,
    time::{sleep, timeout},
};

/// For writes to be acknowledged again after a disturbance.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub time: Duration,
    pub pace: Pace,
}

/// A signal ends the load early, and the account is drawn all the same; another one ends everything.
pub async fn run<S: Site>(
    plan: Plan,
    start: impl Future<Output = anyhow::Result<S>>,
) -> anyhow::Result<()> {
    let clock = Clock::start();
    clock.print(&format!("seed {}", plan.pace.seed));
    let soak = async {
        let prepared = tokio::select! {
            prepared = Soak::prepare(clock, plan, start) => prepared,
            interrupted = interrupted() => Err(interrupted),
        };
        let mut soak = prepared?;
        let disturbed = soak.disturb_for(plan.time).await;
        tokio::select! {
            finished = soak.finish(disturbed) => finished,
            interrupted = interrupted() => Err(interrupted),
        }
    };
    LocalSet::new().run_until(soak).await
}

struct Soak<S> {
    clock: Clock,
    site: S,
    dice: StdRng,
    gateways: Rc<Gateways>,
    tenant: Tenant,
    deliveries: Rc<Deliveries>,
    load: Load,
    disturbances: u64,
    _sink: Sink,
}

impl<S: Site> Soak<S> {
    async fn prepare(
        clock: Clock,
        plan: Plan,
        start: impl Future<Output = anyhow::Result<S>>,
    ) -> anyhow::Result<Self> {
        let site = start.await?;
        let gateways = Rc::<Gateways>::default();
        gateways.set(site.gateways().await?);
        let mut tenant = Tenant::found(&gateways, site.root_key()).await?;
        let deliveries = Rc::<Deliveries>::default();
        let (address, host) = site.webhook();
        let sink = Sink::start(address, deliveries.clone()).await?;
        tenant.subscribe(&sink.url(&host)).await?;
        let load = Load::start(&gateways, &tenant.key, plan.pace);
        let served = load.shared.served_since(Instant::now());
        let served = timeout(PATIENCE, served).await;
        served.context("waiting for the first writes to be acknowledged")?;
        clock.print("under load");
        Ok(Self {
            clock,
            site,
            dice: StdRng::seed_from_u64(plan.pace.seed),
            gateways,
            tenant,
            deliveries,
            load,
            disturbances: 0,
            _sink: sink,
        })
    }

    /// One disturbance after another, each on a system that has recovered from the last one. What a signal or the time's
    /// end finds disturbed is healed first.
    async fn disturb_for(&mut self, time: Duration) -> anyhow::Result<()> {
        let mut end = pin!(async {
            tokio::select! {
                () = sleep(time) => "the time is over",
                _ = interrupted() => "interrupted",
            }
        });
        loop {
            let calm = disturbance::calm(&mut self.dice);
            tokio::select! {
                why = &mut end => {
                    self.clock.print(&format!("{why}, settling"));
                    return Ok(());
                }
                () = sleep(calm) => {}
            }
            let disturbance = Disturbance::draw(&mut self.dice, &self.site.targets());
            self.disturb(&disturbance).await?;
        }
    }

    async fn disturb(&mut self, disturbance: &Disturbance) -> anyhow::Result<()> {
        let Self {
            site,
            load,
            gateways,
            ..
        } = self;
        self.disturbances += 1;
        let name = format!("{} {}", disturbance.means, disturbance.what);
        load.shared.outages.borrow_mut().disturbed(name);
        let hit = site.strike(disturbance).await?;
        let struck = Instant::now();
        gateways.set(site.gateways().await?);
        let heal = async {
            site.heal(disturbance, &hit).await?;
            gateways.set(site.gateways().await?);
            anyhow::Ok(struck.elapsed())
        };
        let recover = async {
            let served = timeout(PATIENCE, load.shared.served_since(struck));
            served.await.ok().map(|()| struck.elapsed())
        };
        let (healed, recovered) = tokio::join!(heal, recover);
        let healed = healed.with_context(|| format!("healing {hit}"))?;
        let Some(recovered) = recovered else {
            bail!("{hit}: writes were not acknowledged again within {PATIENCE:?}");
        };
        let silence = load.shared.outages.borrow().lately();
        self.clock.print(&format!(
            "{} {hit}; every writer was served again after {:.2} s, nobody was for {:.2} s, whole after {:.2} s",
            disturbance.means,
            recovered.as_secs_f64(),
            silence.as_secs_f64(),
            healed.as_secs_f64(),
        ));
        Ok(())
    }

    /// The account, whether the disturbances went as planned or not.
    async fn finish(mut self, disturbed: anyhow::Result<()>) -> anyhow::Result<()> {
        if let Err(error) = &disturbed {
            self.clock.print(&format!("{error:#}; settling"));
        }
        let balanced = self.settle().await;
        drop(self.load);
        let clean = disturbed.is_ok() && matches!(balanced, Ok(true));
        if clean {
            self.tenant.erase().await?;
        } else {
            let tenant = &self.tenant.id;
            self.clock.print(&format!("the tenant {tenant} is kept"));
        }
        self.site.close(clean).await?;
        disturbed?;
        ensure!(balanced?, "the account does not balance");
        Ok(())
    }

    /// Whether the account balances.
    async fn settle(&mut self) -> anyhow::Result<bool> {
        self.load.finish().await;
        let settled = settle(&self.load.shared, &mut self.tenant, &self.deliveries);
        let account = settled.await.context("settling")?;
        self.show(&account);
        Ok(account.is_balanced())
    }

    fn show(&self, account: &Account) {
        self.clock.print("settled");
        println!("\n{}", account.render());
        let outages = self.load.shared.outages.borrow();
        if let Some(silence) = outages.longest() {
            println!(
                "{} disturbances; at most {:.2} s without an acknowledged write: {}",
                self.disturbances,
                silence.length.as_secs_f64(),
                silence.cause
            );
        }
    }
}
