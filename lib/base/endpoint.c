/* The addresses of file.h: parsing, and a connect that cannot hang. */
#include "lib/base/file.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/mem.h"
#include "lib/base/text.h"

static int
parse_unix(struct slice path, struct endpoint *out_r, const char **error_r)
{
	if (path.len == 0 || path.data[0] != '/') {
		*error_r = "a socket path must be absolute: unix:/path";
		return -1;
	}
	if (path.len >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		*error_r = "a socket path has at most 107 bytes";
		return -1;
	}
	out_r->path = xstrndup(path.data, path.len);
	return 0;
}

/* host:port, [v6]:port; the last colon parts them. */
static int
parse_inet(struct slice s, struct endpoint *out_r, const char **error_r)
{
	const char *colon = s.len ? memrchr(s.data, ':', s.len) : NULL;
	struct slice host, port;
	int64_t number;

	if (!colon) {
		*error_r = "the port is missing: inet:host:port";
		return -1;
	}
	host = (struct slice){s.data, (size_t)(colon - s.data)};
	port = (struct slice){colon + 1, s.len - host.len - 1};
	if (text_int(port, 1, 65535, &number) < 0) {
		*error_r = "the port must be a number from 1 to 65535";
		return -1;
	}
	if (host.len >= 2 && host.data[0] == '[' &&
	    host.data[host.len - 1] == ']') {
		host.data++;
		host.len -= 2;
	} else if (host.len && memchr(host.data, ':', host.len)) {
		*error_r = "an IPv6 address needs brackets: inet:[::1]:port";
		return -1;
	}
	if (host.len == 0) {
		*error_r = "the host is missing: inet:host:port";
		return -1;
	}
	out_r->host = xstrndup(host.data, host.len);
	out_r->port = (int)number;
	return 0;
}

int
endpoint_parse(const char *text, struct endpoint *out_r, const char **error_r)
{
	*out_r = (struct endpoint){NULL, NULL, 0};
	if (text_has_control(slice_of(text)) || strchr(text, ' ')) {
		*error_r = "an address has no blanks or control characters";
		return -1;
	}
	if (strncmp(text, "unix:", 5) == 0)
		return parse_unix(slice_of(text + 5), out_r, error_r);
	if (strncmp(text, "inet:", 5) == 0)
		return parse_inet(slice_of(text + 5), out_r, error_r);
	*error_r = "write unix:/path or inet:host:port";
	return -1;
}

bool
host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (inet_pton(AF_INET, host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return strcasecmp(host, "localhost") == 0;
}

void
endpoint_free(struct endpoint *e)
{
	free(e->path);
	free(e->host);
	*e = (struct endpoint){NULL, NULL, 0};
}

/* 0 connected, -1 with errno. */
static int
wait_connected(int fd, int64_t deadline_ms)
{
	struct pollfd p = {fd, POLLOUT, 0};
	socklen_t len = sizeof(int);
	int err = 0, n;

	do {
		int64_t left = deadline_ms - clock_mono_ms();

		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		errno = ETIMEDOUT;
	if (n <= 0)
		return -1;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -1;
	errno = err;
	return err ? -1 : 0;
}

/* connect(2), but EAGAIN of a unix socket whose backlog is full (a server that
 * is alive and does not accept) is waited out: poll cannot tell its end. */
static int
start_connect(int fd, const struct sockaddr *sa, socklen_t len,
    int64_t deadline_ms)
{
	while (connect(fd, sa, len) < 0) {
		if (errno != EAGAIN && errno != EINTR)
			return -1;
		if (clock_mono_ms() >= deadline_ms) {
			errno = ETIMEDOUT;
			return -1;
		}
		(void)poll(NULL, 0, 5);
	}
	return 0;
}

static int
connect_one(const struct sockaddr *sa, socklen_t len, int64_t deadline_ms)
{
	int fd = socket(sa->sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int saved, on = 1;

	if (fd < 0)
		return -1;
	if (start_connect(fd, sa, len, deadline_ms) == 0 ||
	    (errno == EINPROGRESS && wait_connected(fd, deadline_ms) == 0)) {
		if (sa->sa_family != AF_UNIX)
			(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on,
			    sizeof(on));
		return fd;
	}
	saved = errno;
	(void)close(fd);
	errno = saved;
	return -1;
}

static int
connect_unix(const char *path, int64_t deadline_ms)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(sun.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	return connect_one((const struct sockaddr *)&sun, sizeof(sun),
	    deadline_ms);
}

int
endpoint_connect(const struct endpoint *e, int timeout_ms)
{
	int64_t deadline_ms = clock_mono_ms() + timeout_ms;
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
	char port[8];
	int fd = -1, saved;

	if (e->path)
		return connect_unix(e->path, deadline_ms);
	(void)snprintf(port, sizeof(port), "%d", e->port);
	if (getaddrinfo(e->host, port, &hints, &list) != 0) {
		errno = EHOSTUNREACH;
		return -1;
	}
	errno = EHOSTUNREACH;
	for (a = list; a && fd < 0; a = a->ai_next) {
		fd = connect_one(a->ai_addr, a->ai_addrlen, deadline_ms);
		if (fd < 0 && errno == ETIMEDOUT)
			break;
	}
	saved = errno;
	freeaddrinfo(list);
	errno = saved;
	return fd;
}
