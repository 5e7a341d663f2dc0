/* The verbs of nearpost_admin that order something for all policyds: gateways out
 * of service and back, campaigns stopped and released.  They answer by themselves,
 * once Redis has it: "redis=down" means that the others hear of it later. */
#ifndef NEARPOST_POLICYD_ADMIN_ORDER_H
#define NEARPOST_POLICYD_ADMIN_ORDER_H

#include "policyd/front.h"

#define ADMIN_NO_GATEWAY "there is no gateway of that id in nearpost.conf"

/* NULL: the request names none that there is. */
struct gateway *admin_gateway(struct ask *ask);
void admin_cancel(struct ask *ask);
void admin_drain(struct ask *ask);
void admin_pause(struct ask *ask);
void admin_release(struct ask *ask);
void admin_resume(struct ask *ask);

#endif
