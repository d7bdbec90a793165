use clap::Args;
use imaging::{
    Blur, Color, Dpr, Fit, Form, Format, Gravity, OutOfRange, Preset, Quality, Side, presets,
};
use std::{num::NonZero, path::PathBuf};

#[derive(Args)]
pub struct Resize {
    /// Pictures, and folders of pictures
    #[arg(required = true, value_name = "IN")]
    pub inputs: Vec<PathBuf>,
    /// A folder, which is made; or, for a single picture, the file
    #[arg(value_name = "OUT")]
    pub output: PathBuf,
    #[command(flatten)]
    pub form: FormArguments,
    /// jpeg, png, webp or avif; without it what OUT is named, or what each picture is
    #[arg(long)]
    pub format: Option<Format>,
    /// Pictures at once; without it as many as there are processors
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<u16>>,
    /// Go into folders within folders
    #[arg(long)]
    pub recursive: bool,
    /// Replace files that are there already; never the pictures themselves
    #[arg(long)]
    pub force: bool,
}

/// What the pictures are to look like.
#[derive(Args)]
pub struct FormArguments {
    /// thumb, small or large, as photos have them
    #[arg(long, value_parser = preset, conflicts_with_all = ["width", "height", "fit"])]
    preset: Option<Preset>,
    /// Of the box, in pixels; without it what follows from the height
    #[arg(long)]
    width: Option<Side>,
    /// Of the box, in pixels; without it what follows from the width
    #[arg(long)]
    height: Option<Side>,
    /// inside: within the box; cover: fills it, cut off; contain: within it, with bars beside
    #[arg(long, default_value = "inside")]
    fit: Fit,
    /// What a cut keeps: center, smart, or a point such as 0.3,0.7
    #[arg(long, default_value = "center")]
    gravity: Gravity,
    /// From 1 to 100, on each format's own scale
    #[arg(long)]
    quality: Option<Quality>,
    /// What shows through and beside, such as #336699
    #[arg(long, value_name = "COLOR")]
    background: Option<Color>,
    /// Standard deviation, in pixels of the output
    #[arg(long, value_name = "SIGMA")]
    blur: Option<Blur>,
    /// Pixels of a display to each pixel of the box
    #[arg(long)]
    dpr: Option<Dpr>,
    /// Let pictures smaller than the box grow to it
    #[arg(long)]
    enlarge: bool,
    /// Keep every pixel as it is, in WebP
    #[arg(long)]
    lossless: bool,
}

impl FormArguments {
    pub fn form(&self) -> Result<Form, OutOfRange> {
        let preset = self.preset.as_ref().map(|preset| preset.form.clone());
        let form = Form {
            gravity: self.gravity,
            background: self.background,
            blur: self.blur,
            quality: self.quality,
            enlarge: self.enlarge,
            lossless: self.lossless,
            ..preset.unwrap_or_else(|| self.boxed())
        };
        self.dpr
            .map_or_else(|| Ok(form.clone()), |dpr| form.at(dpr))
    }

    fn boxed(&self) -> Form {
        Form {
            width: self.width,
            height: self.height,
            fit: self.fit,
            ..Form::default()
        }
    }
}

fn preset(name: &str) -> Result<Preset, String> {
    let names = presets().map(|preset| preset.name).join(", ");
    let mut all = presets().into_iter();
    all.find(|preset| preset.name == name)
        .ok_or_else(|| format!("a preset must be one of {names}"))
}
