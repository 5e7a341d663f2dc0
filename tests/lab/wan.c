/*
 * wan: the wide-area network of the lab.  It opens a TUN device in each
 * host's network namespace and carries IPv4 packets between them, each pair
 * of hosts with a delay of its own.
 *
 * Why not netem: cloud and container kernels often lack it.  Why one process:
 * a packet then costs one read and one write, and every delay hangs on one
 * clock.  Rate is not ours: a tbf on the device, set by the lab, limits what
 * reaches us, where the sender's own kernel can queue it.
 *
 * usage: wan TABLE
 *
 *	host NAME NETNS ADDRESS [ADDRESS...]   10.77.N.x, N is the host's own
 *	delay FROM TO MICROSECONDS             one way
 *	cut FROM TO                            one way, packets are lost
 *
 * Prints "ready" when every device is up.  SIGHUP: read the delays and cuts
 * again.  SIGUSR1: write the counters of every pair to stderr.
 */

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "tests/lab/wan-device.h"
#include "tests/lab/wan-queue.h"

#define HOSTS_MAX 64
#define ADDRESSES_MAX 16
#define WORDS_MAX (3 + ADDRESSES_MAX)
/* Packets taken from one device before the others get their turn. */
#define BATCH 32

struct host {
	char name[64];
	char netns[108];
	struct in_addr addresses[ADDRESSES_MAX];
	size_t n_addresses;
	int fd;
};

struct wan {
	const char *table;
	struct host hosts[HOSTS_MAX];
	size_t n_hosts;
	/* Host by the third octet of its addresses, -1: nobody's. */
	int by_net[256];
	/* pairs[from * HOSTS_MAX + to] */
	struct queue *pairs;
	struct schedule *schedule;
};

static volatile sig_atomic_t want_reload, want_report, want_end;

static void
on_signal(int signo)
{
	if (signo == SIGHUP)
		want_reload = 1;
	else if (signo == SIGUSR1)
		want_report = 1;
	else
		want_end = 1;
}

static int64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static struct queue *
pair(const struct wan *w, size_t from, size_t to)
{
	return &w->pairs[from * HOSTS_MAX + to];
}

/*
 * The table
 */

static int
find_host(const struct wan *w, const char *name)
{
	for (size_t i = 0; i < w->n_hosts; i++)
		if (strcmp(w->hosts[i].name, name) == 0)
			return (int)i;
	return -1;
}

/* Adds a host, or finds on a reload that it is the one we know. */
static const char *
read_host(struct wan *w, char *const *words, size_t n, bool reload)
{
	struct host *h;

	if (n < 4)
		return "write: host NAME NETNS ADDRESS...";
	if (reload)
		return find_host(w, words[1]) < 0
			       ? "new hosts need a new wan, not a SIGHUP"
			       : NULL;
	if (w->n_hosts == HOSTS_MAX || find_host(w, words[1]) >= 0)
		return "host named twice, or too many hosts";
	h = &w->hosts[w->n_hosts];
	if (strlen(words[1]) >= sizeof h->name ||
	    strlen(words[2]) >= sizeof h->netns)
		return "name too long";
	(void)strcpy(h->name, words[1]);
	(void)strcpy(h->netns, words[2]);
	for (h->n_addresses = 0; h->n_addresses < n - 3; h->n_addresses++) {
		struct in_addr *a = &h->addresses[h->n_addresses];
		uint32_t ip;

		if (inet_pton(AF_INET, words[3 + h->n_addresses], a) != 1)
			return "not an IPv4 address";
		ip = ntohl(a->s_addr);
		if (ip >> 16 != (10 << 8 | 77))
			return "addresses are 10.77.N.x";
		w->by_net[ip >> 8 & 0xff] = (int)w->n_hosts;
	}
	w->n_hosts++;
	return NULL;
}

static const char *
read_pair(struct wan *w, char *const *words, size_t n)
{
	int from = n > 2 ? find_host(w, words[1]) : -1;
	int to = n > 2 ? find_host(w, words[2]) : -1;
	struct queue *q;
	char *end;
	long us;

	if (from < 0 || to < 0)
		return "write: delay FROM TO MICROSECONDS, or cut FROM TO, "
		       "with hosts from lines above";
	q = pair(w, (size_t)from, (size_t)to);
	if (strcmp(words[0], "cut") == 0) {
		q->cut = true;
		return n == 3 ? NULL : "write: cut FROM TO";
	}
	us = n == 4 ? strtol(words[3], &end, 10) : -1;
	if (us < 0 || us > 60000000 || *end != '\0')
		return "delays are 0 to 60000000 microseconds";
	q->delay_ns = (int64_t)us * 1000;
	return NULL;
}

static const char *
read_line(struct wan *w, char *line, bool reload)
{
	char *words[WORDS_MAX], *save, *word;
	size_t n = 0;

	for (word = strtok_r(line, " \t\n", &save); word != NULL;
	     word = strtok_r(NULL, " \t\n", &save)) {
		if (*word == '#')
			break;
		if (n == WORDS_MAX)
			return "too many words";
		words[n++] = word;
	}
	if (n == 0)
		return NULL;
	if (strcmp(words[0], "host") == 0)
		return read_host(w, words, n, reload);
	if (strcmp(words[0], "delay") == 0 || strcmp(words[0], "cut") == 0)
		return read_pair(w, words, n);
	return "lines begin with host, delay or cut";
}

