use crate::tenant;
use end_to_end::{Client, is_over};
use serde_json::{Value, json};
use std::fmt::Write;

const CARDS: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:import-ada\r\nN:Lovelace;Ada;;;\r\nFN:Ada Lovelace\r\n\
    item1.TEL;type=pref:+44 20 7946 0018\r\nitem1.X-ABLabel:desk\r\nX-COLOUR;X-SHADE=pale:mau\r\n ve\r\n\
    NOTE:first\\nsecond\r\nEND:VCARD\r\n\
    BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;J=C3=B6rg\r\n\
    TEL;CELL:*100#\r\nEND:VCARD\r\n\
    BEGIN:VCARD\r\nVERSION:4.0\r\nUID:urn:uuid:3f0a0b5e-7a1f-4c6e-8a55-000000000002\r\nFN:Grace Hopper\r\n\
    TEL;TYPE=\"cell,voice\";VALUE=uri;PREF=1:tel:+1-202-555-0100\r\nBDAY:19061209\r\nEND:VCARD\r\n";
const GOOGLE: &str = "First Name,Last Name,Labels,Phone 1 - Label,Phone 1 - Value,Birthday,Shoe size\r\n\
    Zoë,Ångström,Choir ::: * myContacts,Cabin,+46 8 123 456 79,1990-12-31,38\r\n\
    Eva,,,* Mobile,+46 8 123 456 78,--02-29,\r\n";
const OUTLOOK: &str = "Anrede;Vorname;Nachname;Firma;Telefon geschäftlich;E-Mail-Adresse;Geburtstag;Notizen\r\n\
    Frau;Jürgen-Käthe;Großmann;Müller & Söhne;0221 1234567;kaethe@example.de;5.4.1980;\"eine Zeile\r\nund noch eine\"\r\n";
const OWN: &str = "name.given,phones.0.number,phones.0.label,custom.locker,groups\r\n\
    Bob,'+49 30 1234567,desk,7,\"Chess\nFriends\"\r\nCarl,'+49 30 1234568,,8,Chess\r\n";
const JSON: &str = r#"[{"name": {"given": "Emmy", "family": "Noether"}, "emails": [{"address": "emmy@example.com"}]},
    {"organization": {"name": "Tea & Co"}, "phones": [{"number": "+44 20 7946 0020", "type": "work"}]}]"#;

