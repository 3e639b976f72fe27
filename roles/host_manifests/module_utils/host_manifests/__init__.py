"""What stands between a manifest's URL and the API server: download, render, check."""
