"""What the pages of the second part say of claims and proxies."""