/// A file, its media type, what the request says besides, and who is in it.
fn files() -> Vec<(&'static str, &'static str, Vec<u8>, Vec<&'static str>)> {
    let latin = |text: &str| text.chars().map(|c| c as u8).collect();
    vec![
        (
            "text/vcard",
            "",
            CARDS.into(),
            vec!["Ada Lovelace", "Jörg Müller", "Grace Hopper"],
        ),
        (
            "text/csv; charset=utf-8",
            "",
            GOOGLE.into(),
            vec!["Zoë Ångström", "Eva"],
        ),
        (
            "text/csv",
            "region=de",
            latin(OUTLOOK),
            vec!["Frau Jürgen-Käthe Großmann"],
        ),
        ("text/csv", "", OWN.into(), vec!["Bob", "Carl"]),
        (
            "application/json",
            "",
            JSON.into(),
            vec!["Emmy Noether", "Tea & Co"],
        ),
    ]
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

pub async fn forms(root: &Client) {
    let client = &tenant(root, "imports").await;
    let mut expected = Vec::new();
    for (content_type, query, file, names) in files() {
        let job = client.import(query, content_type, &file).await;
        let many = names.len();
        assert_eq!(job["errors"], json!([]), "{job}");
        assert_eq!(
            (&job["kind"], &job["state"], &job["done"], &job["total"]),
            (
                &json!("contacts.import"),
                &json!("succeeded"),
                &json!(many),
                &json!(many)
            )
        );
        assert_eq!(job["steps"], json!([format!("{many} created")]));
        expected.extend(names.into_iter().map(str::to_owned));
        let all = sorted(client.names("limit=500").await);
        assert_eq!(all, sorted(expected.clone()), "{content_type}");
    }
    let bob = &client.all("/v1/contacts?q=bob").await[0];
    assert_eq!(bob["phones"][0]["e164"], "+49301234567");
    assert_eq!(bob["groups"].as_array().map(Vec::len), Some(2), "{bob}");
    let kaethe = &client.all("/v1/contacts?q=gro%C3%9Fmann").await[0];
    assert_eq!(kaethe["phones"][0]["e164"], "+492211234567");
    assert_eq!(kaethe["birthday"], "1980-04-05");
    again(client).await;
}

/// Neither the files themselves nor what is made of their contacts say anything new.
async fn again(client: &Client) {
    let before = client.contacts_as_shown().await;
    let groups = client.all("/v1/groups?limit=500").await;
    for (content_type, query, file, names) in files() {
        let job = client.import(query, content_type, &file).await;
        assert_eq!(job["steps"], json!([format!("{} unchanged", names.len())]));
        assert_eq!(client.contacts_as_shown().await, before, "{content_type}");
    }
    let contacts = json!(["10 unchanged"]);
    let with_groups = json!(["10 unchanged", format!("{} as groups", groups.len())]);
    for (query, content_type, steps) in [
        ("format=json", "application/json", &contacts),
        ("format=vcard", "text/vcard", &with_groups),
        ("format=csv", "text/csv", &contacts),
    ] {
        let file = client.export(query).await;
        let job = client.import("", content_type, &file).await;
        for (after, before) in client.contacts_as_shown().await.iter().zip(&before) {
            assert_eq!(after, before, "{query}");
        }
        assert_eq!(job["steps"], *steps, "{query}: {job}");
    }
    assert_eq!(client.all("/v1/groups?limit=500").await, groups);
}

/// So many rows of which one is wrong.
fn rows(count: usize, wrong: usize) -> String {
    let mut file = "name.given,phones.0.number\r\n".to_owned();
    for row in 0..count {
        let number = if row == wrong {
            "nonsense".to_owned()
        } else {
            format!("+49 30 {:07}", 1_000_000 + row)
        };
        let _ = write!(file, "Row{row:04},{number}\r\n");
    }
    file
}

pub async fn progress(root: &Client) {
    const ROWS: usize = 700;
    const WRONG: usize = 500;
    let client = &tenant(root, "progress").await;
    let file = rows(ROWS, WRONG);
    let path = client.begin_import("", "text/csv", file.as_bytes()).await;
    let mut last = 0;
    let job = loop {
        let job = client.get(&path).await.expect(200).json();
        let done = job["done"].as_u64().expect("a number");
        assert!(last <= done && done < ROWS as u64, "{job}");
        last = done;
        if is_over(&job) {
            break job;
        }
    };
    assert_eq!(
        (&job["state"], &job["done"], &job["total"]),
        (&json!("succeeded"), &json!(ROWS - 1), &json!(ROWS))
    );
    let errors = job["errors"].as_array().expect("errors");
    assert_eq!((errors.len(), &errors[0]["index"]), (1, &json!(WRONG)));
    let detail = errors[0]["detail"].as_str().expect("a text");
    // The header is the first line.
    assert!(
        detail.starts_with(&format!("line {}: #/phones/0/number", WRONG + 2)),
        "{detail}"
    );
    assert_eq!(client.names("limit=500").await.len(), ROWS - 1);
    preferences(client, file.as_bytes(), &job).await;
}

/// Who prefers to wait gets the finished job, others one that goes on.
async fn preferences(client: &Client, file: &[u8], first: &Value) {
    let waited = client
        .import_preferring("respond-async, wait=30", "", "text/csv", file)
        .await
        .expect(200);
    assert_eq!(waited.header("preference-applied"), Some("wait=30"));
    let job = waited.json();
    assert_eq!(
        (&job["done"], &job["errors"]),
        (&first["done"], &first["errors"])
    );
    let steps = json!(["699 unchanged", "1 refused"]);
    assert_eq!(job["steps"], steps);
    let impatient = client
        .import_preferring("wait=0", "", "text/csv", b"name.given\r\nLast\r\n")
        .await;
    assert!(matches!(impatient.status, 200 | 202), "{impatient:?}");
}
