"""What others build on the platform: plugins and webhooks."""
