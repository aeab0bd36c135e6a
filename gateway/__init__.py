"""The gateway: domain, storage, HTTP, and the composition root."""

VERSION = "0.1.0"
