/* Mail addresses (RFC 5321 section 4.1.2), IDN domains as A-labels (RFC 5891,
 * libidn2; gatekeeper: address.c), and the ranked relay address:
 *
 *      alice@example.org  ->  alice@example.org.tyo-lon.nearpost.internal
 *      several recipients of one message with the same ranking:
 *                             alice@example.org.tyo-lon.split.nearpost.internal
 */
#ifndef NEARPOST_MAIL_ADDRESS_H
#define NEARPOST_MAIL_ADDRESS_H

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define ADDRESS_LOCAL_MAX 64   /* octets, RFC 5321 section 4.5.3.1.1 */
#define ADDRESS_DOMAIN_MAX 253 /* octets a DNS name can have */
#define ADDRESS_ID_MAX 16      /* gateway id */
#define ADDRESS_RANK_MAX 2     /* gateways in one ranking: the transport table
                                * has every ordered pair, and each id alone */
#define ADDRESS_SPLIT "split"

struct address {
	const char *local;  /* as written, quotes included; case kept */
	const char *domain; /* lower case, A-labels */
	bool utf8_local;    /* needs SMTPUTF8 */
};

struct ranking {
	char id[ADDRESS_RANK_MAX][ADDRESS_ID_MAX + 1]; /* best first */
	int n;
};

/* text: with or without <>, no source route.  -1 and *error_r (static or in the
 * arena), a phrase that fits behind "recipient: " ("domain literals cannot be
 * relayed", "domain of 261 octets is over 253", "there is no @").  An empty
 * address (null sender) is an error here.  Accepted though the standards frown:
 * dots anywhere in a local part, underscores in a domain, one dot behind it.
 * Strings live in the arena. */
int address_parse(struct arena *arena, struct slice text,
    struct address *out_r, const char **error_r);
/* NULL when the domain (ASCII) is made of labels of letters, digits, underscores
 * and hyphens (not at their ends) and is no IP address; else what is wrong. */
const char *address_domain_fault(struct slice domain);
/* local@domain */
char *address_text(struct arena *arena, const struct address *a);
/* Canonical key for look-ups (Redis, suppression): whole address lower case
 * (ASCII), domain in A-labels, needless quotes gone. */
char *address_key(struct arena *arena, const struct address *a);
/* [a-z0-9]{1,16}, but not "split", which means something else in a route. */
bool address_id_ok(struct slice id);

/* Is domain the relay domain or below it?  Case-insensitive; neither a dot at
 * the end nor full-width letters hide it. */
bool address_in_domain(struct slice address_or_domain, const char *relay_domain);
/* NULL and *error_r when the result would not fit into 253 octets of domain, or
 * the address is in the relay domain already. */
char *address_rank(struct arena *arena, const struct address *a,
    const struct ranking *rank, bool split, const char *relay_domain,
    const char **error_r);
/* The way back.  -1 and *error_r when it is not exactly what address_rank()
 * writes; only the case of the domain and <> around it are free. */
int address_unrank(struct arena *arena, struct slice text,
    const char *relay_domain, struct address *out_r, struct ranking *rank_r,
    bool *split_r, const char **error_r);

/* "tyo,lon" or "tyo-lon" to a ranking and back.  -1 for more than
 * ADDRESS_RANK_MAX ids, one twice, none, or a wrong one. */
int ranking_parse(struct slice text, char sep, struct ranking *out_r);
void ranking_text(const struct ranking *rank, char sep, struct buf *out);

/* xtext (RFC 3461 section 4), for ORCPT. */
void xtext_encode(struct buf *out, struct slice s);

#endif
