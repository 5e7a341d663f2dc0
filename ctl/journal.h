/* What `nearpostctl send` has done: a file of lines, one per step, so that a run
 * that was interrupted goes on where it stopped and nobody is sent two stubs.
 *
 *      try alice@example.org        before the stub is offered to the MTA
 *      done alice@example.org       the MTA said 250
 *      refused alice@example.org    the MTA said 5xx
 *      later alice@example.org      the MTA said 4xx: not sent
 *
 * A `try` that nothing follows is uncertain: the run ended between the two. */
#ifndef NEARPOST_CTL_JOURNAL_H
#define NEARPOST_CTL_JOURNAL_H

#include <stddef.h>

enum journal_state {
	JOURNAL_NEW = 0,
	JOURNAL_UNCERTAIN,
	JOURNAL_DONE,
	JOURNAL_REFUSED
};

struct journal;

/* Reads what is there and locks it against a second run.  NULL and a heap
 * *error_r. */
struct journal *journal_open(const char *path, char **error_r);
void journal_close(struct journal **j);
enum journal_state journal_state(const struct journal *j, const char *address);
/* word: "try", "done", "refused", "later".  -1 with errno: do not go on. */
int journal_write(struct journal *j, const char *word, const char *address);

#endif
