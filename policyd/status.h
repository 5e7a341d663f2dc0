/* What people and Prometheus read over HTTP:
 *      /             the status page, status.html
 *      /status.json  the same for programs, and for the page itself
 *      /metrics      text format 0.0.4
 *      /healthz      200 as long as the loop turns
 *      /readyz       200 when a stub would get an answer other than DEFER: asset
 *                    set loaded, Redis answering, a gateway alive that holds
 *                    the set; else 503, and why
 */
#ifndef NEARPOST_POLICYD_STATUS_H
#define NEARPOST_POLICYD_STATUS_H

#include "policyd/policyd.h"

struct status;

struct status *status_new(struct policyd *p);
void status_free(struct status **s);
/* Handler for http_new(); ctx is the struct status. */
int status_answer(const char *path, struct http_reply *r, void *ctx);

#endif
