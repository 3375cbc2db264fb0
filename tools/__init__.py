"""What the project needs to look after itself; nothing here is installed."""
