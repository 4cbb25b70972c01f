"""The pages: what happens at a school's gates now, who is in, what guardians were told, and how to put a mark right."""
