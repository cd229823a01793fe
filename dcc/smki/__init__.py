"""The test SMKI: hierarchy and certificate profiles, repository, external test key stores."""
