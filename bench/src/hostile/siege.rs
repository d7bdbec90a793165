use super::{
    Plan,
    account::Account,
    arsenal::{Arsenal, Kind},
    caller::{Caller, Outcome},
    memory::resident,
    patrol::patrol,
    renders,
};
use crate::{
    clock::Clock,
    http::Target,
    system::running::Running,
    usage::{Watched, mebibytes},
};
use anyhow::Context;
use mutate::Dice;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::{
    task::{JoinSet, LocalSet},
    time::{interval, sleep},
};

/// How often it is looked whether the system is still there.
const LOOK: Duration = Duration::from_secs(1);
/// Looks between two lines of progress.
const LOOKS: u32 = 60;
/// A system that does not answer is not asked again at once.
const PAUSE: Duration = Duration::from_millis(100);
/// How often a form is asked of a picture that got through.
const FORMS: f64 = 0.5;

/// What all connections of an attack share.
pub struct Siege {
    pub target: Target,
    pub arsenal: Arsenal,
    pub account: RefCell<Account>,
    watched: Vec<Watched>,
    plan: Plan,
    clock: Clock,
    /// The number of the next file.
    next: Cell<u64>,
    end: Cell<Instant>,
    fallen: Cell<bool>,
}

impl Siege {
    pub fn new(
        system: &Running,
        arsenal: Arsenal,
        plan: Plan,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            target: system.target.clone(),
            arsenal,
            account: RefCell::new(Account::new()?),
            watched: system.watched.clone(),
            plan,
            clock,
            next: Cell::new(0),
            end: Cell::new(Instant::now()),
            fallen: Cell::new(false),
        })
    }

    pub fn is_over(&self) -> bool {
        self.has_fallen() || Instant::now() >= self.end.get()
    }

    /// Has a process of the system ended?
    pub fn has_fallen(&self) -> bool {
        self.fallen.get()
    }

    /// Everybody uploads for so long, and finishes what was begun.
    pub async fn attack(self: &Rc<Self>, time: Duration) -> anyhow::Result<()> {
        self.end.set(Instant::now() + time);
        let all = async {
            let mut everybody = JoinSet::new();
            for _ in 0..self.plan.connections {
                everybody.spawn_local(self.clone().shoot());
            }
            everybody.spawn_local(patrol(self.clone()));
            everybody.spawn_local(self.clone().watch());
            while let Some(ended) = everybody.join_next().await {
                ended.context("a connection's task")?;
            }
            anyhow::Ok(())
        };
        LocalSet::new().run_until(all).await
    }

    async fn shoot(self: Rc<Self>) {
        let mut caller = Caller::new(&self.target);
        while !self.is_over() {
            let seed = self.plan.seed.wrapping_add(self.next.get());
            self.next.set(self.next.get() + 1);
            self.one(&mut caller, seed).await;
        }
    }

    /// One file: uploaded, perhaps asked for in another form, and deleted.
    async fn one(&self, caller: &mut Caller, seed: u64) {
        let mut dice = Dice::new(seed);
        let shot = self.arsenal.shot(&mut dice);
        let what = format!("{} of seed {seed}", shot.kind.name());
        let uploaded = caller.upload(shot.media_type, &shot.bytes).await;
        self.note(shot.kind, &uploaded.outcome, &what).await;
        let Some(id) = uploaded.id else { return };
        if uploaded.outcome == Outcome::Ready && dice.chance(FORMS) {
            let query = renders::query(&mut dice);
            let asked = caller.get(&id, &format!("render?{query}")).await;
            self.note(Kind::Form, &asked, &format!("{what}, {query}"))
                .await;
        }
        let deleted = caller.delete(&id).await;
        let what = format!("the deletion of {what}");
        self.account.borrow_mut().judge(&deleted, &what);
    }

    async fn note(&self, kind: Kind, outcome: &Outcome, what: &str) {
        self.account.borrow_mut().note(kind, outcome, what);
        if matches!(outcome, Outcome::Silent(_)) {
            sleep(PAUSE).await;
        }
    }

    /// Sees that the system is still there, and tells every minute how it goes.
    async fn watch(self: Rc<Self>) {
        let mut looks = interval(LOOK);
        for look in 0_u32.. {
            looks.tick().await;
            match resident(&self.watched) {
                Ok(bytes) if look.is_multiple_of(LOOKS) => self.progress(bytes),
                Ok(_) => {}
                Err(error) => {
                    self.fallen.set(true);
                    let mut account = self.account.borrow_mut();
                    account.broke("ends of the process", &format!("{error:#}"));
                }
            }
            if self.is_over() {
                break;
            }
        }
    }

    fn progress(&self, bytes: u64) {
        let (sent, good) = self.account.borrow().progress();
        let faults = self.account.borrow().faults();
        let resident = mebibytes(bytes);
        self.clock.print(&format!(
            "{sent} sent, {good} good ones ready, {resident:.0} MiB resident, faults: {faults:?}"
        ));
    }
}
