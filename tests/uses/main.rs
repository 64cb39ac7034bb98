//! What files say of the profiles that containers get.

mod corpus;
mod hostile;
mod kinds;
