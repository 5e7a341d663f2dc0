#include "lib/base/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "lib/base/text.h"

static bool
prefix_equal(const unsigned char *a, const unsigned char *b, int bits)
{
	size_t whole = (size_t)bits / 8;
	int rest = bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0;
}

static bool
tail_is_zero(const struct network *n, size_t size)
{
	static const unsigned char zero[16];
	unsigned char tail[16];
	size_t i;

	memcpy(tail, n->address, size);
	for (i = 0; i < (size_t)n->bits / 8; i++)
		tail[i] = 0;
	if (n->bits % 8)
		tail[i] = (unsigned char)(tail[i] & (0xff >> n->bits % 8));
	return memcmp(tail, zero, size) == 0;
}

int
network_parse(const char *text, struct network *out_r, const char **error_r)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	char host[INET6_ADDRSTRLEN];
	int64_t bits;
	size_t size;

	memset(out_r, 0, sizeof(*out_r));
	*error_r = "is no IP address or network such as 192.0.2.0/24";
	if (len >= sizeof(host))
		return -1;
	memcpy(host, text, len);
	host[len] = '\0';
	out_r->family = strchr(host, ':') ? AF_INET6 : AF_INET;
	size = out_r->family == AF_INET6 ? 16 : 4;
	if (inet_pton(out_r->family, host, out_r->address) != 1)
		return -1;
	bits = (int64_t)size * 8;
	if (slash && text_int(slice_of(slash + 1), 0, bits, &bits) != 0) {
		*error_r = "has a prefix length that is out of range";
		return -1;
	}
	out_r->bits = (int)bits;
	if (!tail_is_zero(out_r, size)) {
		*error_r = "has address bits set behind its prefix length";
		return -1;
	}
	return 0;
}

bool
network_has(const struct network *net, const struct sockaddr_storage *a)
{
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (a->ss_family == AF_INET) {
		memcpy(&four, a, sizeof(four));
		return net->family == AF_INET && prefix_equal(net->address,
		    (const unsigned char *)&four.sin_addr, net->bits);
	}
	if (a->ss_family != AF_INET6)
		return false;
	memcpy(&six, a, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) && net->family == AF_INET)
		return prefix_equal(net->address,
		    six.sin6_addr.s6_addr + 12, net->bits);
	return net->family == AF_INET6 && prefix_equal(net->address,
	    six.sin6_addr.s6_addr, net->bits);
}
