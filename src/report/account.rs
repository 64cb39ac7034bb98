//! What a run found, in words: the one form from which every face is made.
//!
//! `diff`, `check` and `review` each give an [`Account`]; a face turns one into text, JSON, Markdown, SARIF,
//! HTML, ... and knows none of the three. Every text in it is as it came, control characters of a
//! hostile file included: a face escapes for its own format.

pub(super) mod checked;
pub(super) mod compared;
pub(super) mod data;
mod item;
mod model;
pub(super) mod origin;
mod region;
mod rules;
mod table;
pub(super) mod told;
mod uses;
pub(super) mod words;

pub(super) use checked::plainly_checked;
pub use checked::{check_account, checked, finding_item, load_item};
pub use compared::{compared, diff_account};
pub use item::bare;
pub(super) use model::Told;
pub use model::{
    Accepted, Account, Cell, Command, Effect, Entry, Item, Level, Status, Table, TableRow, Verdict,
};
pub use region::Region;
pub use rules::{Rule, rule, rules};
pub use table::table;
pub use uses::SeenUse;
