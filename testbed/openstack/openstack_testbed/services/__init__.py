"""What runs in the services' own environment."""
