#!/usr/bin/python3
"""A gateway's agent, both processes, is killed while stubs are sent."""

from kill import kill_and_start

kill_and_start("agent@lon")
