//! What files say of the profiles that containers get.

mod uses {
    pub mod corpus;
    pub mod hostile;
    pub mod kinds;
}
