"""The network to be found, and everything that reads one."""
