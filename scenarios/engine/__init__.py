"""What every scenario runs on: simulated time, random streams, the way to the devices, records, a trace."""
