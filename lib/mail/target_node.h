/* A condition as a tree: for the target_*.c files alone. */
#ifndef NEARPOST_MAIL_TARGET_NODE_H
#define NEARPOST_MAIL_TARGET_NODE_H

#include "lib/base/date.h"
#include "lib/mail/target.h"

enum target_op {
	TARGET_EQ = 0,
	TARGET_NE,
	TARGET_LT,
	TARGET_LE,
	TARGET_GT,
	TARGET_GE
};

/* Counted from now; or, with unit 0, a moment of its own. */
enum target_unit {
	UNIT_NONE = 0,
	UNIT_MINUTE,
	UNIT_HOUR,
	UNIT_DAY,
	UNIT_WEEK,
	UNIT_MONTH,
	UNIT_YEAR
};
struct target_date {
	enum target_unit unit;
	int64_t count; /* below 0: ago */
	struct moment moment;
};

/* A side of a comparison. */
struct operand {
	size_t at;
	enum target_type type; /* what it is read as */
	bool said;             /* by a word before the parenthesis */
	const char *field;     /* NULL: a constant */
	struct slice text; /* a constant as it was written, without quotes */
	bool quoted;
	double number;
	struct target_date date;
};

enum node_kind {
	NODE_OR = 0,
	NODE_AND,
	NODE_NOT,
	NODE_EXISTS,
	NODE_COMPARE,
	NODE_HAS,
	NODE_IN
};
struct node {
	enum node_kind kind;
	enum target_op op;         /* COMPARE */
	struct node *child, *next; /* OR, AND, NOT; child's brothers */
	struct operand left;       /* else */
	struct operand *right;     /* COMPARE, HAS: one; IN: n */
	size_t n;
};

struct target {
	struct arena *arena; /* holds it all */
	struct node *root;
	const char *text;
};

/* Why it is no condition: the first one stands. */
struct target_fault {
	struct arena *arena;
	size_t at;
	const char *text; /* NULL: none */
};
bool target_fault(struct target_fault *f, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4))); /* always false */

/* The tree of a text that outlives it; NULL: the fault says why. */
struct node *target_tree(
    struct arena *arena, struct slice text, struct target_fault *f);
/* '30 days ago' and its like, or a date; false when it is neither. */
bool target_date_read(struct slice text, struct target_date *out_r);
struct moment target_date_at(const struct target_date *d, int64_t now_ms);
/* Settles what the sides of a COMPARE, HAS or IN are read as. */
bool target_settle(struct node *n, struct target_fault *f);

/* A side in numbers. */
struct target_value {
	struct slice text;    /* TEXT, LIST */
	double number;        /* NUMBER, AGE */
	struct moment moment; /* DATE */
};
/* false when it cannot be read so, or there is nothing to read. */
bool target_value(enum target_type type, struct slice text, int64_t now_ms,
    struct target_value *out_r);
#define TARGET_NUMBER_MAX 1e15 /* beyond it a double skips whole numbers */

void target_show(const struct node *n, struct buf *out);

#endif
