/* From stub to advert: what the expander decides, without sockets, clocks and
 * libmilter.
 *
 * An unexpanded stub must never reach a recipient.  So the verdict is TEMPFAIL
 * from the first line on, and only expand_edits(), which has everything in its
 * hands, makes it CONTINUE. */
#ifndef NEARPOST_AGENT_EXPAND_H
#define NEARPOST_AGENT_EXPAND_H

#include "lib/mail/grow.h"
#include "lib/mail/session.h"

/* All replies begin with it: the initiator's smtp_reply_filter lets only such a
 * 5xx bounce. */
#define EXPAND_REPLY "nearpost: "

struct expand_job {
	struct address recipient; /* to whom the advert goes */
	struct stub stub;
	struct ticket ticket;
	struct vars record;       /* what travelled of the recipient's */
	struct advert advert;
};

/* At end of headers.  SESSION_REFUSE fills edits->reply. */
enum session_look expand_look(const struct session_message *m,
    const char *relay_domain, struct session_edits *edits);

/* The checks, in order: one recipient, a ticket that is valid for it and for this
 * content.  -1: edits hold verdict and reply: 550 for what no gateway could take,
 * 451 for what the next one may (no or no such key, a clock that is late). */
int expand_check(const struct session_message *m, const char *relay_domain,
    const struct keyring *keys, int64_t now_ms, int64_t tolerance_ms,
    struct expand_job *job, struct session_edits *edits);

/* Make the advert from the set that the ticket names.  assets NULL: it is not
 * here.  -1 likewise. */
int expand_build(const struct session_message *m, const struct assets *assets,
    size_t max_size, int64_t now_ms, struct expand_job *job,
    struct session_edits *edits);

/* Everything there: the edits that make the advert of the stub. */
void expand_edits(const struct session_message *m,
    const struct expand_job *job, struct session_edits *edits);

/* 554: the campaign is not sent any more, by no gateway. */
void expand_cancelled(struct arena *arena, struct session_edits *edits,
    const char *text);
/* 451, "nearpost: " and the text. */
void expand_later(struct arena *arena, struct session_edits *edits,
    const char *text);

#endif
