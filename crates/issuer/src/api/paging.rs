//! The parameters by which pages are asked for. What is wrong with one is kept for [`Fields::finish`].

use serde_json::Value;
use uuid::Uuid;

use crate::fields::Fields;

/// Entries of a page, unless the question says otherwise.
const LIMIT: usize = 50;
/// And at most.
const MOST: usize = 200;

/// An id, as an earlier answer has it.
pub(super) fn id(query: &mut Fields, name: &str) -> Option<Uuid> {
    let text = query.parameter(name)?;
    let id = text.parse().ok();
    if id.is_none() {
        let msg = "Input should be a valid UUID";
        query.refuse(name, "uuid_parsing", msg, Value::from(text));
    }
    id
}

/// How many entries.
pub(super) fn limit(query: &mut Fields) -> usize {
    let Some(text) = query.parameter("limit") else {
        return LIMIT;
    };
    let (kind, msg) = match text.parse::<i64>().map(usize::try_from) {
        Ok(Ok(limit)) if (1..=MOST).contains(&limit) => return limit,
        Ok(Ok(1..)) => (
            "less_than_equal",
            "Input should be less than or equal to 200",
        ),
        Ok(_) => (
            "greater_than_equal",
            "Input should be greater than or equal to 1",
        ),
        Err(_) => ("int_parsing", "Input should be a valid integer"),
    };
    query.refuse("limit", kind, msg, Value::from(text));
    LIMIT
}
