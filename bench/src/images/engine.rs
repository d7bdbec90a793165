//! Our own worker: the engine of `image-resize`, without the service around it.

use super::job::{Format, Job, Output};
use anyhow::Context;
use imaging::{Fit, Form, Limits, Quality, Request, Side};
use std::{fs, io::BufRead};

/// Answers jobs until there are none.
pub fn serve() -> anyhow::Result<()> {
    for line in std::io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line?)?;
        let mut sizes = Vec::new();
        for _ in 0..job.repeat {
            sizes = work(&job)?;
        }
        println!("{}", serde_json::json!({ "sizes": sizes }));
    }
    Ok(())
}

fn work(job: &Job) -> anyhow::Result<Vec<usize>> {
    let file = fs::read(&job.input).with_context(|| format!("reading {}", job.input.display()))?;
    let wanted: Vec<_> = (0..)
        .zip(&job.outputs)
        .map(wanted)
        .collect::<Result<_, _>>()?;
    let requests: Vec<_> = wanted.iter().map(Wanted::request).collect();
    let rendered = imaging::render(&file, &requests, &Limits::default())?;
    let mut sizes = vec![0; wanted.len()];
    for variant in &rendered.variants {
        let index: usize = variant.name.parse()?;
        if let Some(size) = sizes.get_mut(index) {
            *size = variant.bytes.len();
        }
        if let Some(folder) = &job.folder {
            let name = format!("{index}.{}", variant.format.name());
            fs::write(folder.join(name), &variant.bytes)?;
        }
    }
    Ok(sizes)
}

struct Wanted {
    name: String,
    form: Form,
    formats: [imaging::Format; 1],
}

impl Wanted {
    fn request(&self) -> Request<'_> {
        Request {
            name: &self.name,
            form: &self.form,
            formats: &self.formats,
        }
    }
}

fn wanted((index, output): (usize, &Output)) -> anyhow::Result<Wanted> {
    let side = Side::try_from(output.side)?;
    Ok(Wanted {
        name: index.to_string(),
        form: Form {
            width: Some(side),
            height: Some(side),
            fit: Fit::Inside,
            quality: output.quality.map(Quality::try_from).transpose()?,
            ..Form::default()
        },
        formats: [match output.format {
            Format::Jpeg => imaging::Format::Jpeg,
            Format::Png => imaging::Format::Png,
            Format::WebP => imaging::Format::WebP,
            Format::Avif => imaging::Format::Avif,
        }],
    })
}
