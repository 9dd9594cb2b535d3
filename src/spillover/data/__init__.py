"""The official figures: codebook, checked readers, geography, a reader's own series."""
