/* nearpostctl doctor: a row per thing that can be wrong, each with its remedy. */
#ifndef NEARPOST_CTL_DOCTOR_H
#define NEARPOST_CTL_DOCTOR_H

#include "ctl/ctl.h"
#include "lib/base/mem.h"

enum finding {
	FINDING_OK = 0,
	FINDING_WARN, /* works, but look at it */
	FINDING_FAIL  /* mail will wait or be refused until this is mended */
};

struct doctor {
	struct ctl *ctl;
	struct arena *arena;
	const char *postfix_dir;
	const char *dir; /* of nearpost.conf */
	bool gateway;
	unsigned count[3];
};

/* Print one finding; the remedy (printf format) only when it is none. */
void doctor_say(struct doctor *d, enum finding what, const char *subject,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* postconf's value of a main.cf parameter, or of a master.cf service's option
 * ("2525/inet/smtpd_milters"), macros expanded; NULL when there is none. */
const char *doctor_postconf(struct doctor *d, const char *name);

void doctor_mta_initiator(struct doctor *d);
void doctor_mta_gateway(struct doctor *d);
void doctor_keys(struct doctor *d);
void doctor_assets(struct doctor *d);
void doctor_sockets(struct doctor *d);
void doctor_dns(struct doctor *d);
void doctor_policyd(struct doctor *d); /* policyd, Redis, gateways, clocks */

#endif
