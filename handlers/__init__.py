"""The Slack edge: what people type and click comes in, what services return goes out."""
