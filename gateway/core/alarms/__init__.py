"""Danger that citizens told of: who may know, and until when an alarm stands.

`model` says what an alarm is (pure); `standing` knows those of this process's moment, and is the door to seeing to one.
"""
