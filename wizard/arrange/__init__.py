"""Pure: answers, size and facts to the deployment that is wanted."""
