/* The ticket: what lets a gateway expand a stub, once, for one recipient.
 *
 *   Nearpost-Ticket: v=1; i=<32 hex>; k=<8 hex key id>; c=spring-2026; e=hero-en;
 *      a=sha256:<64 hex>; r=<recipient, base64url>; g=tyo,lon; t=<ms>; x=<ms>;
 *      d=<base64url sha256 of canonical variables and subject>; b=<base64url>
 *   Nearpost-Data: <id> <n> <base64url of "name=len:value\n"...>
 *
 * The signature is Ed25519 (RFC 8032) over the whole field body, white space
 * removed, up to and including "b=", as DKIM does it (RFC 6376 section 3.7),
 * with the ticket's data lines' digest inside d.  DESIGN section 3. */
#ifndef NEARPOST_MAIL_TICKET_H
#define NEARPOST_MAIL_TICKET_H

#include <stdint.h>

#include "lib/mail/address.h"
#include "lib/mail/header.h"
#include "lib/mail/keyring.h"
#include "lib/mail/vars.h"

#define TICKET_ID_LEN 32 /* hex digits */
#define TICKET_MAX 4096  /* octets of one field body */
#define TICKET_DATA_LINE 900

struct ticket {
	char id[TICKET_ID_LEN + 1];
	char key_id[9];
	const char *campaign, *creative;
	char asset_digest[72]; /* "sha256:" and 64 hex digits, of the set */
	const char *recipient; /* local@domain, the address to deliver to */
	struct ranking gateways;
	int64_t requested_ms, expires_ms; /* wall clock */
};

enum ticket_result {
	TICKET_OK = 0,
	TICKET_NONE,     /* no ticket for this recipient among the headers */
	TICKET_MALFORMED,
	TICKET_UNKNOWN_KEY,
	TICKET_FORGED,   /* signature wrong */
	TICKET_ALTERED,  /* signature right, content or data digest wrong */
	TICKET_EXPIRED,
	TICKET_FUTURE    /* requested later than now + tolerance */
};
const char *ticket_result_text(enum ticket_result r);

void ticket_new_id(char id_r[TICKET_ID_LEN + 1]);

/* Append the field body (folded, "\n\t" between lines as smfi_addheader wants
 * it) of the ticket and of each data line.  stub_vars and subject are the
 * stub's; record (may be NULL) goes into the data lines. */
void ticket_write(struct arena *arena, const struct ticket *t,
    const struct vars *stub_vars, struct slice subject,
    const struct vars *record, const struct keyring *signer,
    const char **ticket_r, const char ***data_r, size_t *n_data_r);

/* Find and check the ticket for `recipient` among the headers.
 * tolerance_ms: for clocks that differ.  record_r gets the data lines' values. */
enum ticket_result ticket_check(struct arena *arena,
    const struct header *headers, size_t n, const struct address *recipient,
    const struct vars *stub_vars, struct slice subject,
    const struct keyring *keys, int64_t now_ms, int64_t tolerance_ms,
    struct ticket *out_r, struct vars *record_r);

/* Parse one field body, no signature check (logs, nearpostctl). */
int ticket_parse(struct arena *arena, struct slice body, struct ticket *out_r,
    const char **error_r);

#endif
