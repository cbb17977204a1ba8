"""From the parsed variables to the model that every platform reads."""
