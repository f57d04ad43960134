"""What is made from the sources: schemas, packages, and the check of system tools."""
