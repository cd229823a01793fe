"""What the DCC does before and after each modification, row by row; one module a table, named after it."""
