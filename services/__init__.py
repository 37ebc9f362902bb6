"""Provide what the product does; knows nothing of Slack."""
