"""The market over JSON: thin endpoints, each making one domain call."""
