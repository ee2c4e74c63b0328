"""One page of the wizard in each module, as PAGE."""
