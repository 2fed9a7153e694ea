"""Files: checkpoints, and writing so that a crash leaves the old file or the new one."""
