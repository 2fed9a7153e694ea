"""Background trainings: a folder and a process for each, and the manager of them all."""
