"""What is held about a person: seen, corrected, hidden, erased; and what ends by itself."""
