/* Offering one message to the local MTA (libcurl; gatekeeper: smtp.c). */
#ifndef NEARPOST_CTL_SMTP_H
#define NEARPOST_CTL_SMTP_H

#include "lib/fleet/config.h"

struct smtp;

enum smtp_result {
	SMTP_SENT = 0,
	SMTP_LATER,   /* 4xx, no connection, no login: nothing was taken */
	SMTP_REFUSED, /* 5xx */
	SMTP_UNKNOWN  /* the connection broke behind the final dot */
};

/* NULL and a heap *error_r. */
struct smtp *smtp_open(const struct config_send *c, char **error_r);
void smtp_close(struct smtp **s);
/* The connection is kept for the next one. */
enum smtp_result smtp_send(struct smtp *s, const char *from, const char *to,
    struct slice message);
/* The server's last reply line, or why there was none. */
const char *smtp_reply(const struct smtp *s);

#endif
