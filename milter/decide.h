/* The milter's decision: a message and policyd's answers in, edits out.  Pure but
 * for the asking, which is handed in.  nearpost-milter(8) has the rules. */
#ifndef NEARPOST_MILTER_DECIDE_H
#define NEARPOST_MILTER_DECIDE_H

#include "lib/mail/policy.h"
#include "lib/mail/session.h"
#include "lib/mail/ticket.h"
#include "milter/refusals.h"
#include "milter/routable.h"

/* All Nearpost-* fields of a rewritten stub together, octets: every copy carries
 * those of all recipients, and Sendmail takes 32 KB of headers. */
#define DECIDE_HEADERS_MAX (24 * 1024)

/* What the configuration says; immutable while a message is at work. */
struct decide_settings {
	const char *relay_domain;
	const char *const *clients;
	size_t n_clients;
	const char *const *logins;
	size_t n_logins;
	bool local_submission;
	size_t max_recipients;
	int64_t ticket_lifetime_ms;
	const struct keyring *signer;
};

/* The world as it is for this message. */
struct decide_world {
	int64_t now_ms; /* wall clock */
	const struct routes *routes;
	/* As ask_all(). */
	int (*ask)(void *ctx, struct arena *arena, const struct slice *requests,
	    size_t n, struct policy_message *answers_r, const char **error_r);
	void *ask_ctx;
	struct refusals *refusals; /* or NULL */
};

/* At the end of the headers; session.h.  *cause_r with SESSION_REFUSE only. */
enum session_look decide_look(const struct decide_settings *s,
    const struct session_message *m, struct session_edits *e,
    enum refusal *cause_r);

struct outcome; /* outcome.h */
/* At the end of the message.  The result lives in the message's arena and is for
 * outcome_done(); NULL when the mail is none of ours. */
struct outcome *decide(const struct decide_settings *s,
    const struct decide_world *w, const struct session_message *m,
    struct session_edits *e);
/* May this client send stubs?  If not, *text_r says what to do about it. */
bool decide_allowed(const struct decide_settings *s,
    const struct session_message *m, const char **text_r);

#endif
