use crate::Position;
use serde_json::Value;

/// One row that is not blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The line that the row begins in, from 1.
    pub line: u64,
    /// Where to go on behind this row; see [`Reader::resume`](crate::Reader::resume).
    pub next: Position,
    /// The contact as a caller would POST it, or everything that is wrong with the row.
    pub result: Result<Value, Vec<RowFault>>,
    /// Names of the groups that the contact is in.
    pub groups: Vec<String>,
    /// What of the row did not fit into the contact and was left out or cut.
    pub notes: Vec<RowFault>,
}

/// Where a row is wrong, and how.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .column.as_ref().map(|column| format!("{column}: ")).unwrap_or_default())]
pub struct RowFault {
    /// The column as the header names it; `None` when it is the row as a whole.
    pub column: Option<String>,
    pub reason: String,
}

impl RowFault {
    pub(crate) fn row(reason: impl Into<String>) -> Self {
        Self {
            column: None,
            reason: reason.into(),
        }
    }

    pub(crate) fn column(column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            column: Some(column.into()),
            reason: reason.into(),
        }
    }
}

/// What the cells of a row say.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    pub document: Value,
    pub groups: Vec<String>,
    pub notes: Vec<RowFault>,
    pub faults: Vec<RowFault>,
}
