"""WeChat's and Twilio's side of the line, as one real HTTP server for tests, benchmarks and demonstrations.

Imports nothing of ours: it is written from the platforms' descriptions, so that a mistake in our channels is not
repeated here.
"""
