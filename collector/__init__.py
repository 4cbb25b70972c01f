"""The province's server: it stores each check-in once, decides, tells guardians and shows the day."""
