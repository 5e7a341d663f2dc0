/* What dns.c, which talks with c-ares, and dns_ask.c, which knows the kinds of
 * questions, share. */
#ifndef NEARPOST_BASE_DNS_INTERNAL_H
#define NEARPOST_BASE_DNS_INTERNAL_H

#include <ares.h>

#include "lib/base/dns.h"
#include "lib/base/mem.h"

struct watched;

/* A question of ours and what is known of its answer. */
struct question {
	struct dns *dns;
	struct question *prev, *next;
	/* One of the three. */
	void (*mx_cb)(const struct dns_mx_answer *, void *ctx);
	void (*addr_cb)(const struct dns_addr_answer *, void *ctx);
	void (*text_cb)(const struct dns_text_answer *, void *ctx);
	void *ctx;
	struct arena *arena; /* of a text answer, or NULL */
	struct timer *due;
	bool asked, told; /* c-ares owes us its answer; the caller has his */
	union answer {
		struct dns_mx_answer mx;
		struct dns_addr_answer addr;
		struct dns_text_answer text;
	} answer;
};

struct dns {
	struct loop *loop;
	ares_channel channel;
	struct watched *watched;
	struct timer *timer; /* when c-ares wants to look at its clock */
	struct question *questions;
	int timeout_ms;
	int depth; /* > 0: c-ares or a callback is on the stack */
	bool dying;
};

/* dns.c: a question that c-ares is about to be asked; until something better is
 * known the answer is DNS_FAILED, which is what the caller gets at the deadline.
 * dns_asked() when it has been. */
struct question *dns_question(struct dns *d, void *ctx);
void dns_asked(struct dns *d);
/* c-ares is done with q, whose answer is filled in unless q->told. */
void dns_answered(struct question *q);

/* dns_ask.c: the answer is DNS_FAILED. */
void dns_question_fail(struct question *q);
/* The caller gets it. */
void dns_question_tell(struct question *q);

#endif
