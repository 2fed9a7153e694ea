"""Images and labels: from disk, from mirrors, or the 5,000 digits that come with a package."""
