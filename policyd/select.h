/* Which gateway, which creative, may this recipient get mail at all: one job
 * per recipient, from the request to the answer.
 *
 * nearpost_explain is the same without booking, and answers
 *
 *      action=OK                 whatever became of it
 *      verdict=RELAY tyo,lon     or SUPPRESSED, DEFER, REJECT and the text
 *      site=  site_status=  creative=  size=  asset_digest=  listed=yes
 *      row.N=id=tyo;verdict=eligible;rank=1;total_ms=...;queue_ms=...;... */
#ifndef NEARPOST_POLICYD_SELECT_H
#define NEARPOST_POLICYD_SELECT_H

#include "policyd/front.h"

void select_request(struct ask *ask);
void explain_request(struct ask *ask);

#endif
