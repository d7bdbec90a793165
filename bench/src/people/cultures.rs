use rand::{RngExt, rngs::StdRng};

/// How people of one language are called, and how their numbers begin. A name is a head and a tail; heads that stand
/// further in front are more frequent.
pub struct Culture {
    /// Of the population, in parts of the sum of all.
    pub share: u32,
    given: Parts,
    family: Parts,
    /// Of a number in E.164, up to what varies.
    prefix: &'static str,
    /// So many digits vary.
    digits: u32,
}

struct Parts {
    heads: &'static [&'static str],
    tails: &'static [&'static str],
}

impl Parts {
    fn any(&self, dice: &mut StdRng) -> String {
        let place: f64 = dice.random();
        // The square favours the first ones, as names do.
        let head = self.heads[(place * place * self.heads.len() as f64) as usize];
        let tail = self.tails[dice.random_range(0..self.tails.len())];
        format!("{head}{tail}")
    }
}

impl Culture {
    pub fn given(&self, dice: &mut StdRng) -> String {
        self.given.any(dice)
    }

    pub fn family(&self, dice: &mut StdRng) -> String {
        self.family.any(dice)
    }

    pub fn most_frequent(&self) -> String {
        format!("{}{}", self.given.heads[0], self.given.tails[0])
    }

    /// The number with these last digits.
    pub fn number(&self, digits: u64) -> String {
        let Self {
            prefix,
            digits: width,
            ..
        } = self;
        let rest = digits % 10_u64.pow(*width);
        format!("{prefix}{rest:0>width$}", width = *width as usize)
    }
}

const WHOLE: &[&str] = &[""];

