//! A program of neither side that makes the inputs, the references, and pixels of whatever was written.

use super::{peers, worker::Worker};
use anyhow::{Context, bail, ensure};
use png::{ColorType, Decoder};
use serde_json::json;
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};
use std::{fs::File, io::BufReader, path::Path};

pub struct Judge(Worker);

impl Judge {
    pub fn start() -> anyhow::Result<Self> {
        Worker::start("the judge", peers::python("judge.py")?).map(Self)
    }

    pub async fn prepare(&mut self, photo: &Path, folder: &Path) -> anyhow::Result<()> {
        let request = json!({ "photo": photo, "folder": folder });
        self.0.line(&request).await.map(|_| ())
    }

    /// The whole picture, scaled to lie within a square, without loss after that.
    pub async fn refer(&mut self, file: &Path, side: u32, png: &Path) -> anyhow::Result<()> {
        let request = json!({ "reference": file, "side": side, "png": png });
        self.0.line(&request).await.map(|_| ())
    }

    /// How near a picture comes to the reference: 100 is the same, 90 hardly told from it, 70 good (SSIMULACRA 2).
    pub async fn score(&mut self, file: &Path, reference: &Path) -> anyhow::Result<f64> {
        let png = file.with_extension("decoded.png");
        let request = json!({ "decode": file, "png": png });
        self.0.line(&request).await?;
        compute_frame_ssimulacra2(pixels(reference)?, pixels(&png)?)
            .with_context(|| format!("comparing {}", file.display()))
    }
}

fn pixels(png: &Path) -> anyhow::Result<Rgb> {
    let file = File::open(png).with_context(|| format!("opening {}", png.display()))?;
    let mut reader = Decoder::new(BufReader::new(file)).read_info()?;
    let (width, height) = reader.info().size();
    ensure!(
        reader.output_color_type().0 == ColorType::Rgb,
        "{} is not in RGB",
        png.display()
    );
    let mut samples = vec![0; reader.output_buffer_size().context("it is too large")?];
    reader.next_frame(&mut samples)?;
    let pixels = samples.as_chunks::<3>().0.iter();
    let pixels = pixels.map(|pixel| pixel.map(|sample| f32::from(sample) / 255.0));
    let (transfer, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
    match Rgb::new(
        pixels.collect(),
        width as usize,
        height as usize,
        transfer,
        primaries,
    ) {
        Ok(rgb) => Ok(rgb),
        Err(error) => bail!("{}: {error}", png.display()),
    }
}
