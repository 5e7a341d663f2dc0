/*
 * The end of the lab's network that a host sees: the TUN device wan0 in its
 * network namespace.
 */

#ifndef TESTS_LAB_WAN_DEVICE_H
#define TESTS_LAB_WAN_DEVICE_H

#include <netinet/in.h>
#include <stddef.h>

/*
 * Makes the device in the namespace of the file netns, gives it the n
 * addresses, brings it and lo up, and returns the descriptor to read and
 * write packets at.  Ends the process when anything fails.  Leaves the
 * process in that namespace.
 */
int
device_open(const char *netns, const struct in_addr *addresses, size_t n);

#endif
