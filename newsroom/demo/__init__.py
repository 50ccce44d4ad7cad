"""The demo: a fictional network in an empty newsroom, published, and mailed into the mailbox on this machine."""
