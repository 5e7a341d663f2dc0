/* What `nearpostctl send` has done: a file of lines, one per step, so that a run
 * that was interrupted goes on where it stopped and nobody is sent two stubs.
 *
 *      try alice@example.org        before the stub is offered to the MTA
 *      done alice@example.org       the MTA said 250
 *      refused alice@example.org    the MTA said 5xx
 *      later alice@example.org      the MTA said 4xx: not sent
 *      again alice@example.org      of a new round, as if nothing had been
 *
 * A `try` that nothing follows is uncertain: the run ended between the two.  A `try`
 * is on the disk before it is acted on: what a power cut takes of the rest makes
 * recipients uncertain, and sends nobody a second stub. */
#ifndef NEARPOST_CTL_JOURNAL_H
#define NEARPOST_CTL_JOURNAL_H

#include <stdbool.h>
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
/* The journal is kept beside as path.<ms>; *j, of path, is of a new round.  -1 and a
 * heap *error_r; *j is then the old one still, or NULL. */
int journal_begin_anew(struct journal **j, const char *path, char **error_r);
void journal_close(struct journal **j);
enum journal_state journal_state(const struct journal *j, const char *address);
/* word: "try", "done", "refused", "later", "again".  -1 with errno: do not go on. */
int journal_write(struct journal *j, const char *word, const char *address);

/* Without the lines about that address; the file as it was, when only_look.  Whether
 * there were any: 1 or 0; -1 and a heap *error_r, also while a send is running. */
int journal_forget(const char *path, const char *address, bool only_look,
    char **error_r);

#endif
