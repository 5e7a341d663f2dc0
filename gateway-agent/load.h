/* How busy this host is: CPU, SMTP sessions under way, and the mail that it keeps
 * waiting. */
#ifndef NEARPOST_AGENT_LOAD_H
#define NEARPOST_AGENT_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define LOAD_FIRST_SESSIONS 5 /* initial_destination_concurrency of Postfix */
#define LOAD_SCAN_FILES 20000 /* queue files looked at in one scan at most */

struct load_cpu { /* all zeroes before the first sample */
	uint64_t busy, total;
};

/* text: /proc/stat.  The share of all CPUs' time since the last sample, 0..1;
 * -1 at the first one and when the text is no /proc/stat. */
double load_cpu(struct load_cpu *last, struct slice text);
struct load_sockets {
	int64_t sessions;     /* open or being opened to port 25 elsewhere */
	int64_t transmitting; /* of these: octets of ours are on the way */
};
/* text: /proc/net/tcp or tcp6.  Adds its connections. */
void load_sockets(struct slice text, struct load_sockets *sum);

/* text: /proc/net/dev.  Octets sent by all devices but lo, ever. */
int64_t load_sent(struct slice text);

struct load_facts {
	/* Mail that has been in the queue for a second or more, deferred mail
	 * apart; how many sessions the MTA opens for it as soon as it can. */
	int64_t messages, bytes, first_sessions;
	struct load_sockets sockets;
	double sent_bytes_per_s;   /* since the last sample, all traffic */
	double uplink_bytes_per_s; /* as configured; 0 = unknown */
};
struct load_line { /* all zeroes before the first sample */
	int slow_samples;
};
/* Once a second: what of the mail waits for this host and not for its
 * recipients' servers. */
void load_backlog(struct load_line *line, const struct load_facts *f,
    int64_t *messages_r, int64_t *bytes_r);

/* Messages in incoming/ and active/, and their octets.  false when the
 * directories cannot be read (they are postfix's own, mode 0700). */
bool load_scan_queue(const char *queue_directory, int64_t *messages_r,
    int64_t *bytes_r);

#endif
