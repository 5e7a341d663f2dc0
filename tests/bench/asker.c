/* asker: a client for load on policyd, as many milter threads would be.
 *
 *	asker [-c CONNECTIONS] [-r PER_SECOND] SOCKET REQUESTS N
 *
 * REQUESTS holds requests of the policy protocol; they are asked in turn, N in
 * all, over kept connections: one after the other on each, or with -r when it is
 * their time.  Then the time counts from that moment, so that a slow answer also
 * counts for those which had to wait behind it.
 * Prints "answers=N seconds=S p50_us=U p99_us=U other=N"; other: answers that were
 * no action=RELAY. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define CONNECTIONS_MAX 1024
#define REQUESTS_MAX (64 * 1024 * 1024)
#define ANSWER_MAX 65536

struct client {
	int fd;
	size_t len;
	double since_s; /* when its question was due */
	char answer[ANSWER_MAX];
};
struct load {
	struct slice *requests;
	size_t n_requests;
	size_t n, sent, answered, other;
	double begin_s, per_s; /* 0: as fast as it goes */
	double *took_s;
	struct client *idle[CONNECTIONS_MAX];
	int n_idle;
};

static void
fail(const char *what, const char *more)
{
	fprintf(stderr, "asker: %s: %s\n", what, more);
	exit(EX_UNAVAILABLE);
}

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
load_requests(struct load *load, const char *path, struct buf *text)
{
	char *at, *end;

	if (file_read(path, REQUESTS_MAX, text) < 0)
		fail(path, strerrordesc_np(errno));
	for (at = text->data; at && (end = strstr(at, "\n\n")) != NULL;
	    at = end + 2) {
		load->requests = xrealloc(load->requests,
		    (load->n_requests + 1) * sizeof(*load->requests));
		load->requests[load->n_requests++] =
		    (struct slice){at, (size_t)(end + 2 - at)};
	}
	if (load->n_requests == 0)
		fail(path, "no request in it");
}

static double
due_s(const struct load *load)
{
	return load->per_s > 0
	    ? load->begin_s + (double)load->sent / load->per_s : 0;
}

/* Give questions that are due to those who have nothing to do. */
static void
ask(struct load *load)
{
	while (load->sent < load->n && load->n_idle) {
		double due = due_s(load), now = now_s();
		struct slice q = load->requests[load->sent % load->n_requests];
		struct client *c;

		if (due > now)
			return;
		c = load->idle[--load->n_idle];
		c->since_s = load->per_s > 0 ? due : now;
		c->len = 0;
		if (send(c->fd, q.data, q.len, MSG_NOSIGNAL) != (ssize_t)q.len)
			fail("send", strerrordesc_np(errno));
		load->sent++;
	}
}

static void
hear(struct load *load, struct client *c)
{
	ssize_t n = recv(c->fd, c->answer + c->len, ANSWER_MAX - 1 - c->len, 0);

	if (n <= 0)
		fail("policyd", "closed the connection");
	c->len += (size_t)n;
	if (c->len < 2 || memcmp(c->answer + c->len - 2, "\n\n", 2) != 0)
		return;
	c->answer[c->len] = '\0';
	load->took_s[load->answered++] = now_s() - c->since_s;
	if (!strstr(c->answer, "action=RELAY"))
		load->other++;
	load->idle[load->n_idle++] = c;
}

static void
run(struct load *load, int epoll)
{
	struct epoll_event events[64];

	load->begin_s = now_s();
	while (load->answered < load->n) {
		int n, i;

		ask(load);
		/* Until the next is due there is a millisecond at most. */
		n = epoll_wait(epoll, events, 64, load->per_s > 0 ? 1 : 10000);
		if (n == 0 && !(load->per_s > 0))
			fail("policyd", "does not answer");
		for (i = 0; i < n; i++)
			hear(load, events[i].data.ptr);
	}
}

static void
connect_all(struct load *load, const char *path, int connections, int epoll)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct epoll_event event = {.events = EPOLLIN};
	int i;

	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	for (i = 0; i < connections; i++) {
		struct client *c = xcalloc(1, sizeof(*c));

		c->fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (c->fd < 0 ||
		    connect(c->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
			fail(path, strerrordesc_np(errno));
		event.data.ptr = c;
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
			fail("epoll", strerrordesc_np(errno));
		load->idle[load->n_idle++] = c;
	}
}

static int
by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	struct buf text = {0};
	int connections = 64, option, epoll = epoll_create1(0);
	double took_s;

	while ((option = getopt(argc, argv, "c:r:")) != -1) {
		if (option == 'c')
			connections = atoi(optarg);
		else if (option == 'r')
			load.per_s = atof(optarg);
		else
			return EX_USAGE;
	}
	if (argc - optind != 3 || connections < 1 ||
	    connections > CONNECTIONS_MAX) {
		fputs("usage: asker [-c CONNECTIONS] [-r PER_SECOND] SOCKET "
		      "REQUESTS N\n", stderr);
		return EX_USAGE;
	}
	load_requests(&load, argv[optind + 1], &text);
	load.n = strtoul(argv[optind + 2], NULL, 10);
	if (load.n < 1)
		fail(argv[optind + 2], "not a number of questions");
	load.took_s = xcalloc(load.n, sizeof(*load.took_s));
	connect_all(&load, argv[optind], connections, epoll);
	run(&load, epoll);
	took_s = now_s() - load.begin_s;
	qsort(load.took_s, load.n, sizeof(*load.took_s), by_value);
	printf("answers=%zu seconds=%.3f p50_us=%.0f p99_us=%.0f other=%zu\n",
	    load.n, took_s, load.took_s[load.n / 2] * 1e6,
	    load.took_s[load.n * 99 / 100] * 1e6, load.other);
	return EX_OK;
}
