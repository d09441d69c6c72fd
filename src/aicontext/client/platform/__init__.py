"""The platform's API, asked from Python; `aicontext.client` shows what there is."""
