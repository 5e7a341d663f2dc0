/* A recipient's server that is far away or slow keeps mail in the queue and
 * sessions open for long.  Both say nothing about this host.  It is short of
 * something only when
 *
 *	its uplink is used to the full, or what is under way would take long at
 *	the rate seen (a line slower than configured); or
 *	the MTA has not even opened the few sessions with which it begins for each
 *	domain: no process is free, or the CPU is not, or it stands still.
 *
 * Then all waits that is in no session; and, of what is being sent, half is still
 * to come.  Mail in the dialogue never counts: its sockets have nothing, or a
 * command, to send.  All of it is in /proc for everybody to read; the queue
 * directory, which only root and postfix can read, is not needed for it. */
#include "gateway-agent/load.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/text.h"

#define COMMANDS_BYTES 4096 /* a handshake's certificate is the longest */
#define BUSY_LINE 0.8
#define SLOW_LINE_S 4
#define SLOW_LINE_SAMPLES 5

static struct slice
word(struct slice *rest)
{
	struct slice w;

	do
		if (!slice_split(rest, ' ', &w))
			return (struct slice){"", 0};
	while (w.len == 0);
	return w;
}

/* "cpu  user nice system idle iowait irq softirq steal guest guest_nice" */
double
load_cpu(struct load_cpu *last, struct slice text)
{
	struct slice line;
	uint64_t total = 0, idle = 0, passed, used;
	bool first = last->total == 0;
	int64_t n;
	int i;

	if (!slice_split(&text, '\n', &line) ||
	    !slice_eq_str(word(&line), "cpu"))
		return -1;
	/* guest time is part of user's; do not count it twice */
	for (i = 0; i < 8; i++) {
		if (text_int(word(&line), 0, INT64_MAX, &n) != 0)
			return -1;
		total += (uint64_t)n;
		if (i == 3 || i == 4)
			idle += (uint64_t)n;
	}
	passed = total - last->total;
	used = total - idle - last->busy;
	if (total < last->total || total - idle < last->busy)
		used = passed = 0; /* counters of a container that moved */
	last->total = total;
	last->busy = total - idle;
	if (first || passed == 0)
		return first ? -1 : 0;
	return used >= passed ? 1 : (double)used / (double)passed;
}

static bool
is_remote_smtp(struct slice address)
{
	return address.len > 5 &&
	    memcmp(address.data + address.len - 5, ":0019", 5) == 0;
}

/* "TTTTTTTT:RRRRRRRR", octets not acknowledged and octets not read, and
 * "TM:WHEN", whose first is 04 while the peer wants no more. */
static bool
is_transmitting(struct slice queues, struct slice timer)
{
	char text[9];

	if (queues.len < 8 || timer.len < 2 ||
	    memcmp(timer.data, "04", 2) == 0)
		return false;
	memcpy(text, queues.data, 8);
	text[8] = '\0';
	return strtoul(text, NULL, 16) >= COMMANDS_BYTES;
}

/* "  sl: local:port remote:PORT st tx:rx tm:when ..." in hex; st 01 is
 * ESTABLISHED, 02 SYN_SENT. */
void
load_sockets(struct slice text, struct load_sockets *sum)
{
	struct slice line;

	while (slice_split(&text, '\n', &line)) {
		struct slice remote, state, queues;

		(void)word(&line);
		(void)word(&line);
		remote = word(&line);
		state = word(&line);
		queues = word(&line);
		if (!is_remote_smtp(remote))
			continue;
		if (slice_eq_str(state, "01")) {
			sum->sessions++;
			sum->transmitting +=
			    is_transmitting(queues, word(&line));
		} else if (slice_eq_str(state, "02")) {
			sum->sessions++;
		}
	}
}

/* "  eth0: bytes packets errs drop fifo frame compressed multicast bytes ..." */
int64_t
load_sent(struct slice text)
{
	int64_t total = 0, n;
	struct slice line;
	int i;

	while (slice_split(&text, '\n', &line)) {
		struct slice name = word(&line);

		if (name.len < 2 || name.data[name.len - 1] != ':' ||
		    slice_eq_str(name, "lo:"))
			continue;
		for (i = 0; i < 8; i++)
			(void)word(&line);
		if (text_int(word(&line), 0, INT64_MAX, &n) == 0)
			total += n;
	}
	return total;
}

/* Is the line what mail waits for?  A slow start over a long way looks like a
 * slow line, but not for long. */
static bool
line_is_short(struct load_line *line, const struct load_facts *f,
    double on_the_way)
{
	if (f->sockets.transmitting == 0 ||
	    on_the_way <= SLOW_LINE_S * f->sent_bytes_per_s)
		line->slow_samples = 0;
	else
		line->slow_samples++;
	if (f->sockets.transmitting == 0)
		return false;
	return line->slow_samples >= SLOW_LINE_SAMPLES ||
	    (f->uplink_bytes_per_s > 0 &&
	        f->sent_bytes_per_s >= BUSY_LINE * f->uplink_bytes_per_s);
}

/* One domain whose DNS is slow has no sessions either. */
static bool
sessions_are_short(const struct load_facts *f)
{
	int64_t missing = f->first_sessions - f->sockets.sessions;

	return missing > LOAD_FIRST_SESSIONS &&
	    missing * 5 > f->first_sessions;
}

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

void
load_backlog(struct load_line *line, const struct load_facts *f,
    int64_t *messages_r, int64_t *bytes_r)
{
	int64_t n = f->messages > 0 ? f->messages : 0;
	int64_t waiting = n - least(n, f->sockets.sessions);
	int64_t sending = least(n, f->sockets.transmitting);
	double mean = n ? (double)f->bytes / (double)n : 0;
	double on_the_way = mean * (double)sending / 2;

	*messages_r = 0;
	*bytes_r = 0;
	if (line_is_short(line, f, on_the_way)) {
		*messages_r = waiting + sending;
		*bytes_r = (int64_t)(mean * (double)waiting + on_the_way);
	} else if (sessions_are_short(f)) {
		*messages_r = waiting;
		*bytes_r = (int64_t)(mean * (double)waiting);
	}
}

/* Queue directories may be hashed one or two letters deep. */
static bool
scan(int at, const char *name, int depth, int *left, int64_t *messages_r,
    int64_t *bytes_r)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *de;
	struct stat st;
	DIR *d;

	if (fd < 0)
		return false;
	d = fdopendir(fd);
	if (!d) {
		(void)close(fd);
		return false;
	}
	while (*left > 0 && (de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		(*left)--;
		if (fstatat(dirfd(d), de->d_name, &st,
		        AT_SYMLINK_NOFOLLOW) != 0)
			continue; /* gone in the meantime */
		if (S_ISREG(st.st_mode)) {
			(*messages_r)++;
			*bytes_r += st.st_size;
		} else if (S_ISDIR(st.st_mode) && depth > 0)
			(void)scan(dirfd(d), de->d_name, depth - 1, left,
			    messages_r, bytes_r);
	}
	(void)closedir(d);
	return true;
}

bool
load_scan_queue(const char *queue_directory, int64_t *messages_r,
    int64_t *bytes_r)
{
	int fd = open(queue_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int left = LOAD_SCAN_FILES;
	bool ok;

	*messages_r = 0;
	*bytes_r = 0;
	if (fd < 0)
		return false;
	ok = scan(fd, "active", 2, &left, messages_r, bytes_r) &&
	    scan(fd, "incoming", 2, &left, messages_r, bytes_r);
	(void)close(fd);
	return ok;
}
