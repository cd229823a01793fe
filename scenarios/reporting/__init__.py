"""Reports of studies: what a working group reads, and the tables behind it."""
