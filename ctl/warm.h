/* The gateways measure the recipients' mail servers before the first stub goes
 * out, so that the first advert goes the short way already.  policyd is only
 * told the domains; it looks them up and has them probed while this program goes
 * on. */
#ifndef NEARPOST_CTL_WARM_H
#define NEARPOST_CTL_WARM_H

#include "ctl/ctl.h"

struct warm;

struct warm *warm_new(void);
void warm_free(struct warm **w);
/* The domain of a recipient; each is told once, in the order of the first. */
void warm_add(struct warm *w, const char *address);
/* Not needed: when policyd is away, that is said, once, and that is all. */
void warm_ask(const struct warm *w, struct ctl *ctl);
size_t warm_count(const struct warm *w); /* of domains */
/* The domains from number *pos on that fit into one question, with commas; false:
 * there are no more. */
bool warm_batch(const struct warm *w, size_t *pos, struct slice *list_r);

#endif
