not a lock file
