/* How busy this host is: CPU, SMTP sessions under way, and what other mail waits
 * in the MTA's queue. */
#ifndef NEARPOST_AGENT_LOAD_H
#define NEARPOST_AGENT_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define LOAD_SCAN_FILES 20000 /* queue files looked at in one scan at most */

struct load_cpu { /* all zeroes before the first sample */
	uint64_t busy, total;
};

/* text: /proc/stat.  The share of all CPUs' time since the last sample, 0..1;
 * -1 at the first one and when the text is no /proc/stat. */
double load_cpu(struct load_cpu *last, struct slice text);
/* text: /proc/net/tcp or tcp6.  Connections to port 25 of other machines that
 * are open or being opened. */
int64_t load_sessions(struct slice text);

/* Messages in incoming/ and active/, and their octets.  false when the
 * directories cannot be read (they are postfix's own, mode 0700). */
bool load_scan_queue(const char *queue_directory, int64_t *messages_r,
    int64_t *bytes_r);

#endif
