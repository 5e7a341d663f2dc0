#!/usr/bin/python3
"""A gateway's Postfix is killed while stubs are sent.  An advert whose final dot was
under way at that instant may come twice (RFC 1047): they are counted."""

from kill import kill_and_start

kill_and_start("postfix@lon", repeats_allowed=True)
