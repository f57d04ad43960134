"""What officers who look after the system see and do: work that could not be done, keys, copies of the data, settings."""
