/* The full message for one recipient: a list of slices (rendered texts and cached
 * parts), never a re-encode.
 *
 *   multipart/mixed            only with attachments
 *     multipart/alternative
 *       text/plain             quoted-printable
 *       multipart/related      type="text/html"; only with inline parts
 *         text/html            quoted-printable
 *         image/png ...        base64, Content-ID
 *     audio/mpeg ...           base64, attachment
 *
 * RFC 5322, 2045-2047, 2231, 2387, 2369, 8058. */
#ifndef NEARPOST_MAIL_ADVERT_H
#define NEARPOST_MAIL_ADVERT_H

#include "lib/mail/assets.h"
#include "lib/mail/header.h"

struct advert_input {
	const struct asset_creative *creative;
	const struct vars *vars;  /* stub's over the record's; what the campaign adds
	                           * (campaign_fill) is added here */
	const char *recipient;    /* local@domain, for To: */
	const char *from;         /* stub's From field body (RFC 5322) */
	const char *reply_to;     /* stub's Reply-To, or "" */
	const char *subject;      /* stub's, UTF-8, a template too; "" = creative's */
	const char *ticket_id;    /* makes Message-ID and boundary unique */
	int64_t now_ms;
	struct buf *text, *html;  /* NULL, or what gets the two texts as well, before
	                           * they are encoded (preview) */
};
struct advert {
	struct header *headers; /* name, value (folded with "\n\t"), in order; the
	                         * whole top-level header block but Received */
	size_t n_headers;
	struct slice *body;     /* in order; borrow from arena, creative or statics */
	size_t n_body;
	size_t body_size;
	const char *bounce;     /* envelope sender, "" = keep the stub's */
};

/* -1 and *error_r (arena): a variable that makes no subject, a From without
 * address, output over the limit, a list of too many items. */
int advert_build(struct arena *arena, const struct advert_input *in,
    struct advert *out_r, const char **error_r);
/* The whole as one text (preview, tests): headers, empty line, body; CRLF. */
void advert_text(const struct advert *a, struct buf *out);

#endif
