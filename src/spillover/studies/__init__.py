"""The two papers as declarations: variables, weights, instruments, groups."""
