/* policyd's table of gateways, as its admin answers give it: a row for each,
 * "key=value;key=value". */
#ifndef NEARPOST_CTL_FLEET_H
#define NEARPOST_CTL_FLEET_H

#include "ctl/ctl.h"
#include "lib/mail/policy.h"

/* Asks for a table, "gateways", "assets" ...; as ask_policyd(). */
int fleet_ask(struct ctl *ctl, struct arena *arena, const char *verb,
    struct policy_message *answer_r);
/* nearpostctl gateways: the table for people.  Exit status. */
int gateways_list(struct ctl *ctl);
/* Row n of "PREFIX.N"; false behind the last one. */
bool fleet_row(struct arena *arena, const struct policy_message *m,
    const char *prefix, int n, struct slice *row_r);
/* The attribute "NAME.N", of whatever kind; "" when there is none. */
struct slice fleet_text(struct arena *arena, const struct policy_message *m,
    const char *name, int n);
/* "" or 0 when the row has no such field. */
struct slice fleet_field(struct slice row, const char *name);
double fleet_number(struct slice row, const char *name);
/* "12.3 ms probe, 8 s ago", "-" when the row has no round trip. */
void fleet_rtt_text(char *dst, size_t size, struct slice row);
/* "+0.41 s, 12% off", "-" when nothing was predicted. */
void fleet_error_text(char *dst, size_t size, struct slice row);
/* "20/s admin", "3.2/s learned"; "-" when no limit is known. */
void fleet_limit_text(char *dst, size_t size, struct slice row);
/* "+12 ms +-3": a gateway's clock is ahead of ours; "+-3" where it is known. */
void fleet_clock_text(char *dst, size_t size, struct slice row);

#endif
