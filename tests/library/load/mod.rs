mod corpus;
mod decode;
mod normal_form;
mod open;
