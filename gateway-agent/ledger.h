/* An append-only file of text lines: what the observer must still know after
 * kill -9.  One write(2) per line, so the kernel has it before anyone acts on it;
 * fdatasync once a second by ledger_sync(), so a power cut may cost the last
 * second.  A line cut short by a crash is dropped at the next start. */
#ifndef NEARPOST_AGENT_LEDGER_H
#define NEARPOST_AGENT_LEDGER_H

#include "lib/base/buf.h"

struct ledger;

/* Calls replay for each line there is, without its newline.  -1 from replay
 * makes the line count as damaged: it is skipped, and all of them are told in
 * one warning.  NULL with errno when the file cannot be read or written. */
struct ledger *ledger_open(const char *path,
    int (*replay)(struct slice line, void *ctx), void *ctx);
void ledger_close(struct ledger **l);
/* line without newline.  Fatal when the disk refuses: the process must not
 * promise what it cannot remember. */
void ledger_append(struct ledger *l, struct slice line);
/* Fatal as well: what is not on the disk may be gone from memory too. */
void ledger_sync(struct ledger *l);
size_t ledger_lines(const struct ledger *l);
/* Write the file anew: fill() adds the lines (each with its newline) that are
 * to remain.  Old or new, never half.  -1 with errno leaves the old one in use. */
int ledger_rewrite(struct ledger *l, void (*fill)(struct buf *out, void *ctx),
    void *ctx);

#endif
