"""TokenEstimator: tokens, prices and forecasts."""
