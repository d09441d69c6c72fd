"""The Context Optimization service: the verbs that every entrypoint calls."""
