//! Which old entry of a list each new one comes from, and which of them may stay where they are.

/// For each of `new`, its place in `old`: first those that are equal, then those that are `same` otherwise, then what
/// stands in the same place.
pub fn sources<T: PartialEq>(
    old: &[T],
    new: &[T],
    same: impl Fn(&T, &T) -> bool,
) -> Vec<Option<usize>> {
    let mut sources = vec![None; new.len()];
    let mut free = vec![true; old.len()];
    let mut pair = |fits: &dyn Fn(usize, usize, &T, &T) -> bool| {
        for (to, entry) in new.iter().enumerate() {
            let Some(source) = sources.get_mut(to).filter(|source| source.is_none()) else {
                continue;
            };
            let mut candidates = old.iter().zip(free.iter_mut()).enumerate();
            let found =
                candidates.find(|(from, (old, free))| **free && fits(*from, to, old, entry));
            if let Some((from, (_, free))) = found {
                *free = false;
                *source = Some(from);
            }
        }
    };
    pair(&|_, _, old, new| old == new);
    pair(&|_, _, old, new| same(old, new));
    pair(&|from, to, _, _| from == to);
    sources
}

/// Which of the new entries need not move: the longest run whose sources keep their order. Lists are short, so the
/// quadratic way will do.
pub fn staying(sources: &[Option<usize>]) -> Vec<bool> {
    // For each entry, the length of the longest run that ends with it, and the entry before it in that run.
    let mut runs: Vec<(usize, Option<usize>)> = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let before = sources.iter().take(index).zip(&runs).enumerate();
        let best = before
            .filter(|(_, (earlier, _))| earlier.is_some() && *earlier < source)
            .max_by_key(|(_, (_, (length, _)))| *length);
        let run = match (source, best) {
            (None, _) => (0, None),
            (Some(_), Some((at, (_, (length, _))))) => (length + 1, Some(at)),
            (Some(_), None) => (1, None),
        };
        runs.push(run);
    }
    let mut stay = vec![false; sources.len()];
    let longest = runs
        .iter()
        .enumerate()
        .max_by_key(|(_, (length, _))| *length);
    let mut next = longest
        .filter(|(_, (length, _))| *length > 0)
        .map(|(at, _)| at);
    while let Some(at) = next {
        if let Some(stays) = stay.get_mut(at) {
            *stays = true;
        }
        next = runs.get(at).and_then(|(_, before)| *before);
    }
    stay
}
