"""Looking after what an installation keeps."""
