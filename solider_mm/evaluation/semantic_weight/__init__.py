"""How frozen features change with λ: probes with bootstrap intervals."""
