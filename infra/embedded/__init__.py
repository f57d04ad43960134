"""The embedded engine: server, worker, scheduler and supervisor, and the reading of serverless.yml."""
