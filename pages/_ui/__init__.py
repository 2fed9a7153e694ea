"""What the pages share: the view in the URL, models and images in memory, routes, components."""
