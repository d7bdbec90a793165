use ports::{Error, Kind, Shard, Timestamp, store::Lease};
use std::{collections::HashMap, time::Duration};

/// Who holds what. In memory: with the process, all its holders are gone as well.
#[derive(Debug)]
pub(crate) struct Leases {
    held: HashMap<(Shard, String), Held>,
    last_version: u64,
    /// With so many, those that have ended are dropped: whoever broke off gives nothing back.
    crowd: usize,
}

const MIN_CROWD: usize = 1_024;

#[derive(Debug)]
struct Held {
    holder: String,
    version: u64,
    until: Timestamp,
}

impl Leases {
    /// `newest` is at least every clock reading of earlier processes, so that no version is given twice.
    pub(crate) fn starting_at(newest: u64) -> Self {
        Self {
            held: HashMap::new(),
            last_version: newest,
            crowd: MIN_CROWD,
        }
    }

    pub(crate) fn take(
        &mut self,
        shard: Shard,
        name: String,
        holder: String,
        ttl: Duration,
        now: Timestamp,
    ) -> Option<Lease> {
        if self.held.len() >= self.crowd {
            self.held.retain(|_, held| held.until > now);
            self.crowd = MIN_CROWD.max(2 * self.held.len());
        }
        let key = (shard, name);
        let version = match self.held.get(&key).filter(|held| held.until > now) {
            Some(held) if held.holder == holder => held.version,
            Some(_) => return None,
            None => {
                self.last_version += 1;
                self.last_version
            }
        };
        let lease = Lease {
            shard,
            name: key.1.clone(),
            holder: holder.clone(),
            version,
        };
        let until = now + ttl;
        self.held.insert(
            key,
            Held {
                holder,
                version,
                until,
            },
        );
        Some(lease)
    }

    /// [`Kind::Conflict`] unless the lease is still the holder's.
    pub(crate) fn check(&self, lease: &Lease, now: Timestamp) -> Result<(), Error> {
        let key = (lease.shard, lease.name.clone());
        let ours = self
            .held
            .get(&key)
            .is_some_and(|held| held.version == lease.version && held.until > now);
        if ours {
            Ok(())
        } else {
            Err(Error::new(
                Kind::Conflict,
                format!("the lease {} of shard {} is lost", key.1, lease.shard.0),
            ))
        }
    }

    pub(crate) fn release(&mut self, lease: &Lease) {
        let key = (lease.shard, lease.name.clone());
        if self
            .held
            .get(&key)
            .is_some_and(|held| held.version == lease.version)
        {
            self.held.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TTL: Duration = Duration::from_micros(10);

    fn take(leases: &mut Leases, holder: &str, now: u64) -> Option<Lease> {
        leases.take(Shard(1), "relay".into(), holder.into(), TTL, Timestamp(now))
    }

    #[test]
    fn leases_that_nobody_gives_back_do_not_pile_up() {
        let mut leases = Leases::starting_at(0);
        for now in 0..10 * MIN_CROWD as u64 {
            let name = format!("render/{now}");
            let taken = leases.take(Shard(1), name, "a".into(), TTL, Timestamp(now));
            assert!(taken.is_some());
        }
        assert!(leases.held.len() <= MIN_CROWD);
        let last = take(&mut leases, "a", 0).expect("free");
        assert!(last.version > 10 * MIN_CROWD as u64);
    }

    #[test]
    fn a_lease_is_renewed_by_its_holder_and_taken_when_it_ends() {
        let mut leases = Leases::starting_at(40);
        let first = take(&mut leases, "a", 0).expect("free");
        assert_eq!(take(&mut leases, "b", 9), None);
        assert_eq!(take(&mut leases, "a", 9), Some(first.clone()));
        assert!(leases.check(&first, Timestamp(18)).is_ok());
        assert!(leases.check(&first, Timestamp(19)).is_err());

        let second = take(&mut leases, "b", 19).expect("free again");
        assert!(second.version > first.version && first.version > 40);
        leases.release(&first); // no longer ours, so nothing happens
        assert!(leases.check(&second, Timestamp(20)).is_ok());
        leases.release(&second);
        assert!(take(&mut leases, "a", 20).is_some());
    }
}
