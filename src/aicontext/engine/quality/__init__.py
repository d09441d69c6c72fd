"""Evidence, validation and the calibrated quality score."""
