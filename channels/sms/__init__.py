"""Short messages: one channel, whoever carries them. A carrier is a `provider.Provider`; Twilio is the first."""
