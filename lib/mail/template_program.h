/* What template.c compiles and template_render.c runs; nobody else's business.
 *
 * Values are plain strings, so a section is a jump and {{.}} is the name of the
 * section around it: no stack is needed at rendering.  Partials are copied in. */
#ifndef NEARPOST_MAIL_TEMPLATE_PROGRAM_H
#define NEARPOST_MAIL_TEMPLATE_PROGRAM_H

#include <stdint.h>

#include "lib/mail/escape.h"
#include "lib/mail/template.h"

enum op_kind {
	OP_TEXT = 0, /* text[a], b octets */
	OP_VAR,      /* names[a], escaped as b */
	OP_UNLESS,   /* names[a] is empty: go on at op b */
	OP_IF        /* names[a] is not empty: go on at op b */
};
struct op {
	enum op_kind kind;
	uint32_t a, b;
};
struct template {
	struct op *ops;
	size_t n_ops, cap_ops;
	struct buf text;     /* all literal text, in order */
	struct slice *names; /* owned, NUL behind each */
	size_t n_names;
};

#endif
