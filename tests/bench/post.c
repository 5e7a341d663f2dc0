/* post: an SMTP client for load.  smtp-source sends one message many times; a
 * ticket is good once, so here every message is a file of its own:
 *
 *	post [-c CONNECTIONS] [-f SENDER] PORT LIST
 *
 * LIST has lines "RECIPIENT FILE"; files end their lines with CRLF.  All are
 * read before the clock starts.  Connections are kept and share the list.
 * Prints "sent=N seconds=S"; the first reply that is no success ends it all. */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/file.h"
#include "lib/base/mem.h"

#define CONNECTIONS_MAX 256
#define LIST_MAX (64 * 1024 * 1024)
#define FILE_MAX (256 * 1024 * 1024)

struct post {
	char *rcpt;
	struct slice data; /* dots doubled, with the final one */
};
struct load {
	struct post *posts;
	size_t n;
	atomic_size_t next;
	const char *sender;
	struct sockaddr_in to;
};

static void
fail(const char *what, const char *more)
{
	fprintf(stderr, "post: %s: %s\n", what, more);
	exit(EX_UNAVAILABLE);
}

/* RFC 5321, section 4.5.2. */
static void
wire_bytes(struct slice raw, struct buf *out)
{
	size_t start = 0;

	for (size_t i = 0; i < raw.len; i++)
		if (raw.data[i] == '.' && (i == 0 || raw.data[i - 1] == '\n')) {
			buf_add(out, raw.data + start, i - start);
			buf_add(out, ".", 1);
			start = i;
		}
	buf_add(out, raw.data + start, raw.len - start);
	buf_add(out, ".\r\n", 3);
}

static struct slice
load_file(const char *path)
{
	struct buf raw = {0}, wire = {0};

	if (file_read(path, FILE_MAX, &raw) < 0)
		fail(path, strerrordesc_np(errno));
	if (raw.len < 2 || memcmp(raw.data + raw.len - 2, "\r\n", 2) != 0)
		fail(path, "does not end with CR and LF");
	wire_bytes((struct slice){raw.data, raw.len}, &wire);
	buf_free(&raw);
	return (struct slice){wire.data, wire.len};
}

static void
load_list(struct load *load, const char *path)
{
	struct buf list = {0};
	const char *last = "";
	char *line, *save;
	size_t room = 0;

	if (file_read(path, LIST_MAX, &list) < 0)
		fail(path, strerrordesc_np(errno));
	buf_add(&list, "", 1);
	for (line = strtok_r(list.data, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *file = strchr(line, ' ');

		if (!file)
			fail(line, "write RECIPIENT FILE");
		*file++ = '\0';
		if (load->n == room) {
			room = room ? 2 * room : 1024;
			load->posts = xrealloc(load->posts,
			    room * sizeof(*load->posts));
		}
		load->posts[load->n].rcpt = line;
		/* One file for many recipients is kept once. */
		load->posts[load->n].data = strcmp(file, last) == 0
		    ? load->posts[load->n - 1].data : load_file(file);
		last = file;
		load->n++;
	}
	if (load->n == 0)
		fail(path, "no messages");
}

/* Replies to the commands that were sent together; the last line of each must
 * begin with its digit. */
static void
expect(FILE *in, const char *digits)
{
	char line[2048];

	for (const char *d = digits; *d; d++)
		do {
			if (!fgets(line, sizeof(line), in))
				fail("server", "closed the connection");
			if (line[0] != *d)
				fail("unexpected reply", line);
		} while (line[3] == '-');
}

static void
say(int fd, struct slice data)
{
	while (data.len > 0) {
		ssize_t n = send(fd, data.data, data.len, MSG_NOSIGNAL);

		if (n < 0)
			fail("send", strerrordesc_np(errno));
		data.data += n;
		data.len -= (size_t)n;
	}
}

static void *
connection(void *arg)
{
	struct load *load = arg;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *in;
	size_t i;
	char text[2048];

	if (fd < 0 || connect(fd, (struct sockaddr *)&load->to,
	        sizeof(load->to)) < 0)
		fail("connect", strerrordesc_np(errno));
	in = fdopen(fd, "r");
	if (!in)
		fail("fdopen", strerrordesc_np(errno));
	expect(in, "2");
	say(fd, slice_of("EHLO post.test\r\n"));
	expect(in, "2");
	while ((i = atomic_fetch_add(&load->next, 1)) < load->n) {
		int n = snprintf(text, sizeof(text),
		    "MAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n",
		    load->sender, load->posts[i].rcpt);

		say(fd, (struct slice){text, (size_t)n});
		expect(in, "223");
		say(fd, load->posts[i].data);
		expect(in, "2");
	}
	say(fd, slice_of("QUIT\r\n"));
	expect(in, "2");
	(void)fclose(in);
	return NULL;
}

static double
now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct load load = {.sender = "offers@shop.test"};
	pthread_t threads[CONNECTIONS_MAX];
	long n = 10;
	double start;
	int opt;

	while ((opt = getopt(argc, argv, "c:f:")) != -1)
		if (opt == 'c')
			n = strtol(optarg, NULL, 10);
		else if (opt == 'f')
			load.sender = optarg;
		else
			argc = 0;
	if (argc - optind != 2 || n < 1 || n > CONNECTIONS_MAX) {
		fputs("usage: post [-c CONNECTIONS] [-f SENDER] PORT LIST\n",
		    stderr);
		return EX_USAGE;
	}
	load.to.sin_family = AF_INET;
	load.to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	load.to.sin_port = htons((uint16_t)strtol(argv[optind], NULL, 10));
	load_list(&load, argv[optind + 1]);
	start = now_s();
	for (long i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, connection, &load) != 0)
			fail("pthread_create", "no more threads");
	for (long i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
	printf("sent=%zu seconds=%.6f\n", load.n, now_s() - start);
	return EX_OK;
}
