//! How well the matcher's pairs agree with a file's truth. Shared by the journeys and the benchmarks.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rustcare_patients::matching::ScoredPair;
use rustcare_patients::matching::people::People;
use rustcare_patients::matching::people_file::PeopleFile;
use rustcare_patients::matching::scoring::{FLOOR, MatchRun, run};

/// Agreement with the truth.
pub struct Score {
    /// Best F1 at any threshold.
    pub best_f1: f64,
    /// F1 of the pairs with a probability of 0.9 and more.
    pub f1_at_090: f64,
    /// Pairs of the certain layer.
    pub certain: usize,
    /// Those of them that are wrong.
    pub false_certain: usize,
    /// Pairs that were scored, and how long that took.
    pub scored: (u64, Duration),
    /// Reading, training and scoring.
    pub total: Duration,
}

fn score(run: &MatchRun, truth: &[String], total_time: Duration) -> Score {
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    truth.iter().for_each(|t| *sizes.entry(t).or_default() += 1);
    let total: u64 = sizes.values().map(|n| n * (n - 1) / 2).sum();
    let same = |p: &ScoredPair| truth[p.a as usize] == truth[p.b as usize];
    let (mut hits, mut best_f1, mut f1_at_090) = (0u64, 0f64, 0f64);
    for (n, pair) in run.pairs.iter().enumerate() {
        hits += u64::from(same(pair));
        // Pairs of one probability stand and fall together.
        if run.pairs.get(n + 1).is_some_and(|next| next.probability == pair.probability) {
            continue;
        }
        let f1 = 2.0 * hits as f64 / (n as u64 + 1 + total) as f64;
        best_f1 = best_f1.max(f1);
        if pair.probability >= 0.9 {
            f1_at_090 = f1;
        }
    }
    let certain: Vec<_> = run.pairs.iter().filter(|p| p.combination.is_some()).collect();
    Score {
        best_f1,
        f1_at_090,
        certain: certain.len(),
        false_certain: certain.iter().filter(|p| !same(p)).count(),
        scored: (run.pairs_scored, run.scoring_time),
        total: total_time,
    }
}

/// Reads the truth from a row, cells by header.
pub type TruthOf = fn(&HashMap<&str, &str>) -> String;

/// Matches a published file; `truth_of` reads the truth from a row (cells by header), which the matcher never sees.
pub fn published(file: &Path, truth_of: TruthOf) -> Score {
    let started = Instant::now();
    let bytes = std::fs::read(file).expect("the file is read");
    let people = PeopleFile::read(&bytes, &Default::default(), 2026).expect("people");
    let normal: Vec<_> = people.people.iter().map(|p| p.normalised()).collect();
    let found = run(&People::of_one(&normal), None, FLOOR);
    let total = started.elapsed();
    assert!(people.rejected.is_empty() && people.duplicate_ids == 0);
    let text = String::from_utf8(bytes).expect("text");
    let mut lines = text.lines().map(|l| l.split(',').map(str::trim).collect::<Vec<_>>());
    let header = lines.next().expect("a header");
    let truth: Vec<String> =
        lines.map(|cells| truth_of(&header.iter().copied().zip(cells).collect())).collect();
    assert_eq!(truth.len(), people.people.len());
    score(&found, &truth, total)
}

/// FEBRL's truth: the number in `rec-N-org` and `rec-N-dup-K`.
pub fn febrl_cluster(row: &HashMap<&str, &str>) -> String {
    row["rec_id"].split('-').nth(1).unwrap_or_default().to_owned()
}

/// Splink's truth.
pub fn cluster(row: &HashMap<&str, &str>) -> String {
    row["cluster"].to_owned()
}
