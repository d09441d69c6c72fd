"""Contents by digest, sealed, over a folder or an S3 store of named objects."""
