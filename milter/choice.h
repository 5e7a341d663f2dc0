/* One recipient of a stub: the question about it, and policyd's choice. */
#ifndef NEARPOST_MILTER_CHOICE_H
#define NEARPOST_MILTER_CHOICE_H

#include "lib/mail/address.h"
#include "lib/mail/policy.h"
#include "lib/mail/session.h"
#include "lib/mail/stub.h"
#include "lib/mail/ticket.h"
#include "milter/refusals.h"

enum choice_kind {
	CHOICE_RELAY = 0,
	CHOICE_SUPPRESSED,
	CHOICE_DEFER,
	CHOICE_REJECT
};

struct choice {
	const struct session_rcpt *rcpt;
	struct address address;
	enum choice_kind kind;
	/* REJECT, DEFER: code "" = the usual one. */
	const char *code, *enhanced, *text;
	enum refusal cause; /* when it is not policyd's */
	/* SUPPRESSED */
	const char *since;
	/* RELAY */
	struct ranking gateways;
	const char *creative, *asset_digest, *booking, *score_ms;
	struct vars record;
	char ticket[TICKET_ID_LEN + 1];
	bool split;         /* another recipient has the same ranking */
	const char *ranked; /* the new recipient, with <> */
	/* RELAY, SUPPRESSED: for the log */
	const char *reason;
};

/* c needs address and ticket.  earlier: recipients of the same message that are
 * asked about before this one. */
struct choice_asker {
	const char *sender, *routable, *queue_id;
	int64_t now_ms;
};
void choice_question(const struct choice *c, const struct stub *stub,
    const struct choice_asker *by, size_t earlier, struct buf *out);
/* Fills the rest of c.  An answer that cannot be understood is a DEFER, with a
 * line in the log. */
void choice_answer(struct arena *arena, const struct policy_message *answer,
    const char *queue_id, struct choice *c);

#endif
