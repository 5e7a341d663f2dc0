/* The ticket: what lets a gateway expand a stub, once, for one recipient.
 *
 *   Nearpost-Ticket: v=1; i=<32 hex>; k=<8 hex key id>; c=spring-2026; e=hero-en;
 *      a=sha256:<64 hex>; r=<recipient, base64url>; g=tyo,lon; t=<ms>; x=<ms>;
 *      d=<base64url>; b=<base64url>
 *   Nearpost-Data: <32 hex of the ticket>; <n from 1>; <base64url>
 *
 * White space does not count, since MTAs refold as they like; the tags stand in
 * this order.  b is the Ed25519 signature (RFC 8032) over the field body without
 * white space up to and including "b=", as DKIM does it (RFC 6376 section 3.7).
 * d is the SHA-256 of what the advert is filled with, each text with its length
 * before it: "vars LEN\n" and the canonical variables of the stub, "subject LEN\n"
 * and the subject (UTF-8, white space squeezed to single spaces), "data LEN\n" and
 * the canonical variables of the recipient's record, which travel in the data
 * lines. */
#ifndef NEARPOST_MAIL_TICKET_H
#define NEARPOST_MAIL_TICKET_H

#include <stdint.h>

#include "lib/mail/address.h"
#include "lib/mail/header.h"
#include "lib/mail/keyring.h"
#include "lib/mail/vars.h"

#define TICKET_ID_LEN 32 /* hex digits */
#define TICKET_MAX 4096  /* octets of one field body */
#define TICKET_DATA_LINE 900 /* octets of one data line's field body */
#define TICKET_NAME_MAX 64

struct ticket {
	char id[TICKET_ID_LEN + 1];
	char key_id[KEYRING_ID_SIZE];
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

/* Campaign and creative names: [A-Za-z0-9._-]{1,64}, the first no dot. */
bool ticket_name_ok(struct slice name);
/* NULL when all of t can be written; else what is wrong with what somebody (the
 * stub, policyd's answer) put into it.  Its key_id does not count. */
const char *ticket_fault(const struct ticket *t);

/* The field body (folded, "\n\t" between lines as smfi_addheader wants it) of the
 * ticket and of each data line, in the arena.  stub_vars and subject (decoded,
 * UTF-8) are the stub's; record (may be NULL) goes into the data lines.
 * ticket_fault(t) must be NULL, and the signer must have a signing key. */
void ticket_write(struct arena *arena, const struct ticket *t,
    const struct vars *stub_vars, struct slice subject,
    const struct vars *record, const struct keyring *signer,
    const char **ticket_r, const char ***data_r, size_t *n_data_r);

/* Find and check the ticket for `recipient` among the headers: local parts are
 * compared exactly, domains without case.  tolerance_ms: for clocks that differ.
 * *out_r is filled (for the log) whenever such a ticket was found, that is, with
 * every result but TICKET_NONE and TICKET_MALFORMED; record_r gets the data
 * lines' values when the result is TICKET_OK and else is empty. */
enum ticket_result ticket_check(struct arena *arena,
    const struct header *headers, size_t n, const struct address *recipient,
    const struct vars *stub_vars, struct slice subject,
    const struct keyring *keys, int64_t now_ms, int64_t tolerance_ms,
    struct ticket *out_r, struct vars *record_r);

/* Parse one field body, no signature check (logs, nearpostctl).  -1 and *error_r,
 * which is static. */
int ticket_parse(struct arena *arena, struct slice body, struct ticket *out_r,
    const char **error_r);

#endif
