use super::*;
use contracts::jobs::{self, Job};

impl Phonebook {
    async fn import(&self, query: &str, content_type: &str, file: &'static str) -> Reply {
        let received = self.upload(content_type, file.as_bytes()).await;
        let uri = format!("/v1/contacts/imports{query}");
        self.send("POST", &uri, &[], "", Some(received)).await
    }

    /// The job of an import, once it is over.
    async fn finished(&self, begun: &Reply) -> Job {
        assert_eq!(begun.status(), 202, "{}", begun.json());
        let id = begun.header("location").strip_prefix("/v1/jobs/").unwrap();
        assert_eq!(begun.json()["job_id"], id);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let store = &self.node.backends().store;
            let item = store.get(&self.tenant, &jobs::key(id), Read::Strong).await;
            let job: Job = serde_json::from_slice(&item.unwrap().unwrap().value).unwrap();
            if job.state.is_final() {
                return job;
            }
            assert!(Instant::now() < deadline, "{job:?}");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_becomes_contacts_and_a_file_again() {
    let phonebook = Phonebook::start().await;
    let csv = "First Name,Last Name,Phone 1 - Label,Phone 1 - Value,Labels\r\nAda,Lovelace,Work,020 7946 0018,Friends\r\nEva,,Work,nobody,\r\n";
    let begun = phonebook
        .import("?region=gb", "text/csv; charset=utf-8", csv)
        .await;
    let job = phonebook.finished(&begun).await;
    assert_eq!((job.done, job.total, job.errors.len()), (1, 2, 1));
    assert_eq!(job.errors[0].index, 1);
    assert_eq!(
        phonebook.displays("/v1/contacts?q=lovelace").await,
        ["Ada Lovelace"]
    );
    let list = phonebook.get("/v1/contacts").await.json();
    assert_eq!(list["data"][0]["phones"][0]["e164"], "+442079460018");

    let json = phonebook.get("/v1/contacts/export").await;
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.json(), list["data"]);
    let csv = phonebook.get("/v1/contacts/export?format=csv").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    let text = String::from_utf8_lossy(&csv.0.body).into_owned();
    assert!(
        text.contains("Lovelace") && text.contains("Friends"),
        "{text}"
    );
    let cards = phonebook
        .get("/v1/contacts/export?format=vcard&version=4.0")
        .await;
    let text = String::from_utf8_lossy(&cards.0.body).into_owned();
    assert!(text.starts_with("BEGIN:VCARD\r\nVERSION:4.0\r\n"), "{text}");
    assert_eq!(
        cards.header("content-disposition"),
        "attachment; filename=\"contacts.vcf\""
    );
    let group = list["data"][0]["groups"][0].as_str().unwrap();
    let members = phonebook
        .get(&format!("/v1/contacts/export?group={group}"))
        .await;
    assert_eq!(members.json().as_array().unwrap().len(), 1);
    let book = String::from(TypeId::new("book"));
    let nobody = phonebook
        .get(&format!("/v1/contacts/export?book={book}"))
        .await;
    assert_eq!(nobody.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_go_into_the_book_that_was_named() {
    let phonebook = Phonebook::start().await;
    let made = phonebook.post("/v1/books", json!({"name": "Phone"})).await;
    let book = made.json()["id"].as_str().unwrap().to_owned();
    let card = "BEGIN:VCARD\nVERSION:2.1\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller;J=C3=B6rg\nTEL;CELL:*100#\nEND:VCARD\n";
    let query = format!("?book={book}");
    for what in ["1 created", "1 unchanged"] {
        let begun = phonebook.import(&query, "text/x-vcard", card).await;
        assert_eq!(phonebook.finished(&begun).await.steps, [what]);
    }
    let begun = phonebook
        .import(&format!("{query}&lenient=false"), "text/vcard", card)
        .await;
    assert_eq!(phonebook.finished(&begun).await.steps, ["1 unchanged"]);
    let list = phonebook
        .displays(&format!("/v1/contacts?book={book}"))
        .await;
    assert_eq!(list, ["Jörg Müller"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_the_request_is_told_at_once() {
    let phonebook = Phonebook::start().await;
    let other = phonebook.import("", "image/png", "x").await;
    assert_eq!(other.status(), 415);
    let unknown = String::from(TypeId::new("book"));
    for (query, parameters) in [
        (
            "?region=XX&lenient=perhaps".to_owned(),
            vec!["region", "lenient"],
        ),
        (format!("?book={unknown}&dates=soon"), vec!["dates", "book"]),
        ("?book=mine".to_owned(), vec!["book"]),
    ] {
        let refused = phonebook
            .import(&query, "text/csv", "name.given\r\nAda\r\n")
            .await;
        assert_eq!(refused.status(), 400);
        let problem = refused.json();
        let errors = problem["errors"].as_array().unwrap().iter();
        let named: Vec<_> = errors
            .map(|error| error["parameter"].as_str().unwrap())
            .collect();
        assert_eq!(named, parameters, "{query}");
    }
    let refused = phonebook
        .get("/v1/contacts/export?format=xml&group=7")
        .await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json()["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_of_groups_become_groups_and_cards_again() {
    let phonebook = Phonebook::start().await;
    let file = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:g\r\nN:Friends;;;;\r\nFN:Friends\r\nX-ADDRESSBOOKSERVER-KIND:group\r\n\
        X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:ada\r\nX-ADDRESSBOOKSERVER-MEMBER:urn:uuid:g\r\n\
        X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:bob\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada\r\nN:;Ada;;;\r\nFN:Ada\r\nEND:VCARD\r\n\
        BEGIN:VCARD\r\nVERSION:3.0\r\nUID:eve\r\nN:;Eve;;;\r\nFN:Eve\r\nEND:VCARD\r\n";
    let mut members = String::new();
    for what in ["2 created", "2 unchanged"] {
        let begun = phonebook.import("", "text/vcard", file).await;
        let job = phonebook.finished(&begun).await;
        assert_eq!(job.steps, [what, "1 as groups"]);
        assert_eq!((job.done, job.total, job.errors.len()), (2, 3, 0));
        let groups = phonebook.get("/v1/groups").await.json();
        assert_eq!(groups["data"].as_array().unwrap().len(), 1);
        assert_eq!(groups["data"][0]["name"], "Friends");
        let id = groups["data"][0]["id"].as_str().unwrap();
        members = format!("/v1/contacts?group={id}");
        let deadline = Instant::now() + PATIENCE;
        while phonebook.displays(&members).await != ["Ada"] {
            assert!(Instant::now() < deadline, "Ada is a member");
            tokio::task::yield_now().await;
        }
    }
    let late = "BEGIN:VCARD\nVERSION:4.0\nUID:urn:uuid:bob\nFN:Bob\nEND:VCARD\n";
    let begun = phonebook.import("", "text/vcard", late).await;
    phonebook.finished(&begun).await;
    assert_eq!(phonebook.displays(&members).await, ["Ada", "Bob"]);

    phonebook
        .post("/v1/groups", json!({"name": "Made here"}))
        .await;
    let export = phonebook.get("/v1/contacts/export?format=vcard").await;
    let text = String::from_utf8(export.0.body.to_vec()).unwrap();
    let (group, _) = file
        .split_once("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:ada")
        .unwrap();
    assert!(
        text.contains(group) && text.contains("FN:Made here"),
        "{text}"
    );
    let begun = phonebook.import("", "text/vcard", text.leak()).await;
    let job = phonebook.finished(&begun).await;
    assert_eq!(job.steps, ["3 unchanged", "2 as groups"]);
    let groups = phonebook.get("/v1/groups").await.json();
    assert_eq!(groups["data"].as_array().unwrap().len(), 2);
    assert_eq!(phonebook.displays(&members).await, ["Ada", "Bob"]);
}
