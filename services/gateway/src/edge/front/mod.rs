//! In front of the HTTP server: bounds the heads of requests and names what is wrong with them.
//!
//! The server by itself takes no more than 96 header fields, and answers a head that it cannot take with a bare status. So
//! every connection is wrapped in a [`Guard`], which reads the bytes on their way with the server's own decoder. It lets pass
//! what the server takes; a head that it does not take is replaced by one that stands for the refusal, so that the answer is
//! given in its turn by the application, like every other one.

mod crowded;
mod guard;
mod notes;
mod reader;
mod refusal;

pub use guard::Guard;
pub use notes::Notes;
pub use refusal::Refusal;

use actix_web::{HttpMessage, dev::ServiceRequest};
use notes::Note;
use std::rc::Rc;

/// Completes a request by what the guard has noted of it: fields that the server did not see, or a [`Refusal`] among its
/// extensions. To be called once for each request of a connection, in their order.
pub fn complete(request: &mut ServiceRequest) {
    let notes = request.conn_data::<Rc<Notes>>();
    match notes.and_then(|notes| notes.begin()) {
        None => {}
        Some(Note::Refused(refusal)) => {
            request.extensions_mut().insert(refusal);
        }
        Some(Note::Fields(fields)) => {
            for (name, value) in fields {
                request.headers_mut().append(name, value);
            }
        }
    }
}
