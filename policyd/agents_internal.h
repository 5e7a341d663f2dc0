/* What agents.c (connections) and agent_requests.c (what is said over them)
 * share. */
#ifndef NEARPOST_POLICYD_AGENTS_INTERNAL_H
#define NEARPOST_POLICYD_AGENTS_INTERNAL_H

#include <sys/queue.h>

#include "policyd/agents.h"

struct agent {
	LIST_ENTRY(agent) link;
	struct agents *agents;
	struct conn *conn;
	char id[17]; /* "" before hello */
	/* An answer, or what it depends on; no request is looked at before. */
	struct owed *owed;
	bool reading; /* inside agent_read() */
	bool looked;  /* what other policyds have taken is known */
	bool again;   /* the request is to be handled once more */
};
struct owed {
	struct agent *agent; /* NULL when it went */
};
struct agents {
	struct policyd *p;
	struct tls *tls;
	struct listener *listener;
	LIST_HEAD(, agent) list;
	int n;
	int64_t certificate_ms; /* ours is good until then; -1 unknown */
	struct log_limit limit;
};

/* NULL: before its hello, or not configured any more. */
struct gateway *agent_gateway(const struct agent *a);
/* Said in the log, not to the peer: who is not who he says needs no hints.  The
 * agent is freed. */
void agent_turn_away(struct agent *a, const char *why, const char *detail);
/* So long an agent may be silent that reports so often. */
int64_t agent_idle_ms(int64_t report_interval_ms);
/* Handles the requests that are here whole. */
void agent_read(struct agent *a);

#endif