pub const CULTURES: [Culture; 12] = [
    Culture {
        share: 24,
        given: Parts {
            heads: &[
                "Anna", "Lukas", "Sabine", "Jörg", "Mia", "Felix", "Ursula", "Jürgen", "Lena",
                "Paul", "Heike", "Matthias", "Sophie", "Dieter", "Käthe", "Tobias", "Greta",
                "Moritz", "Ute", "Björn", "Clara", "Emil", "Renate", "Konrad", "Frieda", "Ludwig",
                "Nele", "Hannes",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Berg", "Hof", "Stein", "Müll", "Bach", "Wald", "Schön", "Groß", "Linden", "Eich",
                "Acker", "Kirch", "Weiß", "Rosen", "Birken", "Fels", "Hirsch", "Neu", "Brück",
                "Tann", "Wein", "Schloss", "Moor", "Heide", "Lang", "Sand", "Winkel", "Kohl",
                "Buch", "Ahorn",
            ],
            tails: &[
                "er", "mann", "meier", "bauer", "berger", "huber", "feld", "ner", "müller",
                "schmidt", "hauser", "dorf", "thal", "stetter", "egger", "kamp", "brecht", "wirth",
            ],
        },
        prefix: "+49151",
        digits: 8,
    },
    Culture {
        share: 22,
        given: Parts {
            heads: &[
                "Emma", "Oliver", "Grace", "Jack", "Chloe", "Harry", "Megan", "Thomas", "Alice",
                "George", "Hannah", "Edward", "Ruby", "Arthur", "Violet", "Owen", "Freya", "Liam",
                "Imogen", "Caleb", "Martha", "Dylan", "Nora", "Silas", "Beth", "Angus", "Tessa",
                "Rory",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Ash", "Black", "Brad", "Clay", "Dal", "East", "Green", "Hart", "Hol", "King",
                "Lang", "Mill", "Nor", "Oak", "Pem", "Red", "Shel", "Stan", "Thorn", "Under",
                "Wal", "West", "Whit", "Wood", "Har", "Marl", "Ford", "Kirk", "Bram", "Long",
            ],
            tails: &[
                "ton", "ford", "ley", "field", "worth", "man", "well", "brook", "combe", "wood",
                "ham", "by", "son", "ward", "more", "den", "hurst", "croft",
            ],
        },
        prefix: "+4471",
        digits: 8,
    },
    Culture {
        share: 12,
        given: Parts {
            heads: &[
                "María", "José", "Lucía", "Antonio", "Carmen", "Javier", "Inés", "Diego", "Elena",
                "Raúl", "Sofía", "Andrés", "Pilar", "Íñigo", "Marta", "Hugo", "Begoña", "Álvaro",
                "Noelia", "Pablo",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Gonz", "Rodr", "Fern", "Mart", "Dom", "Ben", "Velas", "Jim", "Her", "Alv", "Nuñ",
                "Ord", "Sanch", "Ram", "Mend", "Guti", "Ibañ", "Per",
            ],
            tails: &[
                "ález", "íguez", "ández", "ínez", "ínguez", "ítez", "quez", "énez", "nández",
                "óñez",
            ],
        },
        prefix: "+346",
        digits: 8,
    },
    Culture {
        share: 10,
        given: Parts {
            heads: &[
                "Zofia",
                "Jakub",
                "Agnieszka",
                "Paweł",
                "Małgorzata",
                "Łukasz",
                "Ewa",
                "Stanisław",
                "Bożena",
                "Grzegorz",
                "Kinga",
                "Michał",
                "Żaneta",
                "Wojciech",
                "Halina",
                "Bartosz",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Kowal", "Wiśniew", "Lewandow", "Zieliń", "Szymań", "Wójcik", "Dąbrow", "Kozłow",
                "Jankow", "Majew", "Olszew", "Jaworow", "Pawłow", "Górecz", "Rutkow", "Łukasz",
            ],
            tails: &["ski", "ska", "icz", "czyk", "ak", "owicz", "ek"],
        },
        prefix: "+4850",
        digits: 7,
    },
    Culture {
        share: 8,
        given: Parts {
            heads: &[
                "Анна",
                "Дмитрий",
                "Ольга",
                "Сергей",
                "Наталья",
                "Алексей",
                "Мария",
                "Иван",
                "Ирина",
                "Павел",
                "Светлана",
                "Олег",
                "Юлия",
                "Николай",
                "Вера",
                "Фёдор",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Иван",
                "Петр",
                "Соколь",
                "Морос",
                "Волк",
                "Лебед",
                "Новик",
                "Козл",
                "Степан",
                "Орл",
                "Андре",
                "Макар",
                "Захар",
                "Белозер",
                "Рома",
                "Сергиен",
            ],
            tails: &["ов", "ова", "ский", "енко", "евич", "ин", "ина"],
        },
        prefix: "+79",
        digits: 9,
    },
    Culture {
        share: 4,
        given: Parts {
            heads: &[
                "Μαρία",
                "Γιώργος",
                "Ελένη",
                "Δημήτρης",
                "Κατερίνα",
                "Νίκος",
                "Σοφία",
                "Κώστας",
                "Ιωάννα",
                "Παναγιώτης",
                "Άννα",
                "Θανάσης",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "Παπα",
                "Γεωργ",
                "Νικολ",
                "Δημ",
                "Κωνσταντιν",
                "Αντων",
                "Θεοδωρ",
                "Βασιλ",
            ],
            tails: &["όπουλος", "ίδης", "άκης", "άτος", "ίου", "έλλης"],
        },
        prefix: "+3069",
        digits: 8,
    },
    Culture {
        share: 6,
        given: Parts {
            heads: &[
                "محمد",
                "فاطمة",
                "أحمد",
                "مريم",
                "علي",
                "نور",
                "خالد",
                "ليلى",
                "يوسف",
                "زينب",
                "حسن",
                "سارة",
                "عمر",
                "هدى",
                "إبراهيم",
                "رانيا",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "المصري",
                "حداد",
                "الخطيب",
                "النجار",
                "منصور",
                "السيد",
                "القاضي",
                "عباس",
                "الشريف",
                "فرح",
                "سليمان",
                "الحلبي",
                "درويش",
                "نصار",
                "قاسم",
                "عثمان",
            ],
            tails: WHOLE,
        },
        prefix: "+2010",
        digits: 8,
    },
    Culture {
        share: 2,
        given: Parts {
            heads: &[
                "נועה", "דוד", "תמר", "יוסף", "מאיה", "איתי", "רחל", "משה", "שירה", "אורי",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "כהן",
                "לוי",
                "מזרחי",
                "פרץ",
                "ביטון",
                "דהן",
                "אברהם",
                "פרידמן",
                "שפירא",
                "גולן",
            ],
            tails: WHOLE,
        },
        prefix: "+97252",
        digits: 7,
    },
    Culture {
        share: 5,
        given: Parts {
            heads: &[
                "伟", "芳", "娜", "秀", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰",
            ],
            tails: &["", "英", "明", "华", "玲", "平", "文"],
        },
        family: Parts {
            heads: &[
                "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "周", "吴", "徐", "孙", "欧阳",
                "马",
            ],
            tails: WHOLE,
        },
        prefix: "+86138",
        digits: 8,
    },
    Culture {
        share: 3,
        given: Parts {
            heads: &[
                "さくら",
                "健太",
                "美咲",
                "翔",
                "陽子",
                "大輔",
                "ひかり",
                "直樹",
                "恵子",
                "蓮",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &["山", "田", "中", "小", "松", "石", "高", "森", "藤", "吉"],
            tails: &["本", "村", "田", "川", "井", "原", "口", "野"],
        },
        prefix: "+81901",
        digits: 7,
    },
    Culture {
        share: 2,
        given: Parts {
            heads: &["민", "서", "지", "예", "수", "하", "준", "은"],
            tails: &["준", "연", "우", "민", "현", "아", "진"],
        },
        family: Parts {
            heads: &["김", "이", "박", "최", "정", "강", "조", "윤", "장", "임"],
            tails: WHOLE,
        },
        prefix: "+82102",
        digits: 7,
    },
    Culture {
        share: 2,
        given: Parts {
            heads: &[
                "प्रिया",
                "राहुल",
                "अनीता",
                "विकास",
                "सुनीता",
                "अमित",
                "कविता",
                "संजय",
                "दीपिका",
                "अर्जुन",
            ],
            tails: WHOLE,
        },
        family: Parts {
            heads: &[
                "शर्मा",
                "वर्मा",
                "गुप्ता",
                "सिंह",
                "कुमार",
                "पटेल",
                "जोशी",
                "मिश्रा",
                "यादव",
                "मेहता",
            ],
            tails: WHOLE,
        },
        prefix: "+9198",
        digits: 8,
    },
];
