"""The technician's tool: it puts kiosks at gates. It speaks to the collector over HTTP and imports neither program."""
