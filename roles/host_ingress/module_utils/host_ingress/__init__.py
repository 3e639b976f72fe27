"""Judge what the API server says about a host's workloads."""
