/* The verbs of nearpost_admin that look and change nothing.
 *
 *      assets            asset_digest= (ours) error= (of our last reload)
 *                        gateway.N=id=...;state=live;sets=sha256:...,...
 *                        error.N= (of that gateway's last reload)
 *
 *      campaigns         campaign.N=name=...;known=yes;state=paused;since_ms=...;
 *                        reason=... of the asset set, and those that are held;
 *                        state: open, paused, cancelled
 *
 * These two may have to ask the DNS or Redis first, and answer by themselves:
 *
 *      sites [name=]     row.N=site=...;gateway=...;receipts=...; of the sites
 *                        used last, or of one site or domain
 *      why id=           decision= row.N= event.N= of a ticket or a queue id */
#ifndef NEARPOST_POLICYD_ADMIN_LOOK_H
#define NEARPOST_POLICYD_ADMIN_LOOK_H

#include "policyd/front.h"

/* "live", or why it is not chosen. */
const char *admin_state(const struct policyd *p, const struct gateway *g);
void admin_assets(struct ask *ask);
void admin_campaigns(struct ask *ask);
void admin_sites(struct ask *ask);
void admin_why(struct ask *ask);

#endif
