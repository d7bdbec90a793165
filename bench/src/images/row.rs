use super::job::Format;

/// One line of the tables.
#[derive(Debug, Clone)]
pub struct Row {
    pub name: &'static str,
    /// Which of the files that are made of each photograph is taken.
    pub input: &'static str,
    /// Side and format of each output.
    pub outputs: Vec<(u32, Format)>,
}

impl Row {
    fn new(name: &'static str, input: &'static str, sides: &[u32], format: Format) -> Self {
        Self {
            name,
            input,
            outputs: sides.iter().map(|side| (*side, format)).collect(),
        }
    }

    pub fn all() -> Vec<Self> {
        let three = &[1600, 640, 160];
        vec![
            Self::new(
                "12 MP JPEG to 1600, 640, 160 JPEG",
                "12.jpg",
                three,
                Format::Jpeg,
            ),
            Self::new("12 MP JPEG to 640 JPEG", "12.jpg", &[640], Format::Jpeg),
            Self::new("12 MP JPEG to 640 WebP", "12.jpg", &[640], Format::WebP),
            Self::new("12 MP JPEG to 640 AVIF", "12.jpg", &[640], Format::Avif),
            Self::new("2 MP PNG to 512 PNG", "2.png", &[512], Format::Png),
            Self::new("2 MP PNG to 512 WebP", "2.png", &[512], Format::WebP),
        ]
    }

    /// Is any output of a format that loses something?
    pub fn loses(&self) -> bool {
        let mut formats = self.outputs.iter().map(|(_, format)| format);
        formats.any(|format| format.usual_quality().is_some())
    }

    pub fn of_memory() -> [Self; 2] {
        let three = &[1600, 640, 160];
        [
            Self::new("12 MP JPEG", "12.jpg", three, Format::Jpeg),
            Self::new("24 MP JPEG", "24.jpg", three, Format::Jpeg),
        ]
    }
}
