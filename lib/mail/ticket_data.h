/* What a ticket's digest covers, and the data lines that carry part of it.  For
 * ticket.c alone. */
#ifndef NEARPOST_MAIL_TICKET_DATA_H
#define NEARPOST_MAIL_TICKET_DATA_H

#include "lib/mail/ticket.h"

/* A field body without white space, in the arena, with a NUL behind it. */
struct slice ticket_squeeze(struct arena *arena, struct slice body);
/* "a=1;b=2" as lines: a fold behind a ';' where the next tag does not fit. */
char *ticket_fold(struct arena *arena, struct slice body);
/* data: the record's canonical form. */
void ticket_digest(const struct vars *stub_vars, struct slice subject,
    struct slice data, unsigned char digest_r[SHA256_SIZE]);
/* The lines of the ticket `id`; their number. */
size_t ticket_data_write(struct arena *arena, const char *id,
    struct slice data, const char ***lines_r);
/* Put data together from the lines of `id`, which must be there from 1 to the
 * last, each once.  -1 when they are not. */
int ticket_data_collect(const struct header *headers, size_t n, const char *id,
    struct buf *data);
/* The canonical form read back.  -1 when it is none. */
int ticket_data_parse(struct slice data, struct vars *out);

#endif
