#!/usr/bin/python3
"""The initiator's policyd is killed while stubs are sent."""

from kill import kill_and_start

kill_and_start("policyd")
