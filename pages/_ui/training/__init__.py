"""The widgets of a training: its buttons, its settings, its data."""
