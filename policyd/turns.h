/* Lookups take turns: a DNS server drops what is asked of it all at once, and an
 * import of recipients names thousands of domains.  Those for which a stub waits go
 * first, and need not wait for the others.  Pure. */
#ifndef NEARPOST_POLICYD_TURNS_H
#define NEARPOST_POLICYD_TURNS_H

#include <stdbool.h>
#include <sys/queue.h>

#define TURNS_MAX 100         /* under way; dnsmasq forwards 150 at a time */
#define TURNS_URGENT_MAX 1000 /* with those that somebody waits for */

struct turn { /* inside what takes turns */
	TAILQ_ENTRY(turn) link;
	bool waiting, urgent;
};
TAILQ_HEAD(turn_list, turn);
struct turns {
	struct turn_list urgent, others;
	int under_way;
};

void turns_init(struct turns *s);
/* At the end of its line. */
void turns_add(struct turns *s, struct turn *t, bool urgent);
/* Somebody waits for it now; nothing happens when it is under way. */
void turns_hurry(struct turns *s, struct turn *t);
/* The one that may begin now, and is under way from now on; else NULL. */
struct turn *turns_next(struct turns *s);
/* One that was under way is not any more. */
void turns_done(struct turns *s);
/* Takes one out that never began; NULL when there is none. */
struct turn *turns_drop(struct turns *s);

#endif
