/* nearpostctl assets status: which gateway holds which asset set. */
#ifndef NEARPOST_CTL_ASSETS_STATUS_H
#define NEARPOST_CTL_ASSETS_STATUS_H

#include "ctl/ctl.h"
#include "lib/mail/policy.h"

enum assets_verdict {
	ASSETS_OK = 0,
	ASSETS_LACKS,  /* it holds other sets, or none */
	ASSETS_FAILED, /* so too, and what was put there cannot be used */
	ASSETS_SILENT  /* it does not report */
};

/* row and fault: what policyd says of a gateway. */
enum assets_verdict assets_judge(struct slice row, struct slice fault,
    const char *wanted);
/* Appends policyd's answer to the verb "assets" as a table or as JSON.  wanted:
 * the digest that all should hold; NULL = the initiator's.  true: one gateway is
 * live, and every one that is holds it. */
bool assets_status_show(struct arena *arena, const struct policy_message *m,
    const char *wanted, bool json, struct buf *out);
/* which: a directory with a MANIFEST or a digest; NULL = the initiator's set.
 * Exit status; 1 when a live gateway lacks it. */
int assets_status(struct ctl *ctl, const char *which, bool json);

#endif
