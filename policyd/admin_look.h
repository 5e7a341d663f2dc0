/* The verbs of nearpost_admin that may have to ask the DNS or Redis first; they
 * answer by themselves.
 *
 *      sites [name=]     row.N=site=...;gateway=...;receipts=...; of the sites
 *                        used last, or of one site or domain
 *      why id=           decision= row.N= event.N= of a ticket or a queue id */
#ifndef NEARPOST_POLICYD_ADMIN_LOOK_H
#define NEARPOST_POLICYD_ADMIN_LOOK_H

#include "policyd/front.h"

void admin_sites(struct ask *ask);
void admin_why(struct ask *ask);

#endif
