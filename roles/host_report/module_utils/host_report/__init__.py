"""What several roles need to tell what happened."""
