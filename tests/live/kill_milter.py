#!/usr/bin/python3
"""The initiator's milter is killed while stubs are sent."""

from kill import kill_and_start

kill_and_start("milter")
