/* Orders to policyd that hold for all of them: drain, resume, pause, cancel. */
#ifndef NEARPOST_CTL_ORDER_H
#define NEARPOST_CTL_ORDER_H

#include "ctl/ctl.h"
#include "lib/base/buf.h"

/* verb, what it is about ("gateway", "campaign"), its name, and options from the
 * command line, "--for" and "--reason" as far as takes allows: then each with its
 * value.  Exit status, said on standard error why; EX_USAGE without a word. */
struct order_options {
	bool takes_for, takes_reason;
	int argc;
	char **argv;
};
int order_give(struct ctl *ctl, const char *verb, const char *about,
    const char *name, const struct order_options *options);

#endif
