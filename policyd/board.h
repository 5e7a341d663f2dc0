/* What the status page shows and nothing else needs: the last decisions, kept in
 * memory, and the campaigns' counters, read from Redis now and then. */
#ifndef NEARPOST_POLICYD_BOARD_H
#define NEARPOST_POLICYD_BOARD_H

#include "policyd/job.h"

#define BOARD_DECISIONS 50
#define BOARD_CAMPAIGNS 100 /* of the asset set, by name; more are not shown */

/* No recipient in it: a ticket leads to him, by `nearpostctl why`. */
struct board_decision {
	int64_t at_ms; /* wall clock */
	const char *action;
	char ticket[2 * BOOKING_ID_SIZE + 1]; /* "" unless relayed */
	char campaign[65], creative[65], site[256];
	char gateways[2 * ADDRESS_ID_MAX + 2]; /* "tyo,lon"; "" = none */
	char reason[24]; /* what the first was chosen for, or the cause */
	double score_s;
};
struct board_campaign {
	char name[65];
	struct campaign_counts counts;
};

struct board;

struct board *board_new(struct policyd *p);
void board_free(struct board **b);
void board_tick(struct board *b); /* once a second */
/* A stub was answered. */
void board_decided(struct board *b, const struct job *j);
/* The newest is 0; NULL: there are not so many. */
const struct board_decision *board_decision(const struct board *b, size_t at);
/* All zeroes when Redis has told nothing of it yet. */
const struct board_campaign *board_campaign(const struct board *b,
    const char *name);

#endif
