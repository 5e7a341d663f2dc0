/* The scores of gateways as a table: of explain and of why. */
#ifndef NEARPOST_CTL_SCORE_TABLE_H
#define NEARPOST_CTL_SCORE_TABLE_H

#include "ctl/fleet.h"

/* Rows are "row.0" ... of the answer.  ranking: the ids that were given to the
 * mail server, best first, joined by commas; "" when there are none. */
void score_table_print(struct arena *arena, const struct policy_message *m,
    struct slice ranking);

#endif
