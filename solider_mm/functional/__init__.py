"""Pure tensor functions: torch only, no registry, no state, no host."""
