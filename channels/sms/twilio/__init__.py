"""Twilio's Programmable Messaging as a carrier of short messages."""
