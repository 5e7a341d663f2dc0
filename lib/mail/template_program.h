/* What template.c compiles and template_render.c runs; nobody else's business.
 *
 * Ops stand in one flat list; partials are copied in.  A section is a stretch
 * of it that is passed over, run once, or run for each item of a list. */
#ifndef NEARPOST_MAIL_TEMPLATE_PROGRAM_H
#define NEARPOST_MAIL_TEMPLATE_PROGRAM_H

#include <stdint.h>

#include "lib/mail/escape.h"
#include "lib/mail/template.h"

enum op_kind {
	OP_TEXT = 0, /* text[a], b octets */
	OP_VAR,      /* names[a], escaped as `how` */
	OP_SECTION,  /* names[a]: not there: go on at op b */
	OP_END,      /* of the section at op a */
	OP_INVERTED, /* names[a]: there: go on at op b */
	OP_TOO_DEEP  /* a partial includes itself once too often */
};
#define OP_DOT                                                                 \
	UINT32_MAX /* in place of a name: the innermost section's value */

struct op {
	uint8_t kind;
	uint8_t how; /* enum escape */
	uint16_t
	    loops; /* of a value that begins a URL: the sections around that
		    * URL.  When one further in repeats, it begins no more. */
	uint32_t a, b;
};
struct op_name {
	char *text;
	struct slice first, rest; /* parts before and behind the first dot */
};
struct template
{
	struct op *ops;
	size_t n_ops, cap_ops;
	struct buf text; /* all literal text, in order */
	struct op_name *names;
	size_t n_names;
};

#endif
