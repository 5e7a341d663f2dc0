/* The fate of a stub, from decide() to the end. */
#ifndef NEARPOST_MILTER_OUTCOME_H
#define NEARPOST_MILTER_OUTCOME_H

#include "milter/choice.h"
#include "milter/decide.h"

struct outcome {
	const struct stub *stub; /* NULL before it was understood */
	struct choice *choices;
	size_t n;
	enum session_verdict verdict;
	const char *fault; /* of the message as a whole, or NULL */
	enum refusal cause; /* of the fault */
	bool again;        /* our own, seen before */
};

/* Log what became of every recipient and undo the bookings of what does not go
 * out.  o may be NULL. */
void outcome_done(const struct outcome *o, const struct decide_world *w,
    const struct session_message *m, bool applied);

#endif
