"""A running Ibid as it is seen from outside: figures for Prometheus, traces for OpenTelemetry."""
