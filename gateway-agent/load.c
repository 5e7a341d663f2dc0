#include "gateway-agent/load.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/text.h"

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

/* "  sl: local:port remote:PORT st ..." in hex; st 01 is ESTABLISHED, 02
 * SYN_SENT. */
int64_t
load_sessions(struct slice text)
{
	struct slice line;
	int64_t n = 0;

	while (slice_split(&text, '\n', &line)) {
		struct slice remote, state;

		(void)word(&line);
		(void)word(&line);
		remote = word(&line);
		state = word(&line);
		if (remote.len > 5 &&
		    memcmp(remote.data + remote.len - 5, ":0019", 5) == 0 &&
		    (slice_eq_str(state, "01") || slice_eq_str(state, "02")))
			n++;
	}
	return n;
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
