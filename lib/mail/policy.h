/* Postfix's policy delegation protocol (SMTPD_POLICY_README): `name=value` lines,
 * an empty line.  One text format between all our programs.  Pure: bytes in,
 * struct out.  Unknown attributes are the caller's to ignore.
 *
 * The milter's question, one per recipient, and the answers:
 *
 *      request=nearpost_select          action=RELAY
 *      campaign=  recipient=  sender=   gateways=tyo,lon (best first, at most 2)
 *      creative=  (when the stub names  creative=  asset_digest=sha256:...
 *                  one)                 score_ms=  reason=  size=  booking=
 *      routable=tyo,lon,nyc             data.NAME=VALUE (the record's fields)
 *      var.NAME=VALUE (the stub's own variables: they override the record in
 *                  the choice of the creative and in `required`)
 *                                       action=SUPPRESSED reason= since=
 *                                       action=DEFER text
 *                                       action=REJECT text, and optionally
 *                                       code=556 5.1.10
 *      ticket= queue_id= (what it will be known by, and as what the mail server
 *                  knows the stub)
 *      request=nearpost_admin verb=unbook booking=     action=OK
 *
 * More verbs: policyd/admin.h; nearpost_explain: policyd/select.h.
 */
#ifndef NEARPOST_MAIL_POLICY_H
#define NEARPOST_MAIL_POLICY_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/mem.h"

#define POLICY_MESSAGE_MAX (256 * 1024) /* octets of one request or answer */
#define POLICY_ATTRS_MAX 2048
#define POLICY_LINE_MAX (32 * 1024)

struct policy_attr {
	struct slice name, value;
};
struct policy_message {
	struct policy_attr *attrs; /* in the arena; slices borrow `in` */
	size_t n;
};

/* A whole message at the start of `in`?  1: parsed, *used_r bytes taken; 0: more
 * is needed; -1: malformed, *error_r is static text (answer nothing, log,
 * disconnect).  Malformed is noticed with the first wrong line, not only when
 * the message has ended.  Lines may end with CRLF. */
int policy_parse(struct arena *arena, struct slice in,
    struct policy_message *out_r, size_t *used_r, const char **error_r);
/* The first attribute of that name; {NULL, 0} when there is none. */
struct slice policy_get(const struct policy_message *m, const char *name);
const char *policy_get_str(struct arena *arena, const struct policy_message *m,
    const char *name); /* "" when there is none */
/* The fallback, too, when it is no number or not in [min, max]. */
int64_t policy_get_int(const struct policy_message *m, const char *name,
    int64_t fallback, int64_t min, int64_t max);

/* Writers.  A value can never end its line: CR, LF and NUL become spaces.
 * policy_end adds the empty line. */
void policy_add(struct buf *out, const char *name, struct slice value);
void policy_add_str(struct buf *out, const char *name, const char *value);
void policy_addf(struct buf *out, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void policy_end(struct buf *out);

#endif
