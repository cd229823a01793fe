"""The SMETS1 Service Providers: cohorts, the service itself, its signed answers, migration into it."""