/*
 * Reads the table.  On a reload a faulty line is reported and passed over:
 * the lab writes the table, and a network that ends in the middle of a test
 * would hide which line it was.
 */
static void
read_table(struct wan *w, bool reload)
{
	char line[1024];
	const char *fault;
	FILE *f = fopen(w->table, "re");

	if (f == NULL)
		err(EX_NOINPUT, "%s", w->table);
	if (reload)
		for (size_t i = 0; i < HOSTS_MAX * HOSTS_MAX; i++)
			w->pairs[i].cut = false;
	for (int n = 1; fgets(line, sizeof line, f) != NULL; n++) {
		fault = read_line(w, line, reload);
		if (fault == NULL)
			continue;
		if (!reload)
			errx(EX_DATAERR, "%s:%d: %s", w->table, n, fault);
		warnx("%s:%d: %s", w->table, n, fault);
	}
	(void)fclose(f);
}

/*
 * The traffic
 */

static void
open_hosts(struct wan *w)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0)
		err(EX_OSERR, "/proc/self/ns/net");
	for (size_t i = 0; i < w->n_hosts; i++)
		w->hosts[i].fd = device_open(w->hosts[i].netns,
					     w->hosts[i].addresses,
					     w->hosts[i].n_addresses);
	if (setns(home, CLONE_NEWNET) != 0)
		err(EX_OSERR, "setns");
	(void)close(home);
}

static void
read_packets(struct wan *w, size_t from)
{
	struct packet *p;
	ssize_t len;
	int to;

	for (int i = 0; i < BATCH; i++) {
		p = schedule_packet(w->schedule);
		if (p == NULL)
			return;
		len = read(w->hosts[from].fd, p->bytes, sizeof p->bytes);
		p->len = len > 0 ? (size_t)len : 0;
		/* IPv4 only; octets 16 to 19 are the destination. */
		to = p->len >= 20 && p->bytes[0] >> 4 == 4 &&
				     p->bytes[16] == 10 && p->bytes[17] == 77
			     ? w->by_net[p->bytes[18]]
			     : -1;
		if (to < 0)
			schedule_free(w->schedule, p);
		else
			schedule_add(w->schedule, pair(w, from, (size_t)to), p,
				     now_ns());
		if (len < 0)
			return;
	}
}

static void
deliver(struct wan *w, int64_t now)
{
	struct packet *p;
	struct queue *q;

	while ((p = schedule_due(w->schedule, now, &q)) != NULL) {
		size_t to = (size_t)(q - w->pairs) % HOSTS_MAX;

		/* A full receiver loses packets, as a router would. */
		if (write(w->hosts[to].fd, p->bytes, p->len) < 0)
			q->dropped++;
		schedule_free(w->schedule, p);
	}
}

static void
report(const struct wan *w)
{
	for (size_t i = 0; i < w->n_hosts * HOSTS_MAX; i++) {
		const struct queue *q = &w->pairs[i];

		if (q->packets + q->dropped > 0)
			warnx("from=%s to=%s packets=%llu bytes=%llu "
			      "dropped=%llu queued=%zu",
			      w->hosts[i / HOSTS_MAX].name,
			      w->hosts[i % HOSTS_MAX].name,
			      (unsigned long long)q->packets,
			      (unsigned long long)q->bytes,
			      (unsigned long long)q->dropped, q->queued);
	}
}

static void
run(struct wan *w, const sigset_t *unblocked)
{
	struct pollfd fds[HOSTS_MAX];
	struct timespec ts;
	int64_t wait_ns;

	for (size_t i = 0; i < w->n_hosts; i++)
		fds[i] = (struct pollfd){ .fd = w->hosts[i].fd,
					  .events = POLLIN };
	while (!want_end) {
		deliver(w, now_ns());
		wait_ns = schedule_wait(w->schedule, now_ns());
		ts.tv_sec = wait_ns / 1000000000;
		ts.tv_nsec = wait_ns % 1000000000;
		if (ppoll(fds, (nfds_t)w->n_hosts, wait_ns < 0 ? NULL : &ts,
			  unblocked) < 0) {
			if (errno != EINTR)
				err(EX_OSERR, "ppoll");
			if (want_reload)
				read_table(w, true);
			if (want_report)
				report(w);
			want_reload = want_report = 0;
			continue;
		}
		for (size_t i = 0; i < w->n_hosts; i++) {
			if (fds[i].revents == 0)
				continue;
			read_packets(w, i);
			deliver(w, now_ns());
		}
	}
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGHUP, SIGUSR1, SIGTERM, SIGINT };
	static struct queue pairs[HOSTS_MAX * HOSTS_MAX];
	static struct wan w;
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t blocked, unblocked;

	if (argc != 2)
		errx(EX_USAGE, "usage: wan TABLE");
	w.table = argv[1];
	w.pairs = pairs;
	w.schedule = schedule_open(pairs, HOSTS_MAX * HOSTS_MAX);
	memset(w.by_net, -1, sizeof w.by_net);
	/* Signals only arrive inside ppoll, so none is ever missed. */
	(void)sigemptyset(&blocked);
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		(void)sigaddset(&blocked, signals[i]);
		(void)sigaction(signals[i], &sa, NULL);
	}
	(void)sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	/* The default slack of 50 us would be added to every delay. */
	(void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
	read_table(&w, false);
	open_hosts(&w);
	(void)puts("ready");
	(void)fflush(stdout);
	run(&w, &unblocked);
	report(&w);
	schedule_close(&w.schedule);
	return 0;
}
