//! The document that tells programs of every operation: what `utoipa` gathers
//! from the code, and what all operations have in common, said once.

use serde_json::{Map, Value, json};
use utoipa::OpenApi as _;

use super::Document;

const UUID: &str = "6f1c5a52-9d5e-4c0b-8a53-0c1f6a4f7b10";
const HEX_32: &str = "^[0-9a-fA-F]{64}$";
/// A place's name.
pub const SLOT: &str = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$";

/// The document.
pub fn document() -> Value {
    let mut document = json!(Document::openapi());
    document["info"]["description"] = json!(ABOUT);
    let paths = document["paths"].as_object_mut();
    for (path, operations) in paths.into_iter().flatten() {
        for operation in operations.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
            parameters.into_iter().flatten().for_each(|parameter| describe(path, parameter));
            let responses = operation.get_mut("responses").and_then(Value::as_object_mut);
            responses.into_iter().for_each(answers);
        }
    }
    document
}

/// Words for programmers; no patient reads them.
const ABOUT: &str = "Free times, holds and bookings of dental clinics. A booking is only ever confirmed by the \
     clinic itself: until then its outcome says `received` or `held`. Refusals are problems (RFC 9457) whose `code` \
     doesn't change.";

/// What a parameter has to look like, wherever it stands.
fn describe(path: &str, parameter: &mut Value) {
    let (place, name) = (parameter["in"].as_str().unwrap_or_default(), parameter["name"].as_str().unwrap_or_default());
    let (schema, example, description) = match (place, name) {
        ("header", "Booking-Secret") => (
            json!({ "type": "string", "pattern": HEX_32 }),
            json!("5f".repeat(32)),
            "32 bytes that the booking's maker drew, or those in its mails' links; never in a path",
        ),
        ("header", "Partner-Key") => (
            json!({ "type": "string", "pattern": HEX_32 }),
            json!("a7".repeat(32)),
            "opens the bookings of one clinic, to be read",
        ),
        ("header", "Idempotency-Key") => (
            json!({ "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" }),
            json!("form-1"),
            "names the attempt: said again with the same body it is answered as it stands",
        ),
        ("header", "Visitor") => {
            (json!({ "type": "string", "format": "uuid" }), json!(UUID), "whom the page drew for itself")
        }
        ("path", "id") if path.starts_with("/api/v1/holds/") => {
            (json!({ "type": "string", "pattern": HEX_32 }), json!("0c".repeat(32)), "the hold's")
        }
        ("path", "id") => (json!({ "type": "string", "format": "uuid" }), json!(UUID), "its id"),
        ("path", "slot") => (
            json!({ "type": "string", "pattern": SLOT }),
            json!(format!("{UUID}@2027-03-01T09:30")),
            "with whom and when, by the clock on the clinic's wall",
        ),
        ("query", "practitioner" | "kind") => {
            (json!({ "type": "string", "format": "uuid" }), json!(UUID), "only this one")
        }
        ("query", "from" | "to" | "day") => {
            (json!({ "type": "string", "format": "date" }), json!("2027-03-01"), "a clinic-local day")
        }
        _ => return,
    };
    parameter["schema"] = schema;
    parameter["example"] = example;
    if parameter["description"].as_str().is_none_or(str::is_empty) {
        parameter["description"] = json!(description);
    }
}

/// Refusals are problems, and the store may fail under any operation.
fn answers(responses: &mut Map<String, Value>) {
    for (status, response) in responses.iter_mut() {
        let description = match status.as_str() {
            "200" => "as asked",
            "201" => "it was not there before",
            "304" => "it is as it was: the asker has it",
            "204" => "done; there is nothing to show",
            _ => "refused; the code says why",
        };
        response["description"] = json!(description);
    }
    let retry = json!({ "description": "seconds to wait before trying again", "schema": { "type": "integer" } });
    let problem = |description| {
        json!({
            "description": description,
            "headers": { "Retry-After": retry },
            "content": { "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "example": { "type": "about:blank", "title": "Conflict", "status": 409, "code": "being_booked" },
            } },
        })
    };
    responses.insert("4XX".to_owned(), problem("refused; the code says why"));
    responses.insert("503".to_owned(), problem("the store can't be asked just now; nothing was written"));
}
