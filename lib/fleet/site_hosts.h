/* Inside site.[ch]: the mail servers of a site, and the way back. */
#ifndef NEARPOST_FLEET_SITE_HOSTS_H
#define NEARPOST_FLEET_SITE_HOSTS_H

#include "lib/fleet/site.h"

/* At most SITE_HOSTS_MAX, in any order.  A pool keeps what others named. */
void site_take_hosts(struct sites *all, struct site *s,
    const char *const *hosts, int n);
void site_clear_hosts(struct sites *all, struct site *s);

#endif
