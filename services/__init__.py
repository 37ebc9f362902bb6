"""What the product does; knows nothing of Slack."""
