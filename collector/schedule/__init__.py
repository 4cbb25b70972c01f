"""When school is: shifts as data, closures, and the half days that come of them."""
