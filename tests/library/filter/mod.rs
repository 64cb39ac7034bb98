mod filters;
