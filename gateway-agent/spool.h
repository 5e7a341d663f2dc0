/* Sendmail's queue directory, asked about one message.  Postfix's says nothing that
 * its log does not say at once, and is not asked. */
#ifndef NEARPOST_AGENT_SPOOL_H
#define NEARPOST_AGENT_SPOOL_H

#include "gateway-agent/claims.h"

/* UNKNOWN: the directory cannot be searched. */
enum claim_place spool_place(const char *queue_directory, const char *queue_id);

#endif
