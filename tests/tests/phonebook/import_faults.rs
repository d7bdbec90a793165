use crate::tenant;
use end_to_end::Client;
use serde_json::{Value, json};

/// A broken file, its media type, the state and the count that come of it, and what its faults begin with.
struct Broken {
    content_type: &'static str,
    file: &'static [u8],
    state: &'static str,
    done: u64,
    faults: &'static [(u64, &'static str)],
}

const BROKEN: &[Broken] = &[
    Broken {
        content_type: "text/vcard",
        file: b"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:f1\r\nFN:Fine One\r\nEND:VCARD\r\n\
            not a card\r\n\
            BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Open\r\n\
            BEGIN:VCARD\r\nVERSION:9.0\r\nFN:Late\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nFN:Lacks\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:4.0\r\nUID:f2\r\nFN:Fine Two\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:3.0\r\nUID:f3\r\nNOTE:nobody\r\nEND:VCARD\r\n\
            BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Cut",
        state: "succeeded",
        done: 2,
        faults: &[
            (1, "line 6: text outside of any card"),
            (2, "line 7: the card has no END:VCARD"),
            (3, "line 11: VERSION:9.0 is not known"),
            (4, "line 14: the card has no VERSION"),
            (6, "line 22: #: "),
            (7, "line 27: the card has no END:VCARD"),
        ],
    },
    Broken {
        content_type: "text/csv",
        file: b"\xEF\xBB\xBFname.given,birthday\r\nCsv One,1980-12-31\r\nJ\xF6rg,\r\nSoon,5/4/1980\r\n\
            Wide,,three\r\n\"Open,,",
        state: "succeeded",
        done: 1,
        faults: &[
            (1, "line 3: name.given"),
            (2, "line 4: birthday"),
            (3, "line 5: has 3 cells"),
            (4, "line 6: "),
        ],
    },
    Broken {
        content_type: "text/csv",
        file: b"colour,shoe size\r\nred,42\r\n",
        state: "failed",
        done: 0,
        faults: &[(0, "no column can name somebody: found \"colour\", \"shoe size\"")],
    },
    Broken {
        content_type: "text/csv",
        file: b"",
        state: "failed",
        done: 0,
        faults: &[(0, "the file is empty")],
    },
    Broken {
        content_type: "application/json",
        file: b"[{\"name\": {\"given\": \"Json One\"}},\n{\"name\": {\"given\": 7}},\n {\"name\"},\n\
            {\"shoes\": 38, \"name\": {\"given\": \"X\"}},\n{\"name\": {\"given\": \"Cut\"",
        state: "succeeded",
        done: 1,
        faults: &[
            (1, "line 2: #/name/given"),
            (2, "line 3: this is not valid JSON"),
            (3, "line 4: #/shoes"),
            (4, "line 5: the file ends within this contact"),
        ],
    },
    Broken {
        content_type: "application/json",
        file: b"\n{\"name\": {\"given\": \"Nobody\"}}",
        state: "failed",
        done: 0,
        faults: &[(0, "line 2: the file must be a JSON array of contacts")],
    },
    Broken {
        content_type: "text/vcard",
        file: b"\x00\x01\x02\x89PNG",
        state: "failed",
        done: 0,
        faults: &[(0, "line 1: text outside of any card")],
    },
];

fn check(broken: &Broken, job: &Value) {
    assert_eq!(
        (&job["state"], &job["done"]),
        (&json!(broken.state), &json!(broken.done)),
        "{job}"
    );
    let errors = job["errors"].as_array().expect("errors");
    assert_eq!(errors.len(), broken.faults.len(), "{job}");
    for (error, (index, detail)) in errors.iter().zip(broken.faults) {
        assert_eq!(error["index"], *index, "{job}");
        let told = error["detail"].as_str().expect("a text");
        assert!(told.starts_with(detail), "{told} instead of {detail}");
    }
}

/// A fault names its line and its reason, and hinders no other entry.
pub async fn lines(root: &Client) {
    let client = &tenant(root, "broken files").await;
    for broken in BROKEN {
        let job = client.import("", broken.content_type, broken.file).await;
        check(broken, &job);
    }
    let names = ["Csv One", "Fine One", "Fine Two", "Json One"];
    let mut all = client.names("limit=500").await;
    all.sort();
    assert_eq!(all, names);
    let wrong = client
        .import_preferring("wait=5", "", "image/png", b"x")
        .await;
    wrong.problem(415);
    let query = "region=XX&lenient=maybe&dates=soon&book=mine";
    let wrong = client
        .import_preferring("wait=5", query, "text/csv", b"name.given\r\nAda\r\n")
        .await;
    assert_eq!(
        wrong.sorted_faults(),
        ["book", "dates", "lenient", "region"]
    );
}
