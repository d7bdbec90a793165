//! The engine as a whole.

mod animations;
mod colors;
mod forms;
mod hostile;
mod inputs;
mod mutated;
mod outputs;
mod planes;

use super::{Format, ImageError, Limits, Preset, Rendered, Request, render};

fn render_all(file: &[u8], presets: &[Preset], limits: &Limits) -> Result<Rendered, ImageError> {
    let formats = &[Format::Jpeg, Format::Png, Format::WebP];
    let requests: Vec<_> = presets
        .iter()
        .map(|preset| Request {
            name: preset.name,
            form: &preset.form,
            formats,
        })
        .collect();
    render(file, &requests, limits)
}
