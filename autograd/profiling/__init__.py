"""What each call costs: time forward and backward, and memory."""
