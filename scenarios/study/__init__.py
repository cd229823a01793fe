"""Studies: a family of scenarios in several variants, on the same chances, often enough to be believed."""
