pub const COMPANIES: &[&str] = &[
    "Nordwind",
    "Helios",
    "Arbor",
    "Kestrel",
    "Meridian",
    "Quarz",
    "Lumen",
    "Octavia",
    "Tessera",
    "Borealis",
    "Cobalt",
    "Dunmore",
    "Estrella",
    "Falkenhof",
    "Granit",
    "Harbour",
    "Iskra",
    "Juniper",
    "Kopernik",
    "Lindgren",
    "Monsun",
    "Nautilus",
    "Orchard",
    "Pelikan",
    "Ravenna",
    "Solveig",
    "Tamarisk",
    "Umbra",
    "Vega",
    "Wildbach",
];

pub const TRADES: &[&str] = &[
    "Logistics",
    "Bau",
    "Medical",
    "Foods",
    "Software",
    "Energie",
    "Optik",
    "Design",
    "Textiles",
    "Robotics",
    "Verlag",
    "Farms",
    "Insurance",
    "Chemie",
    "Travel",
    "Metall",
    "Analytics",
    "Print",
    "Elektro",
    "Consulting",
];

pub const FORMS: &[&str] = &[
    "GmbH",
    "Ltd",
    "AG",
    "S.A.",
    "Inc",
    "Sp. z o.o.",
    "KK",
    "e.V.",
];

pub const TITLES: &[&str] = &[
    "Engineer",
    "Head of Sales",
    "Accountant",
    "Nurse",
    "Project Manager",
    "Driver",
    "Architect",
    "Teacher",
    "Technician",
    "Director",
    "Analyst",
    "Assistant",
];

const CONSONANTS: &[u8; 20] = b"bcdfghjklmnpqrstvwxz";
const VOWELS: &[u8; 5] = b"aeiou";
/// Of syllables; as many words as this to the fourth.
const SYLLABLES: u64 = (CONSONANTS.len() * VOWELS.len()) as u64;

/// A word of four syllables that stands for this number alone, up to a hundred million. Neighbours look unlike each other.
pub fn syllables(n: u64) -> String {
    let mut rest = n.wrapping_mul(super::STEP) % SYLLABLES.pow(4);
    let mut word = String::with_capacity(8);
    for _ in 0..4 {
        let syllable = (rest % SYLLABLES) as usize;
        word.push(char::from(CONSONANTS[syllable / VOWELS.len()]));
        word.push(char::from(VOWELS[syllable % VOWELS.len()]));
        rest /= SYLLABLES;
    }
    word
}
