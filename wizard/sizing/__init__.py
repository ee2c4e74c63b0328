"""Pure arithmetic from usage to size, each number with its reason and its origin."""
