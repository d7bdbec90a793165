//! Which version knows which names.

/// Properties of 3.0 (RFC 2426), and those that others defined for it (RFC 2739, RFC 4770).
const IN_V3: [&str; 37] = [
    "ADR",
    "AGENT",
    "BDAY",
    "CALADRURI",
    "CALURI",
    "CAPURI",
    "CATEGORIES",
    "CLASS",
    "EMAIL",
    "FBURL",
    "FN",
    "GEO",
    "IMPP",
    "KEY",
    "LABEL",
    "LOGO",
    "MAILER",
    "N",
    "NAME",
    "NICKNAME",
    "NOTE",
    "ORG",
    "PHOTO",
    "PRODID",
    "PROFILE",
    "REV",
    "ROLE",
    "SORT-STRING",
    "SOUND",
    "SOURCE",
    "TEL",
    "TITLE",
    "TZ",
    "UID",
    "URL",
    "VERSION",
    "BEGIN",
];

/// Properties that 3.0 has and 4.0 has not.
const ONLY_IN_V3: [&str; 9] = [
    "AGENT",
    "CAPURI",
    "CLASS",
    "LABEL",
    "MAILER",
    "NAME",
    "PROFILE",
    "SORT-STRING",
    "BEGIN",
];

/// Properties of 4.0 (RFC 6350, 6474, 6715, 8605, 9554, 9555) that 3.0 has not.
const ONLY_IN_V4: [&str; 21] = [
    "ANNIVERSARY",
    "BIRTHPLACE",
    "CLIENTPIDMAP",
    "CONTACT-URI",
    "CREATED",
    "DEATHDATE",
    "DEATHPLACE",
    "EXPERTISE",
    "GENDER",
    "GRAMGENDER",
    "HOBBY",
    "INTEREST",
    "JSPROP",
    "KIND",
    "LANG",
    "LANGUAGE",
    "MEMBER",
    "ORG-DIRECTORY",
    "PRONOUNS",
    "RELATED",
    "SOCIALPROFILE",
];

/// Parameters of 4.0 that 3.0 has not.
const PARAMETERS_OF_V4: [&str; 22] = [
    "ALTID",
    "AUTHOR",
    "AUTHOR-NAME",
    "CALSCALE",
    "CC",
    "CREATED",
    "DERIVED",
    "GEO",
    "INDEX",
    "JSCOMPS",
    "JSPTR",
    "LABEL",
    "LEVEL",
    "MEDIATYPE",
    "PHONETIC",
    "PID",
    "PREF",
    "PROP-ID",
    "SCRIPT",
    "SERVICE-TYPE",
    "TZ",
    "USERNAME",
];

/// Under what name 3.0 keeps a property of 4.0.
pub fn in_v3(name: &str) -> String {
    if IN_V3.contains(&name) || name.starts_with("X-") {
        name.to_owned()
    } else {
        format!("X-{name}")
    }
}

/// Under what name 4.0 has a property of 3.0.
pub fn in_v4(name: &str) -> String {
    let bare = name.strip_prefix("X-");
    match (name, bare) {
        ("X-ADDRESSBOOKSERVER-KIND", _) => "KIND".to_owned(),
        ("X-ADDRESSBOOKSERVER-MEMBER", _) => "MEMBER".to_owned(),
        (_, Some(bare)) if ONLY_IN_V4.contains(&bare) || bare == "XML" => bare.to_owned(),
        _ if ONLY_IN_V3.contains(&name) => format!("X-{name}"),
        _ => name.to_owned(),
    }
}

/// Under what name 3.0 keeps a parameter of 4.0.
pub fn parameter_in_v3(name: &str) -> String {
    if PARAMETERS_OF_V4.contains(&name) || name == "SORT-AS" {
        format!("X-{name}")
    } else {
        name.to_owned()
    }
}

pub fn parameter_in_v4(name: &str) -> String {
    match name.strip_prefix("X-") {
        Some(bare) if PARAMETERS_OF_V4.contains(&bare) => bare.to_owned(),
        _ => name.to_owned(),
    }
}

/// Properties that a card may have only once.
pub fn is_single(name: &str, is_v4: bool) -> bool {
    matches!(name, "N" | "BDAY" | "REV" | "PRODID" | "UID")
        || (is_v4 && matches!(name, "ANNIVERSARY" | "GENDER" | "KIND"))
        || (!is_v4 && matches!(name, "FN" | "CLASS" | "SORT-STRING" | "MAILER"))
}
