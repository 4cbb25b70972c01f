"""What the kiosk is made of, real and simulated: each module is one device behind one protocol of `edge.ports`."""
