//! What books and groups have in common: a name and a description.

use web::{Fault, Faults, Object, Problem};

const MAX_NAME_CHARS: usize = 200;
const MAX_DESCRIPTION_CHARS: usize = 1_000;

/// Members that the server owns: accepted and ignored.
const SERVER_OWNED: [&str; 5] = ["id", "version", "is_default", "created_at", "updated_at"];

pub struct Named {
    pub name: String,
    pub description: Option<String>,
}

pub fn read(value: &serde_json::Value) -> Result<Named, Problem> {
    let mut faults = Faults::new();
    let Some(mut root) = Object::at(value, "#".to_owned(), &mut faults) else {
        return Err(Problem::invalid(faults.into_vec()));
    };
    root.ignore(&SERVER_OWNED);
    let named = Named {
        name: root.required_text("name", MAX_NAME_CHARS, &mut faults),
        description: root
            .text("description", MAX_DESCRIPTION_CHARS, &mut faults)
            .filter(|text| !text.is_empty()),
    };
    if !named.name.is_empty() && named.name.trim().is_empty() {
        faults.add(Fault::pointer("#/name", "must not be blank"));
    }
    root.finish(&mut faults);
    faults.or(named)
}
