"""Small widgets that cost few bytes on the wire: one row each, no borders, no blinking."""
