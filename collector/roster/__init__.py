"""Who is enrolled: schools, gates, classes, students, guardians, as operators bring them in files."""
