"""What `new` and `add` write: catalog → plan → render → compare with the disk → write all or nothing."""
