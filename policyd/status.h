/* What people and Prometheus read over HTTP:
 *      /metrics    text format 0.0.4
 *      /healthz    200 as long as the loop turns
 *      /readyz     200 when a stub would get an answer other than DEFER: asset
 *                  set loaded, Redis answering, a gateway alive;
 *                  else 503, and why
 */
#ifndef NEARPOST_POLICYD_STATUS_H
#define NEARPOST_POLICYD_STATUS_H

#include "policyd/policyd.h"

/* Handler for http_new(); ctx is the struct policyd. */
int status_page(const char *path, struct http_reply *r, void *ctx);

#endif
