/* Networks in CIDR form, IPv4 and IPv6: "127.0.0.0/8", "2001:db8::/32", or one
 * address alone. */
#ifndef NEARPOST_BASE_NETWORK_H
#define NEARPOST_BASE_NETWORK_H

#include <stdbool.h>
#include <sys/socket.h>

struct network {
	int family; /* AF_INET or AF_INET6 */
	unsigned char address[16];
	int bits;
};

/* -1 and *error_r (static text) when text is no network; bits set behind the
 * prefix ("10.1.2.3/8") are an error too: they are most often a typing error. */
int network_parse(const char *text, struct network *out_r,
    const char **error_r);
/* An IPv4 client of a listener for both families comes as ::ffff:a.b.c.d and
 * counts as IPv4. */
bool network_has(const struct network *net, const struct sockaddr_storage *a);

#endif
