/* What the printers of `nearpostctl print` share. */
#ifndef NEARPOST_CTL_PRINT_H
#define NEARPOST_CTL_PRINT_H

#include "lib/base/buf.h"
#include "lib/fleet/config.h"

/* Where doctor's probes are for.  Nobody can have it (RFC 2606), and our transport
 * table throws away what is for it. */
#define PRINT_PROBE_DOMAIN "nearpost-doctor.invalid"

struct print {
	const struct config *config;
	const char *dir;         /* where nearpost.conf and the tables are */
	const char *postfix_dir; /* whose main.cf is merged */
	bool gateway;
	bool sendmail;           /* for `tables`: else Postfix's */
};

/* Where main.cf is, unless --postfix says otherwise: as for Postfix's own
 * commands, $MAIL_CONFIG or /etc/postfix. */
const char *print_postfix_dir(void);
void print_quoted_domain(const struct print *p, struct buf *out);
char *print_existing(const struct print *p, const char *name);
/* What stands in `old` behind `ours`; all of it when ours is not in front. */
const char *print_behind(const char *old, const char *ours);
/* print_existing() without `ours` in front of it; the caller frees. */
char *print_others(const struct print *p, const char *name, const char *ours);
void print_merged(const struct print *p, struct buf *out, const char *name,
    const char *ours);

void print_transport(const struct print *p, struct buf *out);
void print_mailertable(const struct print *p, struct buf *out);
void print_sendmail(const struct print *p, struct buf *out);
void print_stub_checks(const struct print *p, struct buf *out);
void print_recipient_access(const struct print *p, struct buf *out);
void print_reply_filter(const struct print *p, struct buf *out);
void print_received_checks(const struct print *p, struct buf *out);
void print_main(const struct print *p, struct buf *out);
void print_master(const struct print *p, struct buf *out);

#endif
