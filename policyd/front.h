/* The listener for the milter and nearpostctl: policy requests in, answers out,
 * on each connection in order.  A request that must wait for Redis or the DNS
 * holds up its own connection only. */
#ifndef NEARPOST_POLICYD_FRONT_H
#define NEARPOST_POLICYD_FRONT_H

#include <sys/queue.h>

#include "lib/mail/policy.h"
#include "policyd/policyd.h"

#define FRONT_CLIENTS_MAX 1000
#define FRONT_UNSENT_MAX (1024 * 1024) /* of answers; then the client is gone */

struct client;

/* One request.  It outlives its connection: who works on it always answers, and
 * the answer of a client that went is dropped. */
struct ask {
	STAILQ_ENTRY(ask) link; /* of those that wait for the turn's end */
	struct policyd *p;
	struct client *client; /* NULL when it went */
	struct arena *arena;
	struct policy_message m;
	struct buf answer;
	int64_t started_us;
};
/* Adds the empty line, sends, frees the ask. */
void ask_answer(struct ask *ask);
/* The same, at the end of this turn of the loop, after what was booked in it has
 * gone to Redis: whoever has heard of a choice can rely on it that the others
 * hear of it too, whatever becomes of us. */
void ask_answer_shared(struct ask *ask);

/* NULL and a heap *error_r. */
struct front *front_new(struct policyd *p, char **error_r);
void front_free(struct front **f);

#endif
