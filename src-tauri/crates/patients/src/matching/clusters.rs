//! Groups of records that belong to one person: connected by pairs, never across a decision that two are different.

use std::collections::{HashMap, HashSet};

/// Groups of two and more. Pairs are joined from the highest weight down; a join that would bring two records together
/// that somebody decided are `different` is not made, so the weaker link is the one that gives way. Members and groups
/// are sorted, and the result does not depend on the order of the pairs.
pub fn clusters(pairs: impl IntoIterator<Item = (u32, u32, f64)>, different: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut pairs: Vec<(u32, u32, f64)> =
        pairs.into_iter().map(|(a, b, w)| (a.min(b), a.max(b), w)).collect();
    pairs.sort_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
    let mut group_of: HashMap<u32, usize> = HashMap::new();
    let mut groups: Vec<Vec<u32>> = Vec::new();
    // For each group, records that must stay out of it.
    let mut barred: Vec<HashSet<u32>> = Vec::new();
    let mut edges: HashMap<u32, Vec<u32>> = HashMap::new();
    for (a, b) in different {
        edges.entry(*a).or_default().push(*b);
        edges.entry(*b).or_default().push(*a);
    }
    for (a, b, _) in pairs {
        let mut number = |record: u32| {
            *group_of.entry(record).or_insert_with(|| {
                groups.push(vec![record]);
                barred.push(edges.get(&record).into_iter().flatten().copied().collect());
                groups.len() - 1
            })
        };
        let (x, y) = (number(a), number(b));
        if x == y {
            continue;
        }
        let (large, small) = if groups[x].len() >= groups[y].len() { (x, y) } else { (y, x) };
        if groups[small].iter().any(|record| barred[large].contains(record)) {
            continue;
        }
        let moved = std::mem::take(&mut groups[small]);
        moved.iter().for_each(|record| {
            group_of.insert(*record, large);
        });
        groups[large].extend(moved);
        let kept_out = std::mem::take(&mut barred[small]);
        barred[large].extend(kept_out);
    }
    let mut found: Vec<Vec<u32>> = groups.into_iter().filter(|g| g.len() > 1).collect();
    found.iter_mut().for_each(|g| g.sort_unstable());
    found.sort_unstable();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_matches_two_groups_joins_them() {
        // intrahealth/client-registry #2 and #3: groups once apart are one when a record belongs to both.
        assert_eq!(clusters([(1, 2, 9.0), (3, 4, 9.0), (5, 2, 8.0), (5, 3, 8.0)], &[]), [[1, 2, 3, 4, 5]]);
        // #5: a match to one member only is enough.
        assert_eq!(clusters([(1, 2, 9.0), (2, 3, 5.0)], &[]), [[1, 2, 3]]);
    }

    #[test]
    fn one_record_is_in_one_group_only_and_a_decision_stands() {
        // hapi-fhir #4156: one source in two golden records; #4745: a rejection after an acceptance.
        let found = clusters([(1, 2, 9.0), (2, 3, 8.0), (1, 3, 1.0)], &[(1, 3)]);
        assert_eq!(found, [[1, 2]], "the weaker link to 3 gives way");
        assert_eq!(clusters([(1, 2, 9.0)], &[(2, 1)]), Vec::<Vec<u32>>::new());
        // Two groups that each hold one of the different pair are not joined by a third record.
        let found = clusters([(1, 2, 9.0), (3, 4, 9.0), (2, 5, 7.0), (5, 3, 6.0)], &[(1, 4)]);
        assert_eq!(found, [vec![1, 2, 5], vec![3, 4]]);
    }

    #[test]
    fn the_order_of_pairs_does_not_matter() {
        let mut pairs: Vec<(u32, u32, f64)> =
            (0..200u32).map(|n| (n * 7 % 60, n * 11 % 60 + 1, f64::from(n % 13))).collect();
        let different: Vec<(u32, u32)> =
            (0..20).map(|n| (n * 3, n * 2 + 1)).filter(|(a, b)| a != b).collect();
        let expected = clusters(pairs.clone(), &different);
        pairs.reverse();
        assert_eq!(clusters(pairs, &different), expected);
        for group in &expected {
            for (a, b) in &different {
                assert!(!(group.contains(a) && group.contains(b)), "{a} and {b} are different");
            }
        }
    }
}
