"""The technician's tool: keys, kiosks and their bundles."""
