/* "-n": what a program's configuration names is looked at, one thing a line:
 *
 *	ok      policyd.redis = unix:/run/redis/redis-server.sock
 *	FAILED  policyd.tls_key = /etc/nearpost/tls/key.pem: Permission denied
 *
 * As the user who runs it: what root can read the daemon may not. */
#ifndef NEARPOST_FLEET_REACH_H
#define NEARPOST_FLEET_REACH_H

#include <stdbool.h>
#include <stdio.h>

#include "lib/fleet/config.h"

struct reach {
	FILE *to;
	unsigned failed;
};

/* A heap string that says why nobody answers there, or NULL.  where: as in
 * nearpost.conf, inet:port@host as the MTAs write it too. */
char *reach_connect(const char *where);

/* why: heap or NULL (all is well), freed here. */
void reach_say(struct reach *r, const char *setting, const char *value,
    char *why);
/* Somebody answers there. */
void reach_socket(struct reach *r, const char *setting, const char *where);
/* A socket can be made there. */
void reach_listen(struct reach *r, const char *setting, const char *where);
/* A file can be read; a directory searched and, for write, written to. */
void reach_file(struct reach *r, const char *setting, const char *path);
void reach_directory(struct reach *r, const char *setting, const char *path,
    bool write);
/* Certificate, key and CA fit together and have not expired.  section: "policyd"
 * or "agent". */
void reach_tls(struct reach *r, const char *section,
    const struct config_tls *tls);
void reach_redis(struct reach *r, const struct config_policyd *c);
/* A name server answers, whatever. */
void reach_dns(struct reach *r, const char *setting, const char *servers);
/* The last line; EX_OK or EX_UNAVAILABLE. */
int reach_end(struct reach *r);

#endif
