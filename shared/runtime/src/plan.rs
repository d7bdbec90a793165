//! Who works on which slot. From the same members everybody draws the same plan, so nobody has to be asked or told.

use std::collections::{BTreeMap, BTreeSet};

/// The slots of one member. Each has as many as any other, or one more.
///
/// Rendezvous hashing within bounds: of all pairs of a slot and a member the one with the highest score is taken first, as
/// long as the slot is free and the member has room. So most slots stay where they are when somebody comes or goes.
#[must_use]
pub fn share(members: &BTreeSet<&str>, member: &str, slots: u16) -> BTreeSet<u16> {
    let mut room = Room::new(members, slots);
    let mut pairs: Vec<_> = members
        .iter()
        .flat_map(|member| (0..slots).map(|slot| (score(member, slot), slot, *member)))
        .collect();
    pairs.sort_unstable_by(|one, other| other.cmp(one));
    let mut free: BTreeSet<_> = (0..slots).collect();
    let mut share = BTreeSet::new();
    for (_, slot, candidate) in pairs {
        if free.contains(&slot) && room.take(candidate) {
            free.remove(&slot);
            if candidate == member {
                share.insert(slot);
            }
        }
    }
    share
}

/// How many more slots each member may get.
struct Room<'a> {
    /// What everybody gets.
    each: u16,
    /// How many get one more.
    more: usize,
    taken: BTreeMap<&'a str, u16>,
}

impl<'a> Room<'a> {
    fn new(members: &BTreeSet<&'a str>, slots: u16) -> Self {
        let count = u16::try_from(members.len()).unwrap_or(u16::MAX).max(1);
        Self {
            each: slots / count,
            more: usize::from(slots % count),
            taken: BTreeMap::new(),
        }
    }

    fn take(&mut self, member: &'a str) -> bool {
        let taken = self.taken.entry(member).or_default();
        if *taken == self.each && self.more > 0 {
            self.more -= 1;
        } else if *taken >= self.each {
            return false;
        }
        *taken += 1;
        true
    }
}

fn score(member: &str, slot: u16) -> u64 {
    mix(ports::stable_hash(member) ^ u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// The finaliser of `SplitMix64`: FNV alone mixes its high bits too little to compare by them.
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shares(members: &BTreeSet<&str>, slots: u16) -> Vec<BTreeSet<u16>> {
        let share = |member: &&str| share(members, member, slots);
        members.iter().map(share).collect()
    }

    proptest! {
        #[test]
        fn every_slot_is_one_members_and_all_have_as_many(
            names in proptest::collection::btree_set("[a-z0-9]{1,12}", 1..20),
            slots in 0_u16..300,
        ) {
            let members: BTreeSet<_> = names.iter().map(String::as_str).collect();
            let shares = shares(&members, slots);
            let mut all: Vec<_> = shares.iter().flatten().copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..slots).collect::<Vec<_>>());
            let counts = || shares.iter().map(BTreeSet::len);
            prop_assert!(counts().max().unwrap() - counts().min().unwrap() <= 1);
        }
    }

    #[test]
    fn most_slots_stay_with_who_stays() {
        let three = BTreeSet::from(["node_a", "node_b", "node_c"]);
        let two = BTreeSet::from(["node_a", "node_c"]);
        let stay = |member| &share(&three, member, 256) & &share(&two, member, 256);
        let stayed = stay("node_a").len() + stay("node_c").len();
        assert!(stayed >= 160, "of 170 or 171 stayed {stayed}");
    }

    #[test]
    fn who_is_not_there_has_none() {
        assert_eq!(share(&BTreeSet::new(), "node_a", 16), BTreeSet::new());
        assert_eq!(
            share(&BTreeSet::from(["node_a"]), "node_b", 16),
            BTreeSet::new()
        );
    }
}
