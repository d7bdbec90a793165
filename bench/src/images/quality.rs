//! What the outputs look like, and the quality at which ours look like sharp's.

use super::{
    job::{Format, Settings},
    judge::Judge,
    peers::System,
    photos::Photos,
    row::Row,
    worker::Worker,
};
use std::path::Path;

/// The qualities among which ours is looked for.
const QUALITIES: std::ops::RangeInclusive<u32> = 40..=98;

/// An output, as the mean of all photographs.
#[derive(Debug, Clone, Copy)]
pub struct Graded {
    /// SSIMULACRA 2 against the scaled photograph.
    pub score: f64,
    pub bytes: f64,
}

/// The first output of each row; nothing for what a peer cannot write.
pub async fn grade(
    system: System,
    settings: &Settings,
    photos: &Photos,
    judge: &mut Judge,
) -> anyhow::Result<Vec<Option<Graded>>> {
    let mut graded = Vec::new();
    for row in Row::all() {
        let mut worker = system.start()?;
        let quality = settings.of(system, &row);
        match mean(&mut worker, photos, judge, &row, quality).await {
            Ok(mean) => graded.push(Some(mean)),
            Err(error) if system == System::Switchboard => return Err(error),
            Err(error) => {
                println!("{} is left out of {}: {error:#}", system.name(), row.name);
                graded.push(None);
            }
        }
    }
    Ok(graded)
}

/// For each row that loses something, the least quality at which our first output comes as near to the photograph as
/// sharp's does.
pub async fn like_sharp(photos: &Photos, judge: &mut Judge) -> anyhow::Result<Settings> {
    let mut settings = Settings::default();
    let (mut sharp, mut ours) = (System::Sharp.start()?, System::Switchboard.start()?);
    for row in Row::all().into_iter().filter(Row::loses) {
        let usual = settings.of(System::Sharp, &row);
        let wanted = mean(&mut sharp, photos, judge, &row, usual).await?.score;
        let quality = least(wanted, async |quality| {
            let found = mean(&mut ours, photos, judge, &row, |_| Some(quality)).await?;
            Ok(found.score)
        });
        let quality = quality.await?;
        settings.set(&row, quality);
        println!("{}: ours looks like sharp's at quality {quality}", row.name);
    }
    Ok(settings)
}

/// The least quality whose score is not below the one that is wanted.
pub async fn least(
    wanted: f64,
    mut score: impl AsyncFnMut(u32) -> anyhow::Result<f64>,
) -> anyhow::Result<u32> {
    let (mut low, mut high) = QUALITIES.into_inner();
    while low < high {
        let middle = (low + high) / 2;
        if score(middle).await? < wanted {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

async fn mean(
    worker: &mut Worker,
    photos: &Photos,
    judge: &mut Judge,
    row: &Row,
    quality: impl Fn(Format) -> Option<u32>,
) -> anyhow::Result<Graded> {
    let (mut score, mut bytes) = (0.0, 0.0);
    let jobs = photos.jobs(row, quality);
    let count = jobs.len() as f64;
    for (mut job, folder) in jobs.into_iter().zip(photos.folders()) {
        job.outputs.truncate(1);
        job.folder = Some(folder.to_owned());
        let answer = worker.ask(&job).await?;
        for (output, size) in job.outputs.iter().zip(answer.sizes) {
            let file = folder.join(format!("0.{}", output.format.name()));
            let reference = reference(judge, &job.input, output.side).await?;
            score += judge.score(&file, &reference).await?;
            bytes += size as f64;
        }
    }
    Ok(Graded {
        score: score / count,
        bytes: bytes / count,
    })
}

/// Made once for each photograph and size.
pub async fn reference(
    judge: &mut Judge,
    input: &Path,
    side: u32,
) -> anyhow::Result<std::path::PathBuf> {
    let path = input.with_extension(format!("{side}.png"));
    if !path.exists() {
        judge.refer(input, side, &path).await?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn finds_the_least_quality_that_is_enough() {
        for (wanted, expected) in [(0.0, 40), (70.5, 71), (98.0, 98), (1e3, 98)] {
            let found = least(wanted, async |quality| Ok(f64::from(quality))).await;
            assert_eq!(found.unwrap(), expected, "{wanted}");
        }
    }
}
